package cli

import (
	"reflect"
	"strings"
	"testing"
)

// TestGrammar states WasmEdge's grammar: what a line of wasmedge asks for, or the
// complaint.
func TestGrammar(t *testing.T) {
	for _, tc := range []struct {
		line  string // words, separated by blanks
		want  want
		words string
		check func(o *Options) any // an option's value, wanted to be value
		value any
		err   string
	}{
		{line: "m.wasm a b", words: "m.wasm a b"},
		{line: "m.wasm --help -x --", words: "m.wasm --help -x --"},
		{line: "-- --help", words: "--help"},
		{line: "- a", words: "- a"},
		{line: "run m.wasm", words: "m.wasm"},
		{line: "-- run m.wasm", words: "m.wasm"},
		{line: "m.wasm run", words: "m.wasm run"},
		{line: "", want: wantPositional},
		{line: "--", want: wantPositional},
		{line: "--reactor run m.wasm", words: "m.wasm", check: func(o *Options) any { return o.Reactor }, value: true},
		{line: "-h", want: wantHelp},
		{line: "--h", want: wantHelp},
		{line: "-vh", want: wantVersion},
		{line: "-hv", want: wantVersion},
		{line: "-h m.wasm", want: wantHelp, words: "m.wasm"},
		{line: "-h run m.wasm", want: wantHelp, words: "m.wasm"},
		{line: "-v run", want: wantVersion},
		{line: "run -h", want: wantHelp},
		{line: "-hx", err: "unknown option: x"},
		{line: "-v --nope", err: "unknown option: nope"},
		{line: "--nope=3 m.wasm", err: "unknown option: nope"},
		{line: "--=3 m.wasm", err: "unknown option: "},
		{line: "---x", err: "unknown option: -x"},
		{line: "--react m.wasm", err: "unknown option: react"},
		{line: "-1 m.wasm", err: "unknown option: 1"},
		{line: "-\xff", err: "unknown option: \xff"},
		{line: "run -v", err: "unknown option: v"},
		{line: "--reactor= m.wasm", err: "option reactor doesn't need arguments."},
		{line: "--help=1", err: "option help doesn't need arguments."},
		{line: "compile a b c", err: "positional argument exceeds maximum consuming."},
		{line: "compile -h a b c", err: "positional argument exceeds maximum consuming."},
		{line: "compile a", want: wantPositional, words: "a"},
		{line: "compile --log-level off a b", err: "unknown option: log-level"},
		{line: "--log-level off compile a b", words: "a b", check: func(o *Options) any { return o.LogLevel }, value: ""},

		// The value of an option is the next word, unless that looks like an option.
		{line: "--run-mode jit m.wasm", words: "m.wasm", check: func(o *Options) any { return o.RunMode }, value: "jit"},
		{line: "--run-mode run m.wasm", words: "m.wasm", check: func(o *Options) any { return o.RunMode }, value: "run"},
		{line: "--run-mode -- jit m.wasm", words: "m.wasm", check: func(o *Options) any { return o.RunMode }, value: "jit"},
		{line: "--run-mode -- run m.wasm", words: "m.wasm", check: func(o *Options) any { return o.RunMode }, value: ""},
		{line: "--run-mode - m.wasm", words: "m.wasm", check: func(o *Options) any { return o.RunMode }, value: "-"},
		{line: "--run-mode --reactor m.wasm", words: "m.wasm", check: func(o *Options) any { return o.RunMode }, value: ""},
		{line: "--run-mode jit --run-mode --reactor m.wasm", words: "m.wasm", check: func(o *Options) any { return o.RunMode }, value: "jit"},
		{line: "--env=A=B m.wasm", words: "m.wasm", check: func(o *Options) any { return o.Env }, value: []string{"A=B"}},
		{line: "--env A --env B m.wasm", words: "m.wasm", check: func(o *Options) any { return o.Env }, value: []string{"A", "B"}},
		{line: "--env -- X=1 m.wasm add 1", want: wantPositional, check: func(o *Options) any { return o.Env }, value: []string{"X=1", "m.wasm", "add", "1"}},
		{line: "m.wasm --env", words: "m.wasm --env"},
		{line: "--dir", want: wantPositional},
		{line: "--time-limit m.wasm add", err: "invalid integer value: m.wasm"},
		{line: "--time-limit -1", err: "unknown option: 1"},
		{line: "--time-limit=-5 m.wasm", words: "m.wasm", check: func(o *Options) any { return o.TimeLimit }, value: ^uint64(4)},
		{line: "--time-limit=18446744073709551616 m.wasm", err: "integer value out of range: 18446744073709551616"},
		{line: "--time-limit", want: wantPositional},
		{line: "--gas-limit 1 --gas-limit 2 m.wasm", words: "m.wasm", check: func(o *Options) any { return o.GasLimit }, value: []int64{1, 2}},
		{line: "--gas-limit=-1 m.wasm", words: "m.wasm", check: func(o *Options) any { return o.GasLimit }, value: []int64{-1}},
		{line: "--gas-limit=2147483648 m.wasm", err: "integer value out of range: 2147483648"},
		{line: "--gas-limit=-2147483649 m.wasm", err: "integer value out of range: -2147483649"},
		{line: "--gas-limit= m.wasm", err: "invalid integer value: "},
		{line: "--gas-limit=1x m.wasm", err: "invalid integer value: 1x"},
		{line: "--gas-limit=+1 m.wasm", words: "m.wasm", check: func(o *Options) any { return o.GasLimit }, value: []int64{1}},
	} {
		var version toggle
		p := Process{Args: []string{"wasmedge"}}
		l, err := p.syntax(&version).parse(p.Args, strings.Fields(tc.line))
		text := ""
		if err != nil {
			text = err.Error()
		}
		if text != tc.err {
			t.Errorf("%q: error %q, want %q", tc.line, text, tc.err)
		}
		if text != "" || tc.err != "" {
			continue
		}
		if got := l.wants(bool(version)); got != tc.want {
			t.Errorf("%q: wants %v, want %v", tc.line, got, tc.want)
		}
		if got := strings.Join(l.words, " "); got != tc.words {
			t.Errorf("%q: words %q, want %q", tc.line, got, tc.words)
		}
		if tc.check != nil {
			if got := tc.check(l.syntax.options); !reflect.DeepEqual(got, tc.value) {
				t.Errorf("%q: option is %v, want %v", tc.line, got, tc.value)
			}
		}
	}
}

