package logging_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/logging"
	"github.com/wazedge/wazedge/internal/fault"
)

// memory is a guest's memory without a guest.
type memory struct {
	api.Memory
	b []byte
}

func (m *memory) Read(at, n uint32) ([]byte, bool) {
	if uint64(at)+uint64(n) > uint64(len(m.b)) {
		return nil, false
	}
	return m.b[at:][:n], true
}

// files are those that a host appends to.
type files struct {
	text   map[string]*bytes.Buffer
	closed []string
}

type opened struct {
	io.Writer
	files *files
	name  string
}

func (o *opened) Close() error {
	o.files.closed = append(o.files.closed, o.name)
	return nil
}

func (f *files) open(name string) (io.WriteCloser, error) {
	if name == "secret" {
		return nil, errors.New("Permission denied")
	}
	if f.text[name] == nil {
		f.text[name] = new(bytes.Buffer)
	}
	return &opened{f.text[name], f, name}, nil
}

// guest is a guest that logs.
type guest struct {
	t              *testing.T
	host           *logging.Host
	files          files
	out, err, told bytes.Buffer
}

func newGuest(t *testing.T) *guest {
	g := &guest{t: t, files: files{text: map[string]*bytes.Buffer{}}}
	log := func(w io.Writer) *logline.Logger { return logline.New(w, logline.Trace, false) }
	g.host = logging.New(logging.Config{Stdout: log(&g.out), Stderr: log(&g.err), Errors: log(&g.told), Append: g.files.open})
	return g
}

// call calls log with its parameters, in a memory that ends behind text.
func (g *guest) call(text string, args ...uint64) error {
	g.t.Helper()
	f, ok := logging.Namespace().Function("log", abi.Signature{})
	if !ok || !slices.Equal(f.Type.Params, []abi.ValueType{abi.I32, abi.I32, abi.I32, abi.I32, abi.I32}) || len(f.Type.Results) > 0 {
		g.t.Fatalf("log is %v, %v", f, ok)
	}
	return f.Invoke(g.host, abi.Caller{Memory: abi.MemoryOf(&memory{b: []byte(text)})}, args)
}

// log logs a line.
func (g *guest) log(level uint64, context, message string) error {
	g.t.Helper()
	text := context + message + "."
	return g.call(text, level, 0, uint64(len(context)), uint64(len(context)), uint64(len(message)))
}

// stamps are the times in a log.
var stamps = regexp.MustCompile(`\[\d{4}-[^\]]*\] `)

func TestContextSaysWhereALineGoes(t *testing.T) {
	g := newGuest(t)
	for _, context := range []string{"", "stdout", "stderr", "a", "a", "b", "a"} {
		if err := g.log(2, context, "to "+context); err != nil {
			t.Errorf("%q: %v", context, err)
		}
	}
	for name, c := range map[string]struct{ got, want string }{
		"stdout": {g.out.String(), "[info] to \n[info] to stdout\n"},
		"stderr": {g.err.String(), "[info] to stderr\n"},
		"a":      {g.files.text["a"].String(), "[info] to a\n[info] to a\n[info] to a\n"},
		"b":      {g.files.text["b"].String(), "[info] to b\n"},
	} {
		if got := stamps.ReplaceAllString(c.got, ""); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if err := g.host.Close(); err != nil {
		t.Error(err)
	}
	if want := []string{"a", "b", "a"}; !slices.Equal(g.files.closed, want) {
		t.Errorf("closed: %q, want %q", g.files.closed, want)
	}
}

// told is what a log has in the form of WasmEdge's: a time to the millisecond before every line.
func told(t *testing.T, log *bytes.Buffer) string {
	t.Helper()
	for line := range strings.Lines(log.String()) {
		if !stamped.MatchString(line) {
			t.Errorf("%q has no time in front", line)
		}
	}
	return stamps.ReplaceAllString(log.String(), "")
}

var stamped = regexp.MustCompile(`^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] \[[a-z]+\] `)

// TestEveryLevelIsWritten states that a line is written at each level, with its name, and no other
// text of the guest's is changed.
func TestEveryLevelIsWritten(t *testing.T) {
	g := newGuest(t)
	for level := range uint64(6) {
		if err := g.log(level, "", "a \x00\xff\n[x] "); err != nil {
			t.Errorf("level %d: %v", level, err)
		}
	}
	want := ""
	for _, name := range []string{"trace", "debug", "info", "warning", "error", "critical"} {
		want += "[" + name + "] a \x00\xff\n[x] \n"
	}
	if got := stamps.ReplaceAllString(g.out.String(), ""); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestBadLevelIsExplained states what is said of a level that does not exist, whatever the context.
func TestBadLevelIsExplained(t *testing.T) {
	for _, level := range []uint64{6, 1<<31 - 1, 1<<32 - 1} {
		for _, context := range []string{"", "stdout", "stderr", "a"} {
			g := newGuest(t)
			if err := g.log(level, context, "x"); err != error(fault.HostFuncError) {
				t.Errorf("%d %q: %v", level, context, err)
			}
			want := fmt.Sprintf("[error] [WasiLogging] Unrecognized Logging Level: %d\n", level)
			for n, name := range []string{"Trace", "Debug", "Info", "Warn", "Error", "Critical"} {
				want += fmt.Sprintf("[error] [WasiLogging] %s Level = %d\n", name, n)
			}
			if got := told(t, &g.told); got != want {
				t.Errorf("%d %q: told %q, want %q", level, context, got, want)
			}
			if g.out.Len()+g.err.Len() > 0 || g.files.text["a"] != nil && g.files.text["a"].Len() > 0 {
				t.Errorf("%d %q: a line is written", level, context)
			}
		}
	}
}

// What is wrong with a call ends the guest, and is told.
func TestBadCallsEndTheGuest(t *testing.T) {
	for name, c := range map[string]struct {
		call func(*guest) error
		told string
	}{
		"level":                     {func(g *guest) error { return g.log(6, "", "x") }, "Unrecognized Logging Level: 6"},
		"file":                      {func(g *guest) error { return g.log(2, "secret", "x") }, "Failed opening file secret for writing: Permission denied"},
		"context outside":           {func(g *guest) error { return g.call("text", 2, 2, 3, 0, 0) }, ""},
		"message outside":           {func(g *guest) error { return g.call("text", 2, 0, 0, 4, 1) }, ""},
		"empty context at no place": {func(g *guest) error { return g.call("text", 2, 4, 0, 0, 1) }, ""},
		"length of 4 GiB":           {func(g *guest) error { return g.call("text", 2, 0, 0, 1, 1<<32-1) }, ""},
	} {
		g := newGuest(t)
		if err := c.call(g); err != error(fault.HostFuncError) {
			t.Errorf("%s: %v, want %v", name, err, fault.HostFuncError)
		}
		if got := g.told.String(); !strings.Contains(got, c.told) || (got == "") != (c.told == "") {
			t.Errorf("%s: told %q, want %q", name, got, c.told)
		}
		if g.out.Len() > 0 {
			t.Errorf("%s: logged %q", name, g.out.String())
		}
	}
}
