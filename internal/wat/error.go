package wat

import "fmt"

// Error is a place in a text and what is wrong there.
type Error struct {
	Line   int // from 1
	Column int // from 1, in bytes
	Msg    string
}

// Error is "line:column: message".
func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Msg) }

// errorAt is an Error for the byte offset off of src.
func errorAt(src string, off int, format string, args ...any) error {
	off = min(off, len(src))
	e := &Error{Line: 1, Column: 1, Msg: fmt.Sprintf(format, args...)}
	for i := 0; i < off; i++ {
		if src[i] == '\n' {
			e.Line++
			e.Column = 1
		} else {
			e.Column++
		}
	}
	return e
}

// maxQuoted bounds how much of the input an error message repeats.
const maxQuoted = 40

// clip is s, cut to what a message may repeat.
func clip(s string) string {
	if len(s) <= maxQuoted {
		return s
	}
	return s[:maxQuoted] + "..."
}