// TestOwnGrammar states what wazedge's own commands add: options may follow words.
func TestOwnGrammar(t *testing.T) {
	l := parseLine(t, []string{"wazedge", "validate", "a.wasm", "--wasm-1", "b.wasm", "--", "--wasm-2"})
	if got, want := l.words, []string{"a.wasm", "b.wasm", "--wasm-2"}; !reflect.DeepEqual(got, want) {
		t.Errorf("words %q, want %q", got, want)
	}
	if o := l.syntax.options; !o.Proposals["wasm-1"] || o.Proposals["wasm-2"] {
		t.Errorf("proposals %v, want wasm-1 alone", o.Proposals)
	}
}

// FuzzParse states that no line breaks the parser, that words keep their order,
// and that nothing behind the first word of a command is taken for an option.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"wasmedge m.wasm -x", "wasmedge --dir a --env=b -- run c", "wasmedge --gas-limit 1 --run-mode -- jit m",
		"wasmedgec -vh", "wasmedge compile --optimize", "wazedge validate a --wasm-1 b", "wazedge - -- --", "wasmedge -\xff --=",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		args := strings.Fields(text)
		if len(args) == 0 {
			return
		}
		var version toggle
		p := Process{Args: args}
		l, err := p.syntax(&version).parse(args[:1], args[1:])
		if err != nil {
			return
		}
		at := 0
		for _, word := range l.words {
			for at++; at < len(args) && args[at] != word; at++ {
			}
			if at >= len(args) {
				t.Fatalf("%q: word %q is not there, or out of order: %q", args, word, l.words)
			}
		}
		if n := len(l.words); n > 1 && !l.syntax.mixed {
			if rest := args[len(args)-n:]; !reflect.DeepEqual(rest, l.words) {
				t.Fatalf("%q: words %q are not the end of the line", args, l.words)
			}
		}
	})
}

// TestOptionsAreLookedForWhenThereAreSome states that a line without options makes no table of them, which would take a
// thirtieth of the start of a small module.
func TestOptionsAreLookedForWhenThereAreSome(t *testing.T) {
	for _, args := range [][]string{{"wasmedge", "m.wasm", "a"}, {"wazedge", "run", "m.wasm", "a"}, {"wasmedge", "compile", "a", "b"}} {
		l := parseLine(t, args)
		if l.syntax.given("reactor") || l.syntax.made != nil {
			t.Errorf("%v: a table of options was made", args)
		}
	}
	l := parseLine(t, []string{"wazedge", "--reactor", "run", "m.wasm"})
	if !l.syntax.given("reactor") || l.syntax.made != nil || l.syntax.outer.made == nil {
		t.Error("--reactor in front of run: not given, or looked for twice")
	}
}
