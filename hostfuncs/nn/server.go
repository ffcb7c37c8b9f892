package nn

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"strings"

	"github.com/wazedge/wazedge/hostfuncs/nn/http1"
)

// dialect is how a server is asked.
type dialect int

// The dialects: llama.cpp's own, and OpenAI's two.
const (
	native dialect = iota
	completions
	chat
)

// server is one that generates text.
type server struct {
	base  *url.URL // without the last part of the path, which the dialect decides
	model string
	tried []dialect // in order
}

// newServer is the server at u, whose path says which dialects it speaks: with none
// llama.cpp's is tried, and then OpenAI's. The fragment is the name of the model, for which
// the name of the preload stands if it is left out.
func newServer(u *url.URL, name string) *server {
	s := &server{model: name, tried: []dialect{native, completions}}
	if u.Fragment != "" {
		s.model = u.Fragment
	}
	base := *u
	base.Fragment, base.RawFragment, base.User = "", "", nil
	path := strings.TrimSuffix(u.Path, "/")
	for _, end := range []struct {
		path    string
		dialect dialect
	}{{"/chat/completions", chat}, {"/completions", completions}, {"/completion", native}, {"/v1", completions}} {
		if rest, ok := strings.CutSuffix(path, end.path); ok {
			s.tried, path = []dialect{end.dialect}, strings.TrimSuffix(rest, "/v1")
			break
		}
	}
	base.Path, base.RawPath = path, ""
	s.base = &base
	return s
}

// at is the address for a request.
func (s *server) at(path string) *url.URL {
	u := *s.base
	u.Path += path
	return &u
}

// usage is what a server says of what it has done.
type usage struct {
	input, output int64
	build         int64
	commit        string
}

// generate asks for text that goes on from the prompt.
func (s *server) generate(ctx context.Context, prompt string, o *settings) (*stream, error) {
	var refused error
	for _, d := range s.tried {
		path, body := s.request(d, prompt, o)
		r, err := s.post(ctx, path, body)
		if err != nil {
			return nil, atServer(s.base, err)
		}
		if r.Status == 200 {
			return &stream{server: s, dialect: d, response: r, in: bufio.NewReaderSize(io.LimitReader(r.Body, maxTransfer), 4096)}, nil
		}
		refused = s.refusal(r)
		if r.Status != 404 && r.Status != 405 && r.Status != 501 {
			break
		}
	}
	return nil, refused
}

// maxTransfer bounds what is read of a response.
const maxTransfer = 1 << 30

func (s *server) post(ctx context.Context, path string, body map[string]any) (*http1.Response, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return http1.Post(ctx, s.at(path), "application/json", b)
}

// request is what is asked for in a dialect.
func (s *server) request(d dialect, prompt string, o *settings) (path string, body map[string]any) {
	body = map[string]any{"stream": true}
	maps.Copy(body, o.sampling)
	if len(o.stop) > 0 {
		body["stop"] = o.stop
	}
	if d == native {
		body["prompt"], body["cache_prompt"] = prompt, true
		if o.predict >= 0 {
			body["n_predict"] = o.predict
		}
		return "/completion", body
	}
	body["model"], body["stream_options"] = s.model, map[string]any{"include_usage": true}
	if o.predict >= 0 {
		body["max_tokens"] = o.predict
	}
	if d == chat {
		body["messages"] = []map[string]string{{"role": "user", "content": prompt}}
		return "/v1/chat/completions", body
	}
	body["prompt"] = prompt
	return "/v1/completions", body
}

// maxRefusal is how much of a refusal is read.
const maxRefusal = 64 << 10

// refusal is the error that a response is, which is closed.
func (s *server) refusal(r *http1.Response) error {
	defer r.Close()
	b, _ := io.ReadAll(io.LimitReader(r.Body, maxRefusal))
	var doc struct {
		Error json.RawMessage `json:"error"`
	}
	json.Unmarshal(b, &doc)
	text, kind := explained(doc.Error)
	if text == "" {
		text, _, _ = strings.Cut(strings.TrimSpace(string(b)), "\n")
		text = strings.ToValidUTF8(text[:min(len(text), 200)], "")
	}
	n := RuntimeError
	switch {
	case kind == "exceed_context_size_error" || strings.Contains(text, "context length") || strings.Contains(text, "context size"):
		n = PromptTooLong
	case r.Status == 503 || r.Status == 429:
		n = Busy
	}
	return failed(n, "GGML backend: the server at %s answers %d: %s", s.base.Host, r.Status, text)
}

// explained is the text of an error, and its kind.
func explained(raw json.RawMessage) (text, kind string) {
	if json.Unmarshal(raw, &text) == nil {
		return text, ""
	}
	var doc struct{ Message, Type string }
	json.Unmarshal(raw, &doc)
	return doc.Message, doc.Type
}

// stream is text as it is generated.
type stream struct {
	server   *server
	dialect  dialect
	response *http1.Response
	in       *bufio.Reader
	usage    usage
	reported bool // the server has said how many tokens there are
	finished bool
	full     bool // the context is
	closed   bool
}

func (s *stream) close() {
	if !s.closed {
		s.closed = true
		s.response.Close()
	}
}

