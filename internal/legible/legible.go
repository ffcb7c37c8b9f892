// Package legible writes for people what others have named: text that fits the screen, and
// in which no name of a file's says anything to the terminal.
package legible

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Screen is how many columns text for people takes.
const Screen = 80

// Name is name with what is not to be seen, or says something to a terminal, as escapes of
// Go's; it has no spaces but U+0020.
func Name(name string) string { return shown(name, hidden) }

// Text is text with what [Name] has as escapes, but for line ends and tabs: for what has names in
// it, and several lines.
func Text(text string) string {
	return shown(text, func(r rune) bool { return hidden(r) && r != '\n' && r != '\t' })
}

// shown is text with what is hidden as escapes.
func shown(text string, hidden func(rune) bool) string {
	if strings.IndexFunc(text, hidden) < 0 && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case hidden(r):
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		default:
			b.WriteString(text[i : i+n])
		}
		i += n
	}
	return b.String()
}

// hidden reports whether r is shown by nothing of its own: controls, marks of direction,
// spaces of other widths.
func hidden(r rune) bool { return !strconv.IsPrint(r) }

// Cut is name as [Name] has it, in at most columns characters.
func Cut(name string, columns int) string {
	name = Name(name)
	if utf8.RuneCountInString(name) <= columns {
		return name
	}
	runes := []rune(name)
	return string(runes[:columns-1]) + "…"
}

// JSON is v in JSON, indented and with a line's end, with what a terminal might take for
// more than text as escapes.
func JSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return escaped(b.Bytes()), nil
}

// escaped is the JSON text b with hidden characters as escapes.
func escaped(b []byte) []byte {
	if bytes.IndexFunc(b, unsafe) < 0 {
		return b
	}
	out := make([]byte, 0, len(b)+len(b)/8)
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if !unsafe(r) {
			out = append(out, b[i:i+n]...)
		} else if r1, r2 := utf16.EncodeRune(r); r1 != unicode.ReplacementChar {
			out = fmt.Appendf(out, `\u%04x\u%04x`, r1, r2)
		} else {
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += n
	}
	return out
}

// unsafe reports whether r, in JSON, is hidden and may be escaped: line ends and
// indentation are JSON's own, and encoders escape what else is below U+0020.
func unsafe(r rune) bool { return r >= 0x7F && hidden(r) }

// Fold breaks text at spaces into lines that fit the screen: the first behind first
// columns that are there already, all others behind indent spaces. It leaves spaces within a
// line as they are. A word that is too long has a line of its own.
func Fold(text string, first, indent int) string { return FoldTo(Screen, text, first, indent) }

// FoldTo is [Fold] for a screen of width columns.
func FoldTo(width int, text string, first, indent int) string {
	var b strings.Builder
	for room := width - first; ; room = width - indent {
		at := breakAt(text, room)
		if at < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(strings.TrimRight(text[:at], " ") + "\n" + strings.Repeat(" ", indent))
		text = strings.TrimLeft(text[at:], " ")
	}
}

// breakAt is where to break text so that what is before has at most room characters, or a
// negative number where there is no need or no place.
func breakAt(text string, room int) int {
	last, n := -1, 0
	for i, r := range text {
		if n >= room && last > 0 {
			return last
		}
		if r == ' ' {
			if last = i; n >= room {
				return i
			}
		}
		n++
	}
	if n > room {
		return last
	}
	return -1
}

// Bytes is n in the largest binary unit that leaves at least one before the point.
func Bytes(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	v, u := float64(n), 0
	for v >= 1024 && u < len(units)-1 {
		v /= 1024
		u++
	}
	if u == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[u])
}

// Count is n things: "1 function", "2 functions".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	if stem, ok := strings.CutSuffix(thing, "ry"); ok {
		return fmt.Sprintf("%d %sries", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
