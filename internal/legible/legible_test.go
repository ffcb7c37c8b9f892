package legible

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestName states that nothing of a name reaches the terminal but characters that show
// themselves.
func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"plain":            "plain",
		"grüße 世界":         "grüße 世界",
		"\x1b[31mred\a":    `\x1b[31mred\a`,
		"two\nlines\r":     `two\nlines\r`,
		"csi\u009b31m":     `csi\u009b31m`,
		"left\u202eright":  `left\u202eright`,
		"zero\u200bwidth":  `zero\u200bwidth`,
		"not\xffutf8\xc3":  `not\xffutf8\xc3`,
		"no\u00a0break":    `no\u00a0break`,
		"\U000e0041hidden": `\U000e0041hidden`,
	} {
		if got := Name(name); got != want {
			t.Errorf("Name(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestText states that text keeps its lines, and nothing else that says something to a terminal.
func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"a line\n\tanother, größer\n": "a line\n\tanother, größer\n",
		"up\x1b[1A\rover\u202e":       `up\x1b[1A\rover\u202e`,
		"not\xffutf8\n":               `not\xffutf8` + "\n",
	} {
		if got := Text(text); got != want {
			t.Errorf("Text(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestJSON states that what is escaped means the same.
func TestJSON(t *testing.T) {
	for _, name := range []string{"plain", "\x1b[31m", "\u009b\x7f", "\u202e\U000e0041\u2028", "grüße"} {
		safe, err := JSON([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range string(safe) {
			if r != '\n' && hidden(r) {
				t.Errorf("%q: %q is in %q", name, r, safe)
			}
		}
		var back []string
		if err := json.Unmarshal(safe, &back); err != nil || len(back) != 1 || back[0] != name {
			t.Errorf("%q became %q: %v", name, back, err)
		}
	}
}

// TestFold states that lines fit, that no word is lost, and that a long word stands alone.
func TestFold(t *testing.T) {
	text := strings.Repeat("word größer ", 30) + strings.Repeat("x", 100) + " end"
	folded := Fold(text, 10, 4)
	for n, line := range strings.Split(folded, "\n") {
		if long := utf8.RuneCountInString(line); long > Screen && !strings.Contains(line, "xxx") {
			t.Errorf("line %d has %d columns: %s", n, long, line)
		}
	}
	if strings.Join(strings.Fields(folded), " ") != strings.Join(strings.Fields(text), " ") {
		t.Errorf("words are lost: %s", folded)
	}
	if got := Fold("short", 0, 4); got != "short" {
		t.Errorf("%q", got)
	}
}

func TestCut(t *testing.T) {
	if got := Cut("größer als", 5); got != "größ…" {
		t.Errorf("%q", got)
	}
	if got := Cut("groß", 4); got != "groß" {
		t.Errorf("%q", got)
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KiB", 5 << 30: "5.0 GiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}
