// Command bench runs whole commands of this project and of other runtimes side by side and writes what
// they cost into RESULTS.md.
//
//	go run ./bench -suite startup,sort
//	go run ./bench -list
//	go run ./bench thesis
//
// A suite is a table of cases (suite.go); a case is one piece of work done by several commands, which
// are run in turn, round after round, so that a change of the machine's mood hits all of them alike.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == measureArg {
		os.Exit(measureMain(os.Args[2:]))
	}
	work := run
	if len(os.Args) > 1 && os.Args[1] == "thesis" {
		work, os.Args = thesis, os.Args[1:]
	}
	if err := work(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	names := flags.String("suite", "", "suites to run, separated by commas, or \"all\"")
	list := flags.Bool("list", false, "list the suites and stop")
	rounds := flags.Int("rounds", 0, "rounds per case, instead of what the case asks for")
	only := flags.String("case", "", "run only the cases whose name contains this; writes no results")
	results := flags.String("out", filepath.Join("bench", "RESULTS.md"), "file whose sections are replaced; empty for none")
	ours := flags.String("ours", "", "command to measure instead of building the one in this tree")
	charts := flags.String("charts", filepath.Join("docs", "charts"), "directory for charts; empty for none")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *list {
		for _, s := range suites {
			fmt.Fprintf(out, "%-10s %s\n", s.Name, s.Title)
		}
		return nil
	}
	picked, err := pick(*names)
	if err != nil {
		return err
	}
	b, err := newBench(*ours, out)
	if err != nil {
		return err
	}
	defer b.Close()
	for _, s := range picked {
		r, err := b.runSuite(s, *rounds, *only)
		if err != nil {
			return fmt.Errorf("suite %s: %w", s.Name, err)
		}
		section := r.markdown()
		fmt.Fprintln(out, section)
		if *results == "" || *only != "" {
			continue
		}
		if err := replaceSection(*results, s.Name, section); err != nil {
			return err
		}
		if s.Chart == "" || *charts == "" {
			continue
		}
		if err := b.draw([]chart{r.chart()}, *charts); err != nil {
			return err
		}
	}
	return nil
}

// pick finds the suites of a comma-separated list.
func pick(names string) ([]Suite, error) {
	if names == "all" {
		return suites, nil
	}
	if names == "" {
		return nil, errors.New("which -suite? -list shows them")
	}
	var picked []Suite
next:
	for name := range strings.SplitSeq(names, ",") {
		for _, s := range suites {
			if s.Name == name {
				picked = append(picked, s)
				continue next
			}
		}
		return nil, fmt.Errorf("no suite %q; -list shows them", name)
	}
	return picked, nil
}
