package logline

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/fault"
)

func fixed(w io.Writer, level Level, colour bool) *Logger {
	l := New(w, level, colour)
	l.now = func() time.Time { return time.Date(2026, 11, 23, 4, 50, 11, 956_999_999, time.Local) }
	return l
}

func TestLineFormat(t *testing.T) {
	for _, tc := range []struct {
		level  Level
		colour bool
		want   string
	}{
		{Error, false, "[2026-11-23 04:50:11.956] [error] text\n"},
		{Warning, false, "[2026-11-23 04:50:11.956] [warning] text\n"},
		{Error, true, "[2026-11-23 04:50:11.956] [\x1b[31m\x1b[1merror\x1b[m] text\n"},
		{Info, true, "[2026-11-23 04:50:11.956] [\x1b[32minfo\x1b[m] text\n"},
	} {
		var b strings.Builder
		fixed(&b, Trace, tc.colour).Log(tc.level, "text")
		if b.String() != tc.want {
			t.Errorf("level %v, colour %t: %q, want %q", tc.level, tc.colour, b.String(), tc.want)
		}
	}
}

func TestThreshold(t *testing.T) {
	for threshold := Trace; threshold <= Off; threshold++ {
		for level := Trace; level <= Off; level++ {
			var b strings.Builder
			New(&b, threshold, false).Log(level, "x")
			want := level >= threshold && level != Off
			if got := b.Len() > 0; got != want {
				t.Errorf("threshold %v: line of level %v written %t, want %t", threshold, level, got, want)
			}
		}
	}
	var none *Logger
	none.Error("a nil logger drops lines")
}

func TestParseLevel(t *testing.T) {
	for _, tc := range []struct {
		text string
		want Level
		ok   bool
	}{
		{"off", Off, true}, {"trace", Trace, true}, {"debug", Debug, true}, {"info", Info, true},
		{"", Info, true}, {"warning", Warning, true}, {"warn", Warning, true}, {"error", Error, true},
		{"fatal", Critical, true}, {"critical", Critical, true}, {"OFF", Info, false}, {"loud", Info, false},
	} {
		if got, ok := ParseLevel(tc.text); got != tc.want || ok != tc.ok {
			t.Errorf("ParseLevel(%q) = %v, %t, want %v, %t", tc.text, got, ok, tc.want, tc.ok)
		}
	}
}

func TestFault(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want []string
	}{
		{
			&fault.Error{Code: fault.MalformedMagic, Preface: []string{"Might be text"}, Info: []string{fault.ByteOffset(0), fault.ASTNode("module")}},
			[]string{"Might be text", "loading failed: magic header not detected, Code: 0x103", "    Bytecode offset: 0x00000000", "    At AST node: module"},
		},
		{fmt.Errorf("wrapped: %w", fault.New(fault.Unreachable)), []string{"execution failed: unreachable, Code: 0x40a"}},
		{fault.Interrupted, []string{"wasmedge runtime failed: execution interrupted, Code: 0x007"}},
		{errors.New("other"), []string{"other"}},
	} {
		var b strings.Builder
		fixed(&b, Info, false).Fault(tc.err)
		want := ""
		for _, line := range tc.want {
			want += "[2026-11-23 04:50:11.956] [error] " + line + "\n"
		}
		if b.String() != want {
			t.Errorf("Fault(%v) wrote\n%s\nwant\n%s", tc.err, b.String(), want)
		}
	}
}

func TestLogDoesNotAllocate(t *testing.T) {
	l := New(io.Discard, Info, false)
	l.Info("warm up the buffer with a line of this length")
	if n := testing.AllocsPerRun(100, func() { l.Info("a line") }); n != 0 {
		t.Errorf("a log line takes %v allocations, want none", n)
	}
}
