package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestEveryPartOfTheThesisHasASection(t *testing.T) {
	text := ""
	for _, p := range thesisParts {
		text = withSection(text, p.section, p.title+"\n")
	}
	text = withSection(text, "sort", "sorted\n")
	for _, p := range thesisParts {
		if strings.Count(text, p.title+"\n") != 1 {
			t.Errorf("%s is not there once:\n%s", p.section, text)
		}
	}
	for n := range loads {
		parts := 0
		for _, p := range thesisParts {
			if p.has(n + 1) {
				parts++
			}
		}
		if parts != 1 {
			t.Errorf("load %d is told in %d parts", n+1, parts)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, tc := range []struct {
		text string
		want []int
	}{
		{"1", []int{1}},
		{"1-3,7", []int{1, 2, 3, 7}},
		{"", nil}, {"0", nil}, {"8", nil}, {"3-1", nil}, {"1-", nil}, {"x", nil},
	} {
		got, err := numbers(tc.text, 7)
		if (err != nil) != (tc.want == nil) || err == nil && len(got) != len(tc.want) {
			t.Errorf("%q: %v, %v", tc.text, got, err)
		}
	}
}

// TestImpossibleIsListed states that what would take too long, or more than a memory of 32 bits, is not begun but named
// with the reason, and that others on the same load are measured all the same.
func TestImpossibleIsListed(t *testing.T) {
	slow, fast := contender{name: "slow", pace: 100}, contender{name: "fast", pace: 1, native: true}
	const most = 10 * time.Second
	if why := slow.impossible(4, 1, most); !strings.Contains(why, "some ") {
		t.Errorf("bubble sort of 1 MB: %q", why)
	}
	if why := slow.impossible(7, 2, 1<<62); !strings.Contains(why, "GiB") {
		t.Errorf("merge sort of 500 MB in 4 GiB: %q", why)
	}
	if why := fast.impossible(5, 2, most); why != "" {
		t.Errorf("merge sort of 10 MB: %q", why)
	}
	e := experiment{contenders: []contender{slow, fast}, sizes: []int{4}, ways: []int{1}, rounds: 1, trials: []trial{
		{load: 4, algorithm: 1, contender: "slow", why: "some 14h"},
		{load: 4, algorithm: 1, contender: "fast", samples: []sample{{Wall: 2 * time.Second, CPU: time.Second, Peak: 1 << 20, Mean: 1 << 20}}},
	}}
	text := e.markdown(thesisParts[0])
	for _, want := range []string{"* 1 MB, bubble: slow: some 14h\n", "| 1 MB | bubble | fast | 2000 | 2000 | 2000 | 0.00 | 1000 | 50 | 1.00 | 1.00 |\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if text := e.markdown(thesisParts[1]); text != "" {
		t.Errorf("loads beyond 10 MB, of which there are none:\n%s", text)
	}
	charts := e.figures()
	if len(charts) != 4 || charts[0].Name != "thesis-cpu-small" || charts[0].Series[0].Values[0] != 0 || charts[0].Series[1].Values[0] != 50 {
		t.Errorf("%+v", charts)
	}
}

func TestAlphanumericsAreTheSameEachTime(t *testing.T) {
	var texts []string
	for range 2 {
		name := filepath.Join(t.TempDir(), "load")
		if err := writeAlphanumerics(name, 1000); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if len(texts[0]) != 1000 || texts[0] != texts[1] || strings.Trim(texts[0], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		t.Errorf("%q, then %q", texts[0], texts[1])
	}
}
