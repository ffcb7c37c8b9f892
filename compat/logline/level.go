package logline

// Level is the weight of a log line, and the threshold of a [Logger].
type Level uint8

// The levels, lightest first.
const (
	Trace Level = iota
	Debug
	Info
	Warning
	Error
	Critical
	Off // a threshold only: nothing is written
)

var levels = [...]struct {
	name   string // as printed
	colour string // terminal sequences before the name
}{
	Trace:    {"trace", "\x1b[37m"},
	Debug:    {"debug", "\x1b[36m"},
	Info:     {"info", "\x1b[32m"},
	Warning:  {"warning", "\x1b[33m\x1b[1m"},
	Error:    {"error", "\x1b[31m\x1b[1m"},
	Critical: {"critical", "\x1b[1m\x1b[41m"},
	Off:      {"off", ""},
}

// String is the name of l in a log line.
func (l Level) String() string {
	if int(l) < len(levels) {
		return levels[l].name
	}
	return levels[Off].name
}

// ParseLevel is the level that --log-level names. As in WasmEdge, letters are
// matched as they are, "warn" and "fatal" are other names for warning and
// critical, and no text at all means info.
func ParseLevel(text string) (l Level, ok bool) {
	switch text {
	case "":
		return Info, true
	case "warn":
		return Warning, true
	case "fatal":
		return Critical, true
	}
	for i, l := range levels {
		if l.name == text {
			return Level(i), true
		}
	}
	return Info, false
}
