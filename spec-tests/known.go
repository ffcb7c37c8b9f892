package spectest

import (
	_ "embed"
	"fmt"
	"strings"
)

// knownText lists the commands that are known to fail. A line is a place
// (suite/script:line), a mode (both, compiled or interpreter) and the reason.
//
//go:embed known.txt
var knownText string

// Mode is a way to execute.
type Mode uint8

// The modes.
const (
	Compiled Mode = iota
	Interpreter
	numModes
)

// String is the mode's word in names and in known.txt.
func (m Mode) String() string { return [...]string{"compiled", "interpreter"}[m] }

// known are the commands that are known to fail, with the reason.
type known map[string]string

// knownFailures reads known.txt for a mode.
func knownFailures(m Mode) (known, error) {
	k := known{}
	for n, line := range strings.Split(knownText, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.SplitN(line, " ", 3)
		if len(fields) != 3 || fields[2] == "" {
			return nil, fmt.Errorf("known.txt:%d: want a place, a mode and a reason", n+1)
		}
		if fields[1] == "both" || fields[1] == m.String() {
			k[fields[0]] = fields[2]
		}
	}
	return k, nil
}

// place names a command in known.txt.
func place(s Script, line int) string { return fmt.Sprintf("%s/%s:%d", s.Suite.Name, s.Name, line) }
