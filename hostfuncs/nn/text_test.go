package nn_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/nn"
)

// textServer generates "one two three" for every prompt, in the dialect of the path.
type textServer struct {
	paths []string // that are there
	asked []map[string]any
	hold  chan struct{} // closed when the rest of a stream may follow; nil for at once
	fails http.HandlerFunc
}

var pieces = []string{"one", " two", " three"}

func (s *textServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	var doc map[string]any
	if json.Unmarshal(b, &doc) != nil {
		http.Error(w, "no JSON", 400)
		return
	}
	doc["path"] = r.URL.Path
	s.asked = append(s.asked, doc)
	if s.fails != nil {
		s.fails(w, r)
		return
	}
	known := false
	for _, p := range s.paths {
		known = known || p == r.URL.Path
	}
	if !known {
		http.NotFound(w, r)
		return
	}
	for i, p := range pieces {
		if i == 1 && s.hold != nil {
			select {
			case <-s.hold:
			case <-r.Context().Done():
				return
			}
		}
		fmt.Fprintf(w, "data: %s\n\n", s.event(r.URL.Path, p))
		w.(http.Flusher).Flush()
	}
	switch r.URL.Path {
	case "/completion":
		fmt.Fprint(w, `data: {"content":"","stop":true,"tokens_evaluated":7,"tokens_predicted":3,"truncated":false}`+"\n\n")
	default:
		fmt.Fprint(w, `data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3},"system_fingerprint":"b4567-1a2b3c"}`+"\n\ndata: [DONE]\n\n")
	}
}

func (s *textServer) event(path, piece string) string {
	switch path {
	case "/completion":
		return fmt.Sprintf(`{"content":%q,"stop":false}`, piece)
	case "/v1/chat/completions":
		return fmt.Sprintf(`{"choices":[{"delta":{"content":%q}}]}`, piece)
	}
	return fmt.Sprintf(`{"choices":[{"text":%q}]}`, piece)
}

// talk is a guest with a context of the server's model.
func (s *textServer) talk(t *testing.T, path string, stdout io.Writer) (*guest, uint32) {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	g := newGuest(t, nn.Config{Stdout: stdout, Preloads: []nn.Preload{preload(t, "default:GGML:AUTO:"+h.URL+path)}})
	graph, e := g.byName("default")
	if e != nn.Success {
		t.Fatalf("%v: %s", e, g.logged())
	}
	return g, g.context(graph)
}

func (g *guest) prompt(c uint32, text string) {
	g.t.Helper()
	g.must("set_input", c, 0, g.tensor(nn.U8, []byte(text), 1))
}

func (g *guest) configure(c uint32, config string) nn.Errno {
	return g.call("set_input", c, 1, g.tensor(nn.U8, []byte(config), 1))
}

// text is an output as text.
func (g *guest) text(name string, c, index uint32) string {
	g.t.Helper()
	b, e := g.output(name, c, index)
	if e != nn.Success {
		g.t.Errorf("%s: %v; %s", name, e, g.logged())
	}
	return string(b)
}

