package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// loads are the sizes of the files that the program of the thesis sorts, by their numbers from 1 on.
var loads = []int{1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 5e8}

// algorithms are its ways of sorting, by their numbers from 1 on.
var algorithms = []string{"bubble", "merge", "quick"}

// contender is one way of running the program.
type contender struct {
	name    string
	version string
	pace    float64 // nanoseconds for a step of the program, roughly: what would take too long is not begun
	native  bool    // it has no 4 GiB to do with
	command func(load, algorithm string) Command
}

// trial is what was measured of one contender on one load with one algorithm.
type trial struct {
	load, algorithm int
	contender       string
	samples         []sample
	why             string // there are none
}

// thesis repeats the experiment: which loads, algorithms and how often args say.
func thesis(args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("bench thesis", flag.ContinueOnError)
	of := flags.String("loads", "1-5", "loads, of 1 (1 KB) to 7 (500 MB): 1-5, 6,7")
	by := flags.String("algorithms", "1-3", "algorithms: 1 bubble, 2 merge, 3 quick")
	rounds := flags.Int("rounds", 5, "repetitions, interleaved")
	most := flags.Duration("most", 30*time.Second, "what is likely to take longer is listed instead")
	only := flags.String("only", "", "contenders whose names contain this")
	results := flags.String("out", filepath.Join("bench", "RESULTS.md"), "file whose section is replaced; empty for none")
	charts := flags.String("charts", filepath.Join("docs", "charts"), "directory for charts; empty for none")
	ours := flags.String("ours", "", "command to measure instead of building the one in this tree")
	if err := flags.Parse(args); err != nil {
		return err
	}
	sizes, err := numbers(*of, len(loads))
	if err != nil {
		return err
	}
	ways, err := numbers(*by, len(algorithms))
	if err != nil {
		return err
	}
	b, err := newBench(*ours, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	dir, err := b.Mkdir("thesis")
	if err != nil {
		return err
	}
	list, err := b.contenders(dir, *only)
	if err != nil {
		return err
	}
	if err := b.warm(list, dir); err != nil {
		return err
	}
	var trials []trial
	for _, n := range sizes {
		if err := writeAlphanumerics(filepath.Join(dir, "load"), loads[n-1]); err != nil {
			return err
		}
		for _, a := range ways {
			fmt.Fprintf(out, "load %d, %s\n", n, algorithms[a-1])
			trials = append(trials, b.try(list, n, a, *rounds, *most, dir)...)
		}
	}
	e := experiment{list, trials, sizes, ways, *rounds}
	for _, p := range thesisParts {
		section := e.markdown(p)
		if section == "" {
			continue
		}
		fmt.Fprintln(out, section)
		if *results != "" {
			if err := replaceSection(*results, p.section, section); err != nil {
				return err
			}
		}
	}
	if *charts == "" {
		return nil
	}
	return b.draw(e.figures(), *charts)
}

// thesisPart is one of the two halves in which the experiment is told, each with a section and charts of its own.
type thesisPart struct {
	section, suffix, title string
	has                    func(load int) bool
}

var thesisParts = []thesisPart{
	{"thesis", "small", "loads up to 10 MB", func(n int) bool { return loads[n-1] <= 1e7 }},
	{"thesis-large", "large", "loads of 100 and 500 MB", func(n int) bool { return loads[n-1] > 1e7 }},
}

// warm has every contender do a little work once, uncounted, so that caches have what they keep.
func (b *Bench) warm(list []contender, dir string) error {
	if err := writeAlphanumerics(filepath.Join(dir, "load"), loads[0]); err != nil {
		return err
	}
	for n := range list {
		if _, _, err := b.measure(list[n].command("load", algorithms[len(algorithms)-1]), true); err != nil {
			fmt.Fprintf(b.progress, "  %s failed: %v\n", list[n].name, err)
		}
	}
	return nil
}

// numbers reads a list of numbers from 1 to most: 1-3,5.
func numbers(text string, most int) (list []int, err error) {
	for part := range strings.SplitSeq(text, ",") {
		from, to, ranged := strings.Cut(part, "-")
		if !ranged {
			to = from
		}
		a, err1 := strconv.Atoi(from)
		z, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || a < 1 || z > most || a > z {
			return nil, fmt.Errorf("%q: numbers from 1 to %d are wanted, like 1-3,5", text, most)
		}
		for ; a <= z; a++ {
			list = append(list, a)
		}
	}
	return list, nil
}

// writeAlphanumerics fills a file with size random letters and digits, the same each time.
func writeAlphanumerics(path string, size int) error {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	r := rand.New(rand.NewPCG(1, uint64(size)))
	text := make([]byte, size)
	for i := range text {
		text[i] = letters[r.IntN(len(letters))]
	}
	return os.WriteFile(path, text, 0o600)
}

// contenders are all ways of running the program that there are here. dir is the guest's /.
func (b *Bench) contenders(dir, only string) ([]contender, error) {
	module := b.Guest("bench/guests/sort.wasm")
	work := func(load, algorithm string) Work {
		return Work{Module: module, Mount: dir, Args: []string{"/" + load, algorithm}}
	}
	var list []contender
	add := func(name, version string, pace float64, command func(load, algorithm string) Command) {
		if strings.Contains(name, only) {
			list = append(list, contender{name: name, version: version, pace: pace, command: command})
		}
	}
	ours := b.runtimes[0]
	own := func(options ...string) func(load, algorithm string) Command {
		return func(load, algorithm string) Command { return b.ours("", work(load, algorithm), options...) }
	}
	const compiled, interpreted = 3, 250
	add("wazedge", ours.Version, compiled, own())
	add("wazedge, cold", ours.Version, compiled, func(load, algorithm string) Command {
		cache := b.cacheDir("cold") // its own: the others stay warm
		c := own()(load, algorithm)
		c.Env = []string{"WAZEDGE_CACHE_DIR=" + cache}
		c.Before = func() error { return os.RemoveAll(cache) }
		return c
	})
	optimized := filepath.Join(b.dir, "optimized.wasm")
	compile := exec.Command(ours.Path, "compile", "--optimize", "2", module, optimized)
	compile.Env = b.environment()
	if text, err := compile.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile --optimize 2: %w: %s", err, text)
	}
	add("wazedge, --optimize 2", ours.Version, compiled, func(load, algorithm string) Command {
		w := work(load, algorithm)
		w.Module = optimized
		return b.ours("", w)
	})
	add("wazedge, statistics", ours.Version, compiled, own("--enable-all-statistics"))
	add("wazedge, interpreter", ours.Version, interpreted, own("--run-mode", "interpreter"))
	for _, r := range b.runtimes[1:] {
		peer := func(options ...string) func(load, algorithm string) Command {
			return func(load, algorithm string) Command {
				return Command{Path: r.Path, Args: append(options, r.argv(b, work(load, algorithm))...)}
			}
		}
		switch r.Name {
		case "bare wazero":
		case "wazero":
			add("wazero", r.Version, 3*compiled, peer())
		case "wasmedge":
			add("wasmedge, interpreter", r.Version, interpreted, peer())
			add("wasmedge, JIT", r.Version, compiled, peer("--enable-jit"))
			for _, name := range []string{"wasmedge, AOT", "wasmedge, AOT with statistics"} {
				var options []string
				if strings.HasSuffix(name, "statistics") {
					options = []string{"--enable-all-statistics"}
				}
				aot := filepath.Join(b.dir, strings.ReplaceAll(name, " ", "-")+".wasm")
				if text, err := exec.Command(r.Path, slices.Concat([]string{"compile"}, options, []string{module, aot})...).CombinedOutput(); err != nil {
					fmt.Fprintf(b.progress, "no %s: %v %s\n", name, err, text)
					continue
				}
				add(name, r.Version, compiled, func(load, algorithm string) Command {
					w := work(load, algorithm)
					w.Module = aot
					return Command{Path: r.Path, Args: append(slices.Clone(options), r.argv(b, w)...)}
				})
			}
		case nodeName:
			add(r.Name, "Node "+r.Version, compiled, peer())
			add("Node (JavaScript)", "Node "+r.Version, compiled, func(load, algorithm string) Command {
				return Command{Path: r.Path, Args: []string{b.Guest("bench/node/sort.mjs"), load, algorithm}, Dir: dir}
			})
		default:
			add(r.Name, r.Name+" "+strings.TrimPrefix(r.Version, r.Name+" "), compiled, peer())
		}
	}
	if native := b.rustNative("sort", "bench/guests/sort.rs"); native != "" {
		add("native", firstLine("rustc", "--version"), 2, func(load, algorithm string) Command {
			return Command{Path: native, Args: []string{load, algorithm}, Dir: dir}
		})
	}
	for n := range list {
		list[n].native = list[n].name == "native" || list[n].name == "Node (JavaScript)"
	}
	return list, nil
}

