package private

import (
	"errors"
	"reflect"
	"strings"
)

// Failure is the text of wazero's own error in err: a trap, or a limit of the engine.
// It is empty where there is none. wazero's errors are values of a package that is
// internal to it.
func Failure(err error) string {
	for e := err; e != nil; e = errors.Unwrap(e) {
		if reflect.TypeOf(e).String() == "*wasmruntime.Error" {
			return e.Error()
		}
	}
	return ""
}

// Panicked is the error that a host function has panicked with, or nil, where wazero
// has made err of it.
func Panicked(err error) error {
	if text, _, _ := strings.Cut(err.Error(), "\n"); strings.HasSuffix(text, "(recovered by wazero)") {
		return errors.Unwrap(err)
	}
	return nil
}

// TextFrames is how many frames the text of an error tells at most.
const TextFrames = 30

// Trace calls show for each frame that the text of wazero's error err tells, innermost
// first. Below "wasm stack trace:", each is a line with a tab, the function's name and
// its signature in parentheses; a line with two tabs below it begins with the offset in
// the code section, which is told as text, hexadecimal and without prefix.
func Trace(err error, show func(name, offset string)) {
	_, trace, ok := strings.Cut(err.Error(), "\nwasm stack trace:\n")
	if !ok {
		return
	}
	lines := strings.Split(trace, "\n")
	for i, line := range lines {
		line = strings.TrimPrefix(line, "\t")
		end := strings.IndexByte(line, '(')
		if end <= 0 || strings.HasPrefix(line, "\t") {
			continue
		}
		show(line[:end], offsetBelow(lines[i+1:]))
	}
}

// offsetBelow is the offset that the first of lines tells, or empty.
func offsetBelow(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	position, ok := strings.CutPrefix(lines[0], "\t\t0x")
	if !ok {
		return ""
	}
	offset, _, _ := strings.Cut(position, ":")
	return offset
}
