package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// result is a suite's section of RESULTS.md before it is text.
type result struct {
	suite    Suite
	machine  string
	runtimes []Runtime
	cases    []caseResult
}

type caseResult struct {
	name string
	rows []row // in the order of the case's commands
}

type row struct {
	label   string
	samples []sample // one per round
	failed  error
}

func (r row) wall() []float64 {
	return r.values(func(s sample) float64 { return s.Wall.Seconds() * 1e3 })
}
func (r row) cpu() []float64 {
	return r.values(func(s sample) float64 { return s.CPU.Seconds() * 1e3 })
}
func (r row) peak() []float64 {
	return r.values(func(s sample) float64 { return float64(s.Peak) / (1 << 20) })
}

func (r row) values(of func(sample) float64) []float64 {
	v := make([]float64, len(r.samples))
	for i, s := range r.samples {
		v[i] = of(s)
	}
	return v
}

// markdown is the section as text, heading included.
func (r *result) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n%s.\n\n", r.suite.Name, upperFirst(r.suite.Title))
	if r.suite.Notes != "" {
		fmt.Fprintf(&b, "%s\n\n", r.suite.Notes)
	}
	fmt.Fprintf(&b, "%s, %s. ", r.machine, time.Now().UTC().Format("2006-01-02"))
	for i, rt := range r.runtimes {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s: %s", rt.Name, rt.Version)
	}
	b.WriteString(".\n\n")
	what := "first/row"
	if r.suite.RowOverFirst {
		what = "row/first"
	}
	fmt.Fprintf(&b, "| case | command | rounds | wall ms (quartiles) | CPU ms | peak MiB | %s: wall | CPU | peak |\n", what)
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, c := range r.cases {
		c.markdown(&b, r.suite.RowOverFirst)
	}
	if r.suite.RowOverFirst {
		r.summary(&b)
	}
	return b.String()
}

// chart is the time of the processor that each command takes for each case.
func (r *result) chart() chart {
	c := chart{Name: r.suite.Name + "-time", Title: r.suite.Chart, Unit: "ms", Log: true}
	for n, k := range r.cases {
		name, _, _ := strings.Cut(k.name, ":")
		c.Groups = append(c.Groups, name)
		for _, row := range k.rows {
			at := slices.IndexFunc(c.Series, func(s series) bool { return s.Label == row.label })
			if at < 0 {
				at = len(c.Series)
				c.Series = append(c.Series, series{row.label, make([]float64, len(r.cases))})
			}
			if row.failed == nil {
				c.Series[at].Values[n] = quantile(row.cpu(), 0.5)
			}
		}
	}
	return c
}

// summary adds the mean and the worst ratios of each command that several cases have.
func (r *result) summary(b *strings.Builder) {
	var labels []string
	wall, cpu := map[string][]float64{}, map[string][]float64{}
	for _, c := range r.cases {
		for _, row := range c.rows[1:] {
			if row.failed != nil || c.rows[0].failed != nil {
				continue
			}
			if wall[row.label] == nil {
				labels = append(labels, row.label)
			}
			wall[row.label] = append(wall[row.label], pairedRatio(row.wall(), c.rows[0].wall()))
			cpu[row.label] = append(cpu[row.label], pairedRatio(row.cpu(), c.rows[0].cpu()))
		}
	}
	b.WriteString("\n")
	for _, label := range labels {
		if w, u := wall[label], cpu[label]; len(w) > 1 {
			fmt.Fprintf(b, "* %s over %d cases: wall %s in the geometric mean, %s at worst; CPU %s and %s.\n",
				upperFirst(label), len(w), ratio(geomean(w)), ratio(slices.Max(w)), ratio(geomean(u)), ratio(slices.Max(u)))
		}
	}
}

// markdown adds a row per command. Its ratios are the case's first command over the row's, or the other
// way round.
func (c caseResult) markdown(b *strings.Builder, rowOverFirst bool) {
	base := c.rows[0]
	compare := func(of func(row) []float64, r row) string {
		if rowOverFirst {
			return ratio(pairedRatio(of(r), of(base)))
		}
		return ratio(pairedRatio(of(base), of(r)))
	}
	for i, r := range c.rows {
		name := c.name
		if i > 0 {
			name = ""
		}
		if r.failed != nil {
			reason := strings.Join(strings.Fields(r.failed.Error()), " ")
			fmt.Fprintf(b, "| %s | %s | failed: %s |\n", name, r.label, strings.ReplaceAll(reason, "|", "\\|"))
			continue
		}
		wall := r.wall()
		fmt.Fprintf(b, "| %s | %s | %d | %s (%s-%s) | %s | %s |", name, r.label, len(r.samples),
			figure(quantile(wall, 0.5)), figure(quantile(wall, 0.25)), figure(quantile(wall, 0.75)),
			figure(quantile(r.cpu(), 0.5)), figure(quantile(r.peak(), 0.5)))
		if i == 0 || base.failed != nil {
			b.WriteString(" | | |\n")
			continue
		}
		fmt.Fprintf(b, " %s | %s | %s |\n", compare(row.wall, r), compare(row.cpu, r), compare(row.peak, r))
	}
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// figure is v with three significant digits or all of its integer part.
func figure(v float64) string {
	switch {
	case math.IsNaN(v):
		return "-"
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func ratio(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.2f", v)
}

// machine says what the figures were measured on.
func machine() string {
	cpu := runtime.GOARCH
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				cpu = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d CPUs, %s/%s, %s", cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

const preamble = `# Results

Written by ` + "`go run ./bench -suite NAME`" + `, a section per suite, each replaced by the next run of its suite.

Whole commands are measured, start and end of the process included. The commands of a case are run in
turn, round after round, after one round that does not count and in which the results are checked.
Figures are medians over the rounds; CPU is user and system time, peak is the largest resident set
(anything below about 3 MiB reads as that: a process inherits the peak of the one that starts it).
The last three columns are medians of ratios taken round by round, of the case's first command over the
row's (below 1 the first one is cheaper) or, where the heading says so, the other way round.
`

func marks(name string) (begin, end string) {
	return "<!-- suite " + name + " -->\n", "<!-- end " + name + " -->\n"
}

// replaceSection puts a suite's section in its place in a results file, which it makes if there is none.
func replaceSection(path, name, section string) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, []byte(withSection(string(old), name, section)), 0o644)
}

// withSection is the text of a results file with one section changed or added. What stands behind all sections stays.
func withSection(text, name, section string) string {
	sections := map[string]string{name: section}
	behind := 0
	for _, s := range sectionNames() {
		begin, end := marks(s)
		_, rest, found := strings.Cut(text, begin)
		body, _, closed := strings.Cut(rest, end)
		if !found || !closed {
			continue
		}
		behind = max(behind, strings.Index(text, end)+len(end))
		if s != name {
			sections[s] = body
		}
	}
	var b strings.Builder
	b.WriteString(preamble)
	for _, s := range sectionNames() {
		if body, ok := sections[s]; ok {
			begin, end := marks(s)
			b.WriteString("\n" + begin + body + end)
		}
	}
	if behind > 0 {
		b.WriteString(text[behind:])
	}
	return b.String()
}

// sectionNames are the sections that a results file may have, in their order.
func sectionNames() []string {
	var names []string
	for _, s := range suites {
		names = append(names, s.Name)
	}
	for _, p := range thesisParts {
		names = append(names, p.section)
	}
	return names
}
