package documents

import (
	"regexp"
	"strings"
)

// logTime is the time of a log line.
var logTime = regexp.MustCompile(`(?m)^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\]`)

// matches tells whether got is the output that a page shows as want.
func matches(want, got string) bool {
	return matchLines(lines(want), lines(got))
}

// lines are the lines of output, without the times of the log and blanks at their ends.
func lines(output string) []string {
	output = logTime.ReplaceAllString(output, "[TIME]")
	var ls []string
	for l := range strings.Lines(output) {
		ls = append(ls, strings.TrimRight(l, " \t\r\n"))
	}
	return ls
}

func matchLines(want, got []string) bool {
	if len(want) == 0 {
		return len(got) == 0
	}
	if want[0] == "..." {
		for skipped := range len(got) + 1 {
			if matchLines(want[1:], got[skipped:]) {
				return true
			}
		}
		return false
	}
	return len(got) > 0 && matchLine(want[0], got[0]) && matchLines(want[1:], got[1:])
}

// matchLine compares a line, in which … stands for any text.
func matchLine(want, got string) bool {
	parts := strings.Split(want, "…")
	if len(parts) == 1 {
		return want == got
	}
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(got)
}
