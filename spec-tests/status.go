package spectest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tally counts verdicts.
type tally struct {
	verdicts [3]int
	reasons  map[string]int // of skipped commands
}

func (t *tally) add(o *Outcome) {
	t.verdicts[o.Verdict]++
	if o.Verdict == Skipped {
		if t.reasons == nil {
			t.reasons = map[string]int{}
		}
		t.reasons[o.Reason]++
	}
}

// String is the counts in a table: passed, failed, skipped.
func (t *tally) String() string {
	return fmt.Sprintf("%d | %d | %d", t.verdicts[Passed], t.verdicts[Failed], t.verdicts[Skipped])
}

// why is why commands were skipped, the commonest reason first.
func (t *tally) why() string {
	reasons := slices.SortedFunc(maps.Keys(t.reasons), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.reasons[b], t.reasons[a]), cmp.Compare(a, b))
	})
	var words []string
	for _, r := range reasons {
		words = append(words, fmt.Sprintf("%s (%d)", r, t.reasons[r]))
	}
	return strings.Join(words, ", ")
}

// Status collects outcomes by script and mode.
type Status struct {
	order    []Script
	outcomes map[string][numModes][]Outcome // by suite/script
}

// NewStatus is an empty table of scripts.
func NewStatus(scripts []Script) *Status {
	return &Status{order: scripts, outcomes: map[string][numModes][]Outcome{}}
}

func key(s Script) string { return s.Suite.Name + "/" + s.Name }

// Set keeps the outcomes of a script.
func (st *Status) Set(s Script, m Mode, list []Outcome) {
	modes := st.outcomes[key(s)]
	modes[m] = list
	st.outcomes[key(s)] = modes
}

// Complete reports whether every script has outcomes in every mode.
func (st *Status) Complete() bool {
	for _, s := range st.order {
		for _, list := range st.outcomes[key(s)] {
			if list == nil {
				return false
			}
		}
	}
	return true
}

// row is a line of a table: commands of one name, by mode.
type row struct {
	name  string
	modes [numModes]tally
}

// rows groups the outcomes by what name says of a script, in order of appearance.
func (st *Status) rows(name func(Script) string) []*row {
	var list []*row
	byName := map[string]*row{}
	for _, s := range st.order {
		r := byName[name(s)]
		if r == nil {
			r = &row{name: name(s)}
			byName[r.name] = r
			list = append(list, r)
		}
		for m, outcomes := range st.outcomes[key(s)] {
			for i := range outcomes {
				r.modes[m].add(&outcomes[i])
			}
		}
	}
	return list
}

// Summary is the table by proposal.
func (st *Status) Summary() string { return table("proposal or suite", st.rows(Script.Proposal)) }

// table is rows as a table of Markdown.
func table(what string, rows []*row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | compiled: passed | failed | not run | interpreter: passed | failed | not run | why not run |\n", what)
	b.WriteString("|---|---:|---:|---:|---:|---:|---:|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.name, r.modes[Compiled].String(), r.modes[Interpreter].String(), r.modes[Compiled].why())
	}
	return b.String()
}

// Markdown is the whole of STATUS.md.
func (st *Status) Markdown() string {
	var b strings.Builder
	b.WriteString(`# What the official test scripts say

Commands of the scripts of the specification's test suites (WebAssembly 3.0, the threads proposal and the
component model), and of those that ship with wazero, run through the whole pipeline. Written by
` + "`go test ./spec-tests -update`" + `; the test fails when it is out of date.

## By proposal

`)
	b.WriteString(st.Summary())
	b.WriteString("\n## Known failures\n\n")
	failed := false
	for _, line := range strings.Split(knownText, "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			fields := strings.SplitN(line, " ", 3)
			fmt.Fprintf(&b, "* `%s` (%s): %s\n", fields[0], fields[1], fields[2])
			failed = true
		}
	}
	if !failed {
		b.WriteString("None.\n")
	}
	b.WriteString("\n## By script\n\n")
	b.WriteString(table("script", st.rows(key)))
	return b.String()
}
