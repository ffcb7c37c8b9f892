package main

import (
	"io"
	"os"
	"testing"
)

// The test binary stands in for the bench: it measures itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == measureArg {
		os.Exit(measureMain(os.Args[2:]))
	}
	switch os.Getenv("BENCH_TEST_GUEST") {
	case "say":
		os.Stdout.WriteString("said")
		os.Exit(0)
	case "fail":
		os.Stderr.WriteString("reason\n")
		os.Exit(3)
	}
	os.Exit(m.Run())
}

func testBench(t *testing.T) *Bench {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &Bench{dir: t.TempDir(), root: "..", self: self, progress: io.Discard}
}

// guestAs is the environment in which the test binary does what kind says.
func guestAs(t *testing.T, kind string) []string {
	env := []string{"BENCH_TEST_GUEST=" + kind}
	if testing.CoverMode() != "" {
		env = append(env, "GOCOVERDIR="+t.TempDir()) // without it, a test binary complains at its end
	}
	return env
}

func TestMeasure(t *testing.T) {
	b := testBench(t)
	s, out, err := b.measure(Command{Path: b.self, Env: guestAs(t, "say")}, false)
	if err != nil || out != "said" || s.Wall <= 0 {
		t.Errorf("measure = %+v, %q, %v; want some wall time and what the command printed", s, out, err)
	}
	if _, _, err := b.measure(Command{Path: b.self, Env: guestAs(t, "fail")}, false); err == nil {
		t.Error("measure took exit status 3 for success")
	}
	if _, _, err := b.measure(Command{Path: b.dir + "/nonesuch"}, false); err == nil {
		t.Error("measure took a command that does not exist for success")
	}
}

func TestMeasureDiscards(t *testing.T) {
	b := testBench(t)
	if _, out, err := b.measure(Command{Path: b.self, Env: guestAs(t, "say")}, true); err != nil || out != "" {
		t.Errorf("measure = %q, %v; want no output", out, err)
	}
}

func TestRunCaseDropsWhatFails(t *testing.T) {
	b := testBench(t)
	c := Case{Name: "c", Rounds: 2, Commands: []Command{
		{Label: "good", Path: b.self, Env: guestAs(t, "say")},
		{Label: "bad", Path: b.self, Env: guestAs(t, "fail")},
	}}
	r := b.runCase(c)
	if r.rows[0].failed != nil || len(r.rows[0].samples) != 2 {
		t.Errorf("good command: %+v, want 2 samples", r.rows[0])
	}
	if r.rows[1].failed == nil || len(r.rows[1].samples) != 0 {
		t.Errorf("bad command: %+v, want a failure and no samples", r.rows[1])
	}
}
