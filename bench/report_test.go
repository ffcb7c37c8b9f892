package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestWithSectionReplacesOnlyItsOwn(t *testing.T) {
	text := withSection("", "sort", "sorted once\n")
	text = withSection(text, "startup", "started\n")
	text = withSection(text, "sort", "sorted twice\n")
	if strings.Contains(text, "sorted once") {
		t.Errorf("the old section is still there:\n%s", text)
	}
	started, sorted := strings.Index(text, "started\n"), strings.Index(text, "sorted twice\n")
	if started < 0 || sorted < started {
		t.Errorf("sections are missing or not in the order of the suites:\n%s", text)
	}
	if strings.Count(text, "# Results") != 1 {
		t.Errorf("not exactly one preamble:\n%s", text)
	}
	const byHand = "\n## written by hand\n"
	if again := withSection(text+byHand, "startup", "started\n"); again != text+byHand {
		t.Errorf("what stands behind all sections does not stay: %s", again)
	}
	if again := withSection(text, "sort", "sorted twice\n"); again != text {
		t.Errorf("writing the same section again changed the file:\n%s", again)
	}
}

func TestMarkdownComparesWithTheFirstCommand(t *testing.T) {
	c := caseResult{name: "hello", rows: []row{
		{label: "ours", samples: []sample{{Wall: 10 * time.Millisecond, CPU: 8 * time.Millisecond, Peak: 4 << 20}}},
		{label: "theirs", samples: []sample{{Wall: 20 * time.Millisecond, CPU: 32 * time.Millisecond, Peak: 40 << 20}}},
		{label: "broken", failed: errors.New("exit status 1:\nno | such file")},
	}}
	var b strings.Builder
	c.markdown(&b, false)
	want := `| hello | ours | 1 | 10.0 (10.0-10.0) | 8.00 | 4.00 | | | |
|  | theirs | 1 | 20.0 (20.0-20.0) | 32.0 | 40.0 | 0.50 | 0.25 | 0.10 |
|  | broken | failed: exit status 1: no \| such file |
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	b.Reset()
	c.markdown(&b, true)
	if !strings.Contains(b.String(), "| 2.00 | 4.00 | 10.00 |") {
		t.Errorf("turned round:\n%s", b.String())
	}
}

func TestPickKnowsItsSuites(t *testing.T) {
	picked, err := pick("sort,startup")
	if err != nil || len(picked) != 2 || picked[0].Name != "sort" {
		t.Errorf("pick(sort,startup) = %v, %v", picked, err)
	}
	for _, bad := range []string{"", "sort,nonesuch"} {
		if _, err := pick(bad); err == nil {
			t.Errorf("pick(%q) found something", bad)
		}
	}
}

func TestSummaryLeavesFailuresOut(t *testing.T) {
	ms := func(n int) []sample {
		return []sample{{Wall: time.Duration(n) * time.Millisecond, CPU: time.Millisecond}}
	}
	r := result{cases: []caseResult{
		{rows: []row{{label: "plain", samples: ms(10)}, {label: "metered", samples: ms(10)}}},
		{rows: []row{{label: "plain", samples: ms(10)}, {label: "metered", samples: ms(40)}}},
		{rows: []row{{label: "plain", samples: ms(10)}, {label: "metered", failed: errors.New("no")}}},
	}}
	var b strings.Builder
	r.summary(&b)
	if want := "\n* Metered over 2 cases: wall 2.00 in the geometric mean, 4.00 at worst; CPU 1.00 and 1.00.\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