// event is what a server sends again and again, in all dialects.
type event struct {
	Content string          `json:"content"` // llama.cpp's
	Stop    bool            `json:"stop"`
	Error   json.RawMessage `json:"error"`
	Choices []struct {
		Text    string `json:"text"`
		Message struct {
			Content string `json:"content"`
		} `json:"message"`
		Delta struct {
			Content string `json:"content"`
		} `json:"delta"`
	} `json:"choices"`
	Usage *struct {
		Prompt     int64 `json:"prompt_tokens"`
		Completion int64 `json:"completion_tokens"`
	} `json:"usage"`
	Evaluated   *int64 `json:"tokens_evaluated"`
	Predicted   *int64 `json:"tokens_predicted"`
	Truncated   bool   `json:"truncated"`
	Fingerprint string `json:"system_fingerprint"`
}

// next is the next piece of text, or nil behind the last.
func (s *stream) next(ctx context.Context) ([]byte, error) {
	s.response.Use(ctx)
	for !s.finished {
		data, err := s.data()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, atServer(s.server.base, err)
		}
		if bytes.Equal(data, []byte("[DONE]")) {
			break
		}
		text, err := s.read(data)
		if err != nil {
			return nil, atServer(s.server.base, err)
		}
		if text != "" {
			return []byte(text), nil
		}
	}
	s.finished = true
	if s.full {
		return nil, &Error{Errno: ContextFull}
	}
	return nil, nil
}

// maxEvent bounds the length of an event.
const maxEvent = 4 << 20

// data is what the next event has: the rest of a line that begins with "data:". A server
// that does not stream sends one document, which is one event.
func (s *stream) data() ([]byte, error) {
	var line []byte
	for {
		part, err := s.in.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxEvent {
			return nil, errors.New("an event is too long")
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		text := bytes.TrimSpace(line)
		switch data, ok := bytes.CutPrefix(text, []byte("data:")); {
		case ok:
			return bytes.TrimSpace(data), nil
		case bytes.HasPrefix(text, []byte("error:")):
			return append([]byte(`{"error":`), append(bytes.TrimSpace(text[6:]), '}')...), nil
		case len(text) > 0 && (text[0] == '{' || text[0] == '}' || text[0] == '"'):
			return s.document(line, err)
		}
		if err != nil {
			return nil, err
		}
		line = line[:0]
	}
}

// document is the rest of the body with its first line.
func (s *stream) document(first []byte, err error) ([]byte, error) {
	if err != nil && err != io.EOF {
		return nil, err
	}
	rest, err := io.ReadAll(io.LimitReader(s.in, maxTransfer))
	return append(first, rest...), err
}

// read takes what an event says.
func (s *stream) read(data []byte) (text string, err error) {
	var e event
	if err := json.Unmarshal(data, &e); err != nil {
		return "", fmt.Errorf("its answer is not understood: %w", err)
	}
	if len(e.Error) > 0 && string(e.Error) != "null" {
		message, _ := explained(e.Error)
		return "", fmt.Errorf("it has failed: %s", message)
	}
	s.count(&e)
	text = e.Content
	for _, c := range e.Choices[:min(len(e.Choices), 1)] {
		text += c.Text + c.Delta.Content + c.Message.Content
	}
	if text != "" && !s.reported {
		s.usage.output++ // about a token for each event, until the server says how many
	}
	if e.Stop {
		s.finished, s.full = true, e.Truncated
	}
	return text, nil
}

// count takes what an event says of tokens and of the server.
func (s *stream) count(e *event) {
	if e.Usage != nil {
		s.usage.input, s.usage.output, s.reported = e.Usage.Prompt, e.Usage.Completion, true
	}
	if e.Evaluated != nil {
		s.usage.input = *e.Evaluated
	}
	if e.Predicted != nil && e.Stop {
		s.usage.output, s.reported = *e.Predicted, true
	}
	s.usage.identify(e.Fingerprint)
}

// identify reads a fingerprint of llama.cpp, which is like b4567-1a2b3c4d.
func (u *usage) identify(fingerprint string) {
	var build int64
	var commit string
	if n, _ := fmt.Sscanf(fingerprint, "b%d-%s", &build, &commit); n == 2 {
		u.build, u.commit = build, commit
	}
}

// embed asks for the embedding of a text.
func (s *server) embed(ctx context.Context, text string) ([]float64, usage, error) {
	r, err := s.post(ctx, "/v1/embeddings", map[string]any{"input": text, "model": s.model})
	if err != nil {
		return nil, usage{}, atServer(s.base, err)
	}
	if r.Status != 200 {
		return nil, usage{}, s.refusal(r)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r.Body, maxOutput))
	var doc struct {
		Data []struct {
			Embedding []float64 `json:"embedding"`
		} `json:"data"`
		Usage struct {
			Prompt int64 `json:"prompt_tokens"`
		} `json:"usage"`
	}
	if err == nil {
		err = json.Unmarshal(b, &doc)
	}
	if err == nil && len(doc.Data) == 0 {
		err = errors.New("its answer has no embedding")
	}
	if err != nil {
		return nil, usage{}, atServer(s.base, err)
	}
	return doc.Data[0].Embedding, usage{input: doc.Usage.Prompt}, nil
}
