package cli

import (
	"slices"
	"strings"
	"testing"
)

// ofTheHost are the options of running that are about the host, and so in no record.
var ofTheHost = []group{groupHost, groupCache}

// ofThisRun are others that a record does not have: where results go, bounds of what the host
// answers, and what does not show.
var ofThisRun = []string{"statistics-file", "statistics-interval", "profile", "trace", "enable-coredump", "coredump-for-wasmgdb", "cold-start",
	"max-open-files", "max-output", "gas-cost-table", "module", "max-threads", "diagnose"}

// TestRecordsHaveWhatDecides states of every option of running whether it is in a record.
func TestRecordsHaveWhatDecides(t *testing.T) {
	for _, row := range optionsOf(toolRun) {
		out := slices.Contains(ofThisRun, row.name) || slices.Contains(ofTheHost, row.group) && row.name != "forbidden-plugin"
		if row.recorded() == out {
			t.Errorf("--%s: is in a record: %v", row.name, row.recorded())
		}
	}
}

// TestOptionsOfRecords states that options come out of a record as they were, that those of
// the command line go before, and that none about the host is taken.
func TestOptionsOfRecords(t *testing.T) {
	p := &Process{Args: []string{"wazedge"}}
	parse := func(words ...string) line {
		t.Helper()
		var version toggle
		l, err := p.syntax(&version).parse([]string{"wazedge"}, words)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	l := parse("record", "--reactor", "--gas-limit", "7", "--gas-limit", "8", "--disable-gc", "--forbidden-plugin", "a",
		"--forbidden-plugin", "b,c", "--dir", ".", "--max-memory", "10M", "a.wasm", "f", "--dir")
	options, _, err := recordable(l)
	if err != nil {
		t.Fatal(err)
	}
	again := parse("replay", "--gas-limit", "9", "r")
	if err := p.adopt(again, options); err != nil {
		t.Fatal(err)
	}
	o := again.syntax.options
	if !o.Reactor || !o.Proposals["disable-gc"] || strings.Join(o.ForbiddenPlugins, " ") != "a b,c" ||
		o.GasLimit[len(o.GasLimit)-1] != 9 || o.MaxMemory != 10<<20 || len(o.Dirs) > 0 {
		t.Errorf("%v come out as %+v", options, o)
	}
	for _, pair := range [][2]string{{"dir", "."}, {"profile", "x"}, {"statistics-file", "x"}, {"trace", "wasi"}, {"nothing", ""}, {"run-mode", "warp"}, {"max-memory", "much"}} {
		if err := p.adopt(parse("replay", "r"), [][2]string{pair}); err == nil {
			t.Errorf("the option %v of a record is taken", pair)
		}
	}
}