// impossible is why c is not measured on load n with algorithm a, or empty.
func (c *contender) impossible(n, a int, most time.Duration) string {
	size := float64(loads[n-1])
	steps, bytes := size*math.Log2(size)*1.5, size*5
	switch a {
	case 1:
		steps = size * size / 2
	case 2:
		bytes = size * 9
	}
	if !c.native && bytes > 1<<32 {
		return fmt.Sprintf("%.1f GiB, more than a memory has", bytes/(1<<30))
	}
	if likely := time.Duration(min(steps*c.pace, 1e18)); likely > most {
		return "some " + likely.Round(time.Second).String()
	}
	return ""
}

// try measures all contenders in turn, round after round, and holds what they write against the truth.
func (b *Bench) try(list []contender, n, a, rounds int, most time.Duration, dir string) []trial {
	text, err := os.ReadFile(filepath.Join(dir, "load"))
	if err == nil {
		slices.Sort(text)
	}
	trials := make([]trial, len(list))
	for round := range rounds {
		for k := range list {
			t := &trials[k]
			if round == 0 {
				*t = trial{load: n, algorithm: a, contender: list[k].name, why: list[k].impossible(n, a, most)}
			}
			if t.why != "" {
				continue
			}
			s, _, failed := b.measure(list[k].command("load", algorithms[a-1]), true)
			if failed == nil {
				failed = errors.Join(err, checkAndRemove(filepath.Join(dir, "load.sorted"), text))
			}
			if failed != nil {
				t.why, t.samples = failed.Error(), nil
				fmt.Fprintf(b.progress, "  %s failed: %v\n", t.contender, failed)
			} else {
				t.samples = append(t.samples, s)
			}
		}
	}
	return trials
}

