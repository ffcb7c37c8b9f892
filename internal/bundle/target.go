package bundle

import (
	"bytes"
	"runtime"
	"strings"
)

// platform is a text in this program's file that says for which platform it is.
const (
	platformMark = "wazedge \xB7\x1D\xE5\x90 platform "
	platform     = platformMark + runtime.GOOS + "/" + runtime.GOARCH + "\n"
)

// Target is the platform of this program, GOOS/GOARCH.
func Target() string {
	target, _ := TargetOf([]byte(platform))
	return target
}

// TargetOf is the platform of the program in a file of those contents, if it is one of
// wazedge that can be a bundle.
func TargetOf(program []byte) (target string, ok bool) {
	mark := []byte(platform[:len(platformMark)])
	for {
		at := bytes.Index(program, mark)
		if at < 0 {
			return "", false
		}
		program = program[at+len(mark):]
		line, _, found := bytes.Cut(program[:min(len(program), maxTarget)], []byte("\n"))
		if system, processor, is := strings.Cut(string(line), "/"); found && is && isName(system) && isName(processor) {
			return string(line), true
		}
	}
}

// maxTarget bounds the name of a platform.
const maxTarget = 64

// isName reports whether s may be the name of a system or a processor.
func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
