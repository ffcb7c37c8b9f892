package explanation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wazedge/wazedge/internal/fault"
)

// Entry explains a code.
type Entry struct {
	Code    fault.Code
	Name    string // as WasmEdge's libraries have it
	Meaning string // what has happened
	Cause   string // what it usually comes from
	Remedy  string // what to do about it
}

// Status explains an exit status of the command.
type Status struct {
	Status  string // the number, or several
	Meaning string
	Remedy  string
}

// statuses explains the exit statuses.
var statuses = []Status{
	{"0", "The module ran and has ended well, or the command did what it was asked for.", "Nothing."},
	{"1", "Nothing was executed: the command line, the file, the module or an argument is wrong. A guest may end with 1 too.", "Read the line above it; wazedge explain CODE says more of a code."},
	{"70", "wazedge itself is at fault.", "Please report it with the command line and the module."},
	{"130", "It was interrupted (SIGINT: Ctrl-C).", "Nothing."},
	{"134", "Execution was aborted: a trap, a limit that was exceeded, arguments that do not fit.", "The code in the log says which: wazedge explain CODE."},
	{"137", "It was killed (SIGKILL), often because the machine or its container had no memory left.", "Give it more memory, or bound the guest with --max-memory."},
	{"141", "Nobody reads its output any more (SIGPIPE).", "Nothing, behind head and the like."},
	{"143", "It was asked to end (SIGTERM).", "Nothing."},
}

// Codes explains every code, in the order of their numbers.
func Codes() []Entry {
	list := slices.Clone(codes)
	for n := range list {
		list[n] = list[n].whole()
	}
	return list
}

// Statuses explains every exit status.
func Statuses() []Status { return slices.Clone(statuses) }

// whole is e with what is to be said of its phase where it says nothing.
func (e Entry) whole() Entry {
	phase := phases[e.Code>>8]
	if e.Cause == "" {
		e.Cause = phase.cause
	}
	if e.Remedy == "" {
		e.Remedy = phase.remedy
	}
	return e
}

// Find finds what a person means by what he has seen: a code in hexadecimal, with or without
// 0x, or in decimal, as WasmEdge's compiler gives it; the name or the text of a code, or a
// part of it; an exit status. What fits exactly comes alone.
func Find(words string) (list []Entry, status []Status) {
	words = strings.ToLower(strings.Join(strings.Fields(words), " "))
	if n, ok := strings.CutPrefix(words, "exit "); ok {
		return nil, statusesOf(strings.TrimPrefix(n, "status "))
	}
	if e, ok := byNumber(words); ok {
		return []Entry{e}, statusesOf(words)
	}
	if status := statusesOf(words); status != nil {
		return nil, status
	}
	return byText(words), nil
}

// byNumber is the code of that number.
func byNumber(words string) (Entry, bool) {
	for _, base := range []int{16, 10} {
		if n, err := strconv.ParseUint(strings.TrimPrefix(words, "0x"), base, 32); err == nil {
			if e, ok := Of(fault.Code(n)); ok {
				return e, true
			}
		}
	}
	return Entry{}, false
}

// Of explains the code c, if there is one of that number.
func Of(c fault.Code) (Entry, bool) {
	n, ok := slices.BinarySearchFunc(codes, c, func(e Entry, c fault.Code) int { return int(e.Code) - int(c) })
	if !ok {
		return Entry{}, false
	}
	return codes[n].whole(), true
}

func statusesOf(words string) []Status {
	for _, s := range statuses {
		if s.Status == words {
			return []Status{s}
		}
	}
	return nil
}

// byText are the codes whose name or text is words, or has words in it.
func byText(words string) (list []Entry) {
	if words == "" {
		return nil
	}
	var exact []Entry
	for _, e := range Codes() {
		name, text := strings.ToLower(e.Name), strings.ToLower(e.Code.Message())
		switch {
		case name == words || text == words:
			exact = append(exact, e)
		case strings.Contains(name, words) || strings.Contains(text, words):
			list = append(list, e)
		}
	}
	if exact != nil {
		return exact
	}
	return list
}

// Markdown is the page of all codes and exit statuses.
func Markdown() string {
	var b strings.Builder
	b.WriteString(`# Errors and exit statuses

` + "`wazedge explain CODE`" + ` prints the entry of a code, such as ` + "`wazedge explain 0x302`" + `, of a text, such as
` + "`wazedge explain unknown import`" + `, or of an exit status, such as ` + "`wazedge explain exit 134`" + `.

## Exit statuses

| status | meaning | what to do |
|---|---|---|
`)
	for _, s := range statuses {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", s.Status, s.Meaning, s.Remedy)
	}
	b.WriteString("\nA guest that ends itself decides the status (its low 8 bits).\n")
	phase := ""
	for _, e := range Codes() {
		if p := e.Code.Phase(); p != phase {
			phase = p
			fmt.Fprintf(&b, "\n## %s\n\n| code | text | meaning | usual cause | what to do |\n|---|---|---|---|---|\n", headingOf(phase))
		}
		fmt.Fprintf(&b, "| 0x%03x %s | %s | %s | %s | %s |\n", uint32(e.Code), e.Name, e.Code.Message(), e.Meaning, e.Cause, e.Remedy)
	}
	return b.String()
}

// headingOf is the heading of a phase.
func headingOf(phase string) string {
	if phase == fault.Success.Phase() {
		return "The command and the library"
	}
	return strings.ToUpper(phase[:1]) + phase[1:]
}