// experiment is all that was measured.
type experiment struct {
	contenders []contender
	trials     []trial
	sizes      []int
	ways       []int
	rounds     int
}

// of are the values of one kind of t.
func (t *trial) of(value func(sample) float64) []float64 {
	list := make([]float64, len(t.samples))
	for n, s := range t.samples {
		list[n] = value(s)
	}
	return list
}

func latency(s sample) float64 { return s.Wall.Seconds() * 1e3 }
func cpuUse(s sample) float64  { return 100 * s.CPU.Seconds() / s.Wall.Seconds() }
func cpuTime(s sample) float64 { return s.CPU.Seconds() * 1e3 }
func meanRSS(s sample) float64 { return float64(s.Mean) / (1 << 20) }
func peakRSS(s sample) float64 { return float64(s.Peak) / (1 << 20) }

// loadName is what a load is called.
func loadName(n int) string {
	switch size := loads[n-1]; {
	case size >= 1e6:
		return fmt.Sprintf("%d MB", size/1e6)
	default:
		return fmt.Sprintf("%d KB", size/1e3)
	}
}

// markdown is the section of RESULTS.md for p; empty if there is nothing of it.
func (e *experiment) markdown(p thesisPart) string {
	trials := slices.DeleteFunc(slices.Clone(e.trials), func(t trial) bool { return !p.has(t.load) })
	if len(trials) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "## thesis, %s\n\n", p.title)
	b.WriteString("The experiment of the thesis: `sort LOAD ALGORITHM` reads a file of random letters and digits into a vector, sorts it, and writes it.\n\n" +
		"`go run ./bench thesis`. The contenders run in turn, round after round, after each has run once uncounted; what they have written is compared. Latency " +
		"is from the command's start to its end, CPU use is the time of the processor over that, RSS is sampled every two milliseconds. " +
		"Where the machine had other work, CPU time is what to compare.\n\n")
	fmt.Fprintf(&b, "%s, %s, %d rounds. ", machine(), time.Now().UTC().Format("2006-01-02"), e.rounds)
	var versions []string
	for _, c := range e.contenders {
		if v := c.version; !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	fmt.Fprintf(&b, "%s.\n\n", strings.Join(versions, "; "))
	b.WriteString("| load | algorithm | contender | latency ms: mean | median | min | spread | CPU ms | CPU use % | RSS MiB: mean | peak |\n|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for n := range trials {
		t := &trials[n]
		if len(t.samples) == 0 {
			continue
		}
		wall := t.of(latency)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %.0f | %s | %s |\n", loadName(t.load), algorithms[t.algorithm-1], t.contender,
			figure(mean(wall)), figure(median(wall)), figure(slices.Min(wall)), figure(slices.Max(wall)-slices.Min(wall)),
			figure(median(t.of(cpuTime))), median(t.of(cpuUse)), figure(median(t.of(meanRSS))), figure(median(t.of(peakRSS))))
	}
	if missing := notMeasured(trials); missing != "" {
		b.WriteString("\nNot measured, as it would take too long or more memory than there is:\n\n" + missing)
	}
	return b.String()
}

