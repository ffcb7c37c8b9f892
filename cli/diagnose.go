package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/debuginfo"
	"github.com/wazedge/wazedge/internal/diagnose"
	"github.com/wazedge/wazedge/internal/legible"
)

// How much is told of a trap to people. What frames were working on takes another run of the
// guest, which is not made of guests that are large or have run for long.
var (
	diagnoseSome = depth{frames: 24, instructions: 3, calls: 4, states: 8, again: diagnose.Effort{Ran: 200 * time.Millisecond, Code: 256 << 10}}
	diagnoseFull = depth{frames: 256, instructions: 12, calls: 64, states: 64, again: diagnose.Effort{Ran: 2 * time.Second, Code: 1 << 20}, all: true}
)

// depth is how much is told.
type depth struct {
	frames, instructions, calls int
	states                      int             // frames whose variables and locals are told
	again                       diagnose.Effort // that a second run is worth
	all                         bool            // also what has no name or no value
}

// diagnoses is how much o has told of traps; the zero depth is nothing.
func (p *Process) diagnoses(o *Options) depth {
	switch {
	case p.tool() != wazedge || o.Diagnose == "off" || o.LogLevel == "off":
		return depth{}
	case o.Diagnose == "full":
		return diagnoseFull
	}
	return diagnoseSome
}

// fallen is a guest that can tell of its trap.
type fallen interface {
	// Trapped tells where in their source frames of it are; nil if that is not known. Beside
	// reads the file of that name beside the guest.
	Trapped(frames []compat.Frame, beside func(name string) []byte) *diagnose.Trapped
	// LastCalls are the last calls of host functions, and how many there were in all.
	LastCalls() (calls []string, all int)
	WriteCoreDump(w io.Writer, frames []compat.Frame, gdb bool) error
}

// diagnose tells a person on standard error where in its source a guest has trapped, with the
// calls in frames under way, what stands there, and what it has asked the host for last.
func (r *runner) diagnose(frames []compat.Frame) {
	d := r.diagnoses(r.options)
	if d == (depth{}) || len(frames) == 0 {
		return
	}
	t := r.fallen.Trapped(frames, r.beside)
	if t == nil {
		return
	}
	var b strings.Builder
	state := t.State(context.Background(), d.states, d.again)
	if state == nil {
		state = &diagnose.State{}
	}
	for n, places := range t.Places[:min(len(t.Places), d.frames)] {
		word := "called by"
		if n == 0 {
			word = "trapped in"
		}
		for k, p := range places {
			if k > 0 {
				word = "inlined in"
			}
			fmt.Fprintf(&b, "wazedge: %s %s\n", word, placeText(p, frames[n]))
			if n < len(state.Frames) && k < len(state.Frames[n].Variables) {
				tellVariables(&b, state.Frames[n].Variables[k], d.all)
			}
		}
		if n < len(state.Frames) && !state.Frames[n].Told() {
			tellLocals(&b, state.Frames[n].Locals, d.all)
		}
	}
	if more := len(t.Places) - d.frames; more > 0 {
		fmt.Fprintf(&b, "wazedge: and %d more; --diagnose full tells them\n", more)
	}
	b.WriteString("wazedge: at\n")
	for _, i := range t.Around(d.instructions) {
		mark := " "
		if i.Offset == frames[0].Offset {
			mark = ">"
		}
		fmt.Fprintf(&b, "  %s 0x%06x  %s\n", mark, i.Offset, i.Text)
		if mark == ">" && len(state.Operands) > 0 {
			fmt.Fprintf(&b, "              operands %s\n", operandTexts(state.Operands))
		}
	}
	if calls, all := r.fallen.LastCalls(); all > 0 {
		calls = calls[max(0, len(calls)-d.calls):]
		fmt.Fprintf(&b, "wazedge: the last of %d host calls\n", all)
		for _, c := range calls {
			fmt.Fprintf(&b, "    %s\n", c)
		}
	}
	fmt.Fprint(r.Stderr, legible.Text(b.String()))
}

// valueIndent is what stands in front of values, beneath the place that they are of.
const valueIndent = "wazedge:     "

// tellVariables tells of variables of the source; with all, of those whose value is not known, too.
func tellVariables(b *strings.Builder, list []debuginfo.Variable, all bool) {
	var texts []string
	for _, v := range list {
		if v.Value != "" {
			texts = append(texts, v.Name+" = "+v.Value)
		} else if all {
			texts = append(texts, v.Name+" = ?")
		}
	}
	tellValues(b, texts)
}

// tellLocals tells of locals of the module; with all, of those without a name, too.
func tellLocals(b *strings.Builder, list []diagnose.Local, all bool) {
	var texts []string
	for _, l := range list {
		if l.Name != "" {
			texts = append(texts, "$"+l.Name+" = "+numberText(l.Value))
		} else if all {
			texts = append(texts, fmt.Sprintf("local %d = %s", l.Index, numberText(l.Value)))
		}
	}
	tellValues(b, texts)
}

// tellValues writes texts, as many on a line as fit.
func tellValues(b *strings.Builder, texts []string) {
	line := ""
	for n, text := range texts {
		text = legible.Name(text)
		if n < len(texts)-1 {
			text += ","
		}
		if line != "" && len(valueIndent)+len(line)+1+len(text) > 80 {
			b.WriteString(valueIndent + line + "\n")
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += text
	}
	if line != "" {
		b.WriteString(valueIndent + line + "\n")
	}
}

func operandTexts(operands []value.Value) string {
	texts := make([]string, len(operands))
	for n, v := range operands {
		if texts[n] = "?"; v.Kind.Typed() {
			texts[n] = numberText(v)
		}
	}
	return strings.Join(texts, ", ")
}

// numberText is v, in hexadecimal as well if it may be an address or bits.
func numberText(v value.Value) string {
	bits := v.Lo
	if v.Kind == value.I32 {
		bits = uint64(uint32(bits))
	}
	if (v.Kind == value.I32 || v.Kind == value.I64) && bits >= 1<<10 {
		return fmt.Sprintf("%s (%#x)", v, bits)
	}
	return v.String()
}

// placeText is p, of the frame f, as it is told.
func placeText(p debuginfo.Place, f compat.Frame) string {
	text := legible.Name(p.Function)
	if text == "" {
		text = fmt.Sprintf("function %d", f.Function)
	}
	if p.File == "" {
		text = fmt.Sprintf("%s (0x%06x)", text, f.Offset)
		if f.Instance > 0 && f.File != "" { // of a plug-in
			text += " of " + filepath.Base(f.File)
		}
		return text
	}
	text += fmt.Sprintf(" at %s:%d", legible.Name(p.File), p.Line)
	if p.Column > 0 {
		text += fmt.Sprintf(":%d", p.Column)
	}
	return text
}

// maxSourceMap is how large a source map beside a module may be.
const maxSourceMap = 64 << 20

// beside reads the file of that name in the directory of the module; nil if there is none.
func (r *runner) beside(name string) []byte {
	if r.replayed != nil {
		return nil // which is a replay without files
	}
	path := filepath.Join(filepath.Dir(r.path), filepath.Base(name))
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSourceMap {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return b
}