// All dialects generate the same, at once and piece by piece.
func TestText(t *testing.T) {
	for name, c := range map[string]struct {
		paths []string
		path  string
		build string
	}{
		"llama.cpp's":          {[]string{"/completion", "/v1/completions"}, "", `0, "llama_commit": ""`},
		"llama.cpp's, by path": {[]string{"/completion"}, "/completion", `0, "llama_commit": ""`},
		"OpenAI's":             {[]string{"/v1/completions"}, "", `4567, "llama_commit": "1a2b3c"`},
		"OpenAI's, by path":    {[]string{"/v1/completions"}, "/v1", `4567, "llama_commit": "1a2b3c"`},
		"OpenAI's for chats":   {[]string{"/v1/chat/completions"}, "/v1/chat/completions", `4567, "llama_commit": "1a2b3c"`},
	} {
		s := &textServer{paths: c.paths}
		g, ctx := s.talk(t, c.path, nil)
		g.prompt(ctx, "count")
		g.must("compute", ctx)
		if got := g.text("get_output", ctx, 0); got != "one two three" {
			t.Errorf("%s: %q", name, got)
		}
		want := `{"input_tokens": 7, "output_tokens": 3, "llama_build_number": ` + c.build + `}`
		if got := g.text("get_output", ctx, 1); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		g.prompt(ctx, "count")
		var got []string
		e := g.call("compute_single", ctx)
		for ; e == nn.Success && len(got) < 9; e = g.call("compute_single", ctx) {
			got = append(got, g.text("get_output_single", ctx, 0))
		}
		if strings.Join(got, "|") != "one| two| three" || e != nn.EndOfSequence || g.call("compute_single", ctx) != nn.EndOfSequence {
			t.Errorf("%s: %q, then %v; %s", name, got, e, g.logged())
		}
		if got := g.text("get_output_single", ctx, 1); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		g.must("fini_single", ctx)
		g.must("compute_single", ctx) // begins anew
		if got := g.text("get_output_single", ctx, 0); got != "one" {
			t.Errorf("%s: %q after the end", name, got)
		}
	}
}

// Settings are those of the model, then those of the context, by the server's names.
func TestSettings(t *testing.T) {
	s := &textServer{paths: []string{"/completion"}}
	h := httptest.NewServer(s)
	defer h.Close()
	g := newGuest(t, nn.Config{Preloads: []nn.Preload{preload(t, "default:GGML:AUTO:"+h.URL)}})
	name, n := g.put([]byte("default"))
	config, size := g.put([]byte(`{"temp": 0.25, "n-predict": 9, "ctx-size": 512, "n-gpu-layers": 99, "seed": 42}`))
	place := g.words(0)
	g.must("load_by_name_with_config", name, n, config, size, place)
	c := g.context(g.word(place))
	if e := g.configure(c, `{"temp": 0.5, "top-p": 0.9, "repeat-penalty": 1.1, "stop": ["x"], "json-schema": "{\"type\":\"object\"}", "ignore-eos": true}`); e != nn.Success {
		t.Fatal(e, g.logged())
	}
	g.prompt(c, "count")
	g.must("compute", c)
	got, _ := json.Marshal(s.asked[len(s.asked)-1])
	want := `{"cache_prompt":true,"ignore_eos":true,"json_schema":{"type":"object"},"n_predict":9,"path":"/completion","prompt":"count",` +
		`"repeat_penalty":1.1,"seed":42,"stop":["x"],"stream":true,"temperature":0.5,"top_p":0.9}`
	if string(got) != want {
		t.Errorf("asked %s\nwant  %s", got, want)
	}
	for text, want := range map[string]nn.Errno{`{`: nn.InvalidEncoding, `[]`: nn.InvalidEncoding, `null`: nn.InvalidEncoding, `{"temp": "hot"}`: nn.InvalidArgument,
		`{"n-predict": 1.5}`: nn.InvalidArgument, `{"stop": 1}`: nn.InvalidArgument, `{"json-schema": "{"}`: nn.InvalidArgument, `{}`: nn.Success} {
		if e := g.configure(c, text); e != want {
			t.Errorf("%s: %v, want %v", text, e, want)
		}
	}
	if !strings.Contains(g.logged(), `[WASI-NN] GGML backend: Unable to retrieve the "temp" option.`) {
		t.Errorf("logged %s", g.logged())
	}
}

// The name of the model is that of the preload, or what the address says.
func TestModelName(t *testing.T) {
	for path, want := range map[string]string{"/v1": "default", "/v1#tiny": "tiny"} {
		s := &textServer{paths: []string{"/v1/completions"}}
		g, c := s.talk(t, path, nil)
		g.prompt(c, "count")
		g.must("compute", c)
		if got := s.asked[0]["model"]; got != want {
			t.Errorf("%s: %v, want %s", path, got, want)
		}
	}
}