// notMeasured is a line for each load and algorithm that some contender was not measured on: who, and why.
func notMeasured(trials []trial) string {
	type reason struct {
		load, algorithm int
		why             string
	}
	var reasons []reason
	who := map[reason][]string{}
	for n := range trials {
		t := &trials[n]
		if len(t.samples) > 0 {
			continue
		}
		r := reason{t.load, t.algorithm, firstOf(t.why)}
		if who[r] == nil {
			reasons = append(reasons, r)
		}
		who[r] = append(who[r], t.contender)
	}
	var b strings.Builder
	for n, r := range reasons {
		if n > 0 && reasons[n-1].load == r.load && reasons[n-1].algorithm == r.algorithm {
			b.WriteString("; ")
		} else {
			fmt.Fprintf(&b, "%s* %s, %s: ", map[bool]string{true: "\n"}[n > 0], loadName(r.load), algorithms[r.algorithm-1])
		}
		fmt.Fprintf(&b, "%s: %s", strings.Join(who[r], ", "), r.why)
	}
	if len(reasons) > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

func firstOf(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}

// chart is a figure as bench/charts takes it.
type chart struct {
	Name, Title, Unit string
	Log               bool
	Groups            []string
	Series            []series
}

type series struct {
	Label  string
	Values []float64
}

// figures are those of the thesis: CPU use, memory and latency by load and algorithm, for loads up to 10 MB and
// those beyond; and the time of the processor, which other work on the machine does not change.
func (e *experiment) figures() []chart {
	var charts []chart
	for _, part := range thesisParts {
		for _, m := range []struct {
			name, title, unit string
			log               bool
			value             func(sample) float64
		}{
			{"cpu", "CPU use", "percent of one core", false, cpuUse},
			{"memory", "Memory, largest resident set", "MiB", true, peakRSS},
			{"latency", "Latency, median", "ms", true, latency},
			{"time", "Time of the processor, median", "ms", true, cpuTime},
		} {
			c := chart{Name: "thesis-" + m.name + "-" + part.suffix, Title: m.title + ", " + part.title, Unit: m.unit, Log: m.log}
			for _, n := range e.sizes {
				for _, a := range e.ways {
					if part.has(n) && slices.ContainsFunc(e.trials, func(t trial) bool { return t.load == n && t.algorithm == a && len(t.samples) > 0 }) {
						c.Groups = append(c.Groups, loadName(n)+"\n"+algorithms[a-1])
						for k := range e.contenders {
							if len(c.Series) <= k {
								c.Series = append(c.Series, series{Label: e.contenders[k].name})
							}
							c.Series[k].Values = append(c.Series[k].Values, e.value(n, a, e.contenders[k].name, m.value))
						}
					}
				}
			}
			if len(c.Groups) > 0 {
				charts = append(charts, c)
			}
		}
	}
	return charts
}

// value is the median of what was measured, or 0.
func (e *experiment) value(n, a int, contender string, of func(sample) float64) float64 {
	for k := range e.trials {
		if t := &e.trials[k]; t.load == n && t.algorithm == a && t.contender == contender && len(t.samples) > 0 {
			return median(t.of(of))
		}
	}
	return 0
}

// draw has bench/charts, a module of its own, draw the charts into dir.
func (b *Bench) draw(list []chart, dir string) error {
	text, err := json.MarshalIndent(list, "", "\t")
	if err != nil {
		return err
	}
	file := filepath.Join(b.dir, "charts.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "run", ".", file, dir)
	cmd.Dir = filepath.Join(b.root, "bench", "charts")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("bench/charts: %w: %s", err, text)
	}
	return nil
}
