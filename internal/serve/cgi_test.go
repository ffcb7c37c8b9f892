package serve_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/serve"
)

// script is the program in testdata/serve/gocgi, built.
func script(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script.wasm")
	c := exec.Command("go", "build", "-o", path, ".")
	c.Dir = "../../testdata/serve/gocgi"
	c.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// TestScripts states what a program of preview 1 finds of a request, and what becomes of
// what it writes.
func TestScripts(t *testing.T) {
	o := serve.Options{CGI: true, Args: []string{"one"}}
	o.Config.Limits.TimeLimit = 3 * time.Second
	o.Config.WASI.Env = []string{"OWN=1"}
	url := start(t, script(t), o)
	for _, c := range []struct {
		path   string
		status int
		body   string
		whole  bool
	}{
		{"/a", 200, "<p>hello from /a\n", true},
		{"/none", 500, "500 Internal Server Error\n", true},
		{"/nonsense", 500, "500 Internal Server Error\n", true},
		{"/loop", 504, "504 Gateway Timeout\n", true},
		{"/hang", 504, "504 Gateway Timeout\n", true},
		{"/late", 200, "part", false},
		{"/b", 200, "<p>hello from /b\n", true},
	} {
		status, body, err := get(t, url+c.path)
		if status != c.status || body != c.body || (err == nil) != c.whole {
			t.Errorf("%s: %d %q, %v; want %d %q", c.path, status, body, err, c.status, c.body)
		}
	}
	r, _ := http.NewRequest(http.MethodGet, url+"/env?two+%74hree", nil)
	r.Header = http.Header{"X-Some-Name": {"a", "b"}, "Proxy": {"http://elsewhere"}, "Authorization": {"secret"}, "X_Some_Name": {"forged"}, "x-SOME_other": {"forged"}}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	for _, want := range []string{
		"GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET", "PATH_INFO=/env", "QUERY_STRING=two+%74hree", "SERVER_PROTOCOL=HTTP/1.1",
		"SERVER_NAME=127.0.0.1", "REMOTE_ADDR=127.0.0.1", "HTTP_X_SOME_NAME=a, b", "OWN=1", "args: script.wasm one two three",
	} {
		if !strings.Contains("\n"+string(b), "\n"+want+"\n") {
			t.Errorf("%q is not in %s", want, b)
		}
	}
	for _, not := range []string{"HTTP_PROXY", "secret", "forged"} {
		if strings.Contains(string(b), not) {
			t.Errorf("%q is in %s", not, b)
		}
	}
	sent := bytes.Repeat([]byte("0123456789"), 50000)
	answer, err = http.Post(url+"/echo", "text/plain", bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	b, err = io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil || answer.StatusCode != 201 || answer.Header.Get("X-Own") != "1" || !bytes.Equal(b, sent) {
		t.Errorf("%d %v: %d bytes, %v", answer.StatusCode, answer.Header, len(b), err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err = client.Get(url + "/moved")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != 302 || answer.Header.Get("Location") != "https://example.org/" {
		t.Errorf("%d %v", answer.StatusCode, answer.Header)
	}
}
