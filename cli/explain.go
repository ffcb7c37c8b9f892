package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/wazedge/wazedge/internal/explanation"
	"github.com/wazedge/wazedge/internal/legible"
)

// explained is an error code as explain shows it to scripts.
type explained struct {
	Code    string `json:"code"` // in hexadecimal, as logs have it
	Name    string `json:"name"`
	Phase   string `json:"phase"`
	Text    string `json:"text"`
	Meaning string `json:"meaning"`
	Cause   string `json:"cause"`
	Remedy  string `json:"remedy"`
}

// explainedStatus is an exit status as explain shows it to scripts.
type explainedStatus struct {
	Status  string `json:"status"`
	Meaning string `json:"meaning"`
	Remedy  string `json:"remedy"`
}

// explainCode explains the error code or exit status that the words of l name, or lists
// them all.
func explainCode(p *Process, l line) int {
	words := strings.Join(l.words, " ")
	codes, statuses := explanation.Codes(), explanation.Statuses()
	if len(l.words) > 0 {
		if codes, statuses = explanation.Find(words); len(codes)+len(statuses) == 0 {
			return p.fail(fmt.Sprintf("no error code or exit status %q; wazedge explain lists them", words))
		}
	}
	if l.syntax.options.JSON {
		return p.json(explainedJSON(codes, statuses))
	}
	var b strings.Builder
	if len(codes)+len(statuses) > 3 {
		writeCodes(&b, codes, statuses)
	} else {
		writeExplanations(&b, codes, statuses)
	}
	io.WriteString(p.out(), b.String())
	return statusOK
}

func explainedJSON(codes []explanation.Entry, statuses []explanation.Status) any {
	list := struct {
		Codes    []explained       `json:"codes"`
		Statuses []explainedStatus `json:"exitStatuses"`
	}{[]explained{}, []explainedStatus{}}
	for _, e := range codes {
		list.Codes = append(list.Codes, explained{
			fmt.Sprintf("0x%03x", uint32(e.Code)), e.Name, e.Code.Phase(), e.Code.Message(), e.Meaning, e.Cause, e.Remedy,
		})
	}
	for _, s := range statuses {
		list.Statuses = append(list.Statuses, explainedStatus(s))
	}
	return list
}

// writeCodes lists codes and exit statuses, one a line.
func writeCodes(b *strings.Builder, codes []explanation.Entry, statuses []explanation.Status) {
	for _, e := range codes {
		fmt.Fprintf(b, "0x%03x  %s\n", uint32(e.Code), e.Code.Message())
	}
	for _, s := range statuses {
		b.WriteString(legible.Fold("exit "+s.Status+"  "+s.Meaning, 0, 10) + "\n")
	}
}

// writeExplanations writes all that there is to say of codes and exit statuses.
func writeExplanations(b *strings.Builder, codes []explanation.Entry, statuses []explanation.Status) {
	entry := func(heading string, parts ...string) {
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		b.WriteString(heading + "\n")
		for n := 0; n < len(parts); n += 2 {
			b.WriteString("  " + legible.Fold(fmt.Sprintf("%-11s %s", parts[n], parts[n+1]), 2, 14) + "\n")
		}
	}
	for _, e := range codes {
		entry(fmt.Sprintf("0x%03x %s: %s failed: %s", uint32(e.Code), e.Name, e.Code.Phase(), e.Code.Message()),
			"meaning", e.Meaning, "cause", e.Cause, "what to do", e.Remedy)
	}
	for _, s := range statuses {
		entry("exit status "+s.Status, "meaning", s.Meaning, "what to do", s.Remedy)
	}
}