// A reverse prompt ends the generation behind it, and what is generated can be printed.
func TestReversePromptAndPrinting(t *testing.T) {
	var out bytes.Buffer
	s := &textServer{paths: []string{"/completion"}}
	g, c := s.talk(t, "", &out)
	if e := g.configure(c, `{"reverse-prompt": "two", "stream-stdout": true}`); e != nn.Success {
		t.Fatal(e)
	}
	g.prompt(c, "count")
	g.must("compute", c)
	if got := g.text("get_output", c, 0); got != "one two" || out.String() != got {
		t.Errorf("%q, printed %q", got, out.String())
	}
}

// What a server answers instead of text is a number and a line.
func TestServersFail(t *testing.T) {
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); io.WriteString(w, body) }
	}
	for name, c := range map[string]struct {
		fails http.HandlerFunc
		want  nn.Errno
		log   string
	}{
		"loading":   {answer(503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`), nn.Busy, "answers 503: Loading model"},
		"too long":  {answer(400, `{"error":{"message":"the request exceeds","type":"exceed_context_size_error"}}`), nn.PromptTooLong, "the request exceeds"},
		"no text":   {answer(500, "oops\nmore"), nn.RuntimeError, "answers 500: oops"},
		"not there": {answer(404, `{"error":"no such model"}`), nn.RuntimeError, "answers 404: no such model"},
		"no JSON":   {answer(200, "data: {\n\n"), nn.RuntimeError, "its answer is not understood"},
		"an error":  {answer(200, "data: {\"error\":{\"message\":\"out of memory\"}}\n\n"), nn.RuntimeError, "it has failed: out of memory"},
		"full":      {answer(200, "data: {\"content\":\"a\",\"stop\":true,\"truncated\":true}\n\n"), nn.ContextFull, ""},
		"hangs up":  {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nn.RuntimeError, "the server at 127.0.0.1"},
		"half": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99")
			io.WriteString(w, "data: {\"content\":\"a\"}\n\n")
		}, nn.RuntimeError, "unexpected EOF"},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "data: ")
			io.Copy(w, io.LimitReader(zeros{}, 8<<20))
		}, nn.RuntimeError, "an event is too long"},
		"long lines": {func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X", strings.Repeat("x", 20<<10)) }, nn.RuntimeError, "malformed HTTP response"},
	} {
		s := &textServer{fails: c.fails}
		g, ctx := s.talk(t, "/completion", nil)
		g.prompt(ctx, "count")
		if e := g.call("compute", ctx); e != c.want || !strings.Contains(g.logged(), c.log) {
			t.Errorf("%s: %v, want %v; logged %s", name, e, c.want, g.logged())
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// A server that does not stream is understood, too.
func TestDocument(t *testing.T) {
	s := &textServer{fails: func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "{\n \"choices\": [{\"text\": \"all at once\"}],\n \"usage\": {\"prompt_tokens\": 2, \"completion_tokens\": 3}\n}\n")
	}}
	g, c := s.talk(t, "/v1", nil)
	g.prompt(c, "count")
	g.must("compute", c)
	if got := g.text("get_output", c, 0); got != "all at once" {
		t.Errorf("%q", got)
	}
	if got := g.text("get_output", c, 1); !strings.HasPrefix(got, `{"input_tokens": 2, "output_tokens": 3,`) {
		t.Error(got)
	}
}

func TestEmbedding(t *testing.T) {
	s := &textServer{fails: func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/embeddings" {
			http.NotFound(w, r)
		}
		io.WriteString(w, `{"data":[{"embedding":[0.5,-1]}],"usage":{"prompt_tokens":2}}`)
	}}
	g, c := s.talk(t, "", nil)
	if e := g.configure(c, `{"embedding": true}`); e != nn.Success {
		t.Fatal(e)
	}
	g.prompt(c, "count")
	g.must("compute", c)
	if got, want := g.text("get_output", c, 0), `{"n_embedding": 2, "embedding": [0.5000000000,-1.0000000000]}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A server that keeps a guest waiting does not keep its end waiting: in a computation, and
// in the middle of a stream.
func TestSlowServer(t *testing.T) {
	for name, begin := range map[string]func(g *guest, c uint32){
		"compute":        func(*guest, uint32) {},
		"compute_single": func(g *guest, c uint32) { g.must("compute_single", c) },
	} {
		s := &textServer{paths: []string{"/completion"}, hold: make(chan struct{})}
		g, c := s.talk(t, "/completion", nil)
		g.prompt(c, "count")
		begin(g, c)
		done := make(chan nn.Errno)
		go func() { done <- g.call(name, c) }()
		g.guest.Interrupt(errors.New("the end"))
		select {
		case <-done:
		case <-time.After(time.Minute):
			t.Fatalf("%s goes on", name)
		}
		close(s.hold)
	}
}

// A stream that is given up is closed: by another prompt, by the end of the stream or by
// that of the context.
func TestStreamIsGivenUp(t *testing.T) {
	for name, end := range map[string]func(g *guest, c uint32){
		"set_input":   func(g *guest, c uint32) { g.prompt(c, "again") },
		"fini_single": func(g *guest, c uint32) { g.must("fini_single", c) },
		"finalize":    func(g *guest, c uint32) { g.must("finalize_execution_context", c) },
		"host":        func(g *guest, _ uint32) { g.host.Close() },
	} {
		gone := make(chan struct{})
		s := &textServer{fails: func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "data: {\"content\":\"a\"}\n\n")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			close(gone)
		}}
		g, c := s.talk(t, "/completion", nil)
		g.prompt(c, "count")
		g.must("compute_single", c)
		end(g, c)
		select {
		case <-gone:
		case <-time.After(time.Minute):
			t.Fatalf("%s: the stream goes on", name)
		}
	}
}

// What is no server says what to do.
func TestNoServer(t *testing.T) {
	for source, c := range map[string]struct {
		want nn.Errno
		log  string
	}{
		"/models/llama.gguf":      {nn.ModelNotFound, "/models/llama.gguf: a model file cannot be executed; text is generated by a server: start one, llama-server for example, and name it with --nn-preload NAME:GGML:AUTO:http://HOST:PORT"},
		"https://127.0.0.1:1":     {nn.UnsupportedOperation, "https is not supported"},
		"http://":                 {nn.ModelNotFound, "a model file cannot be executed"},
		`C:\models\llama.gguf`:    {nn.ModelNotFound, `C:\models\llama.gguf: a model file`},
		"http://127.0.0.1:99999/": {nn.Success, ""},
	} {
		g := newGuest(t, nn.Config{Preloads: []nn.Preload{preload(t, "m:ggml:auto:"+source)}})
		if _, e := g.byName("m"); e != c.want || !strings.Contains(g.logged(), c.log) {
			t.Errorf("%s: %v; logged %s", source, e, g.logged())
		}
	}
	h := httptest.NewServer(nil)
	h.Close()
	g := newGuest(t, nn.Config{Preloads: []nn.Preload{preload(t, "m:ggml:auto:"+h.URL)}})
	graph, _ := g.byName("m")
	c := g.context(graph)
	if e := g.call("compute", c); e != nn.InvalidArgument || !strings.Contains(g.logged(), "GGML backend: compute: llama input is not set!") {
		t.Errorf("without a prompt: %v, %s", e, g.logged())
	}
	g.prompt(c, "count")
	if e := g.call("compute", c); e != nn.RuntimeError || !strings.Contains(g.logged(), "refused") {
		t.Errorf("without a server: %v, %s", e, g.logged())
	}
}
