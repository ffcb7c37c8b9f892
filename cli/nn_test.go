package cli_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/wazedge/wazedge/cli"
)

// A guest generates text by the server that the command line names, all at once and piece by
// piece, also where the guest itself may reach no address.
func TestChat(t *testing.T) {
	t.Parallel()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		for _, p := range []string{"Hello", ",", " world"} {
			fmt.Fprintf(w, "data: {\"content\":%q}\n\n", p)
		}
		io.WriteString(w, "data: {\"content\":\"\",\"stop\":true,\"tokens_evaluated\":2,\"tokens_predicted\":3}\n\n")
	}))
	defer h.Close()
	const want = "Hello, world\n{\"input_tokens\": 2, \"output_tokens\": 3, \"llama_build_number\": 0, \"llama_commit\": \"\"}\n"
	for _, args := range [][]string{{"-1", "hi"}, {"hi"}, {"hi", `{"temp": 0.1, "n-predict": 16}`}} {
		name := filepath.Join(t.TempDir(), "out")
		out, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		p := cli.Process{
			Args:   append([]string{"wazedge", "--no-cache", "--deny-net", "--nn-preload", "default:GGML:AUTO:" + h.URL, "../testdata/guests/nn_chat.wasm"}, args...),
			Stdout: out, Stderr: out, Getenv: func(string) string { return "" }, Environ: func() []string { return nil },
		}
		status := p.Main()
		if got, err := os.ReadFile(name); err != nil || status != 0 || string(got) != want {
			t.Errorf("%v: status %d, %v, %q, want %q", args, status, err, got, want)
		}
	}
}
