package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/debuginfo"
)

// How much is told of a trap to people: frames, instructions on each side, calls of the host.
var (
	diagnoseSome = depth{frames: 24, instructions: 3, calls: 4}
	diagnoseFull = depth{frames: 256, instructions: 12, calls: 64}
)

// depth is how much is told.
type depth struct{ frames, instructions, calls int }

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

// diagnose tells a person on standard error where in its source a guest has trapped, with the
// calls in frames under way, what stands there, and what it has asked the host for last.
func (r *runner) diagnose(frames []compat.Frame) {
	d := r.diagnoses(r.options)
	if d == (depth{}) || len(frames) == 0 {
		return
	}
	t := r.vm.Trapped(frames, r.beside)
	if t == nil {
		return
	}
	var b strings.Builder
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
	}
	if calls, all := r.vm.LastCalls(); all > 0 {
		calls = calls[max(0, len(calls)-d.calls):]
		fmt.Fprintf(&b, "wazedge: the last of %d host calls\n", all)
		for _, c := range calls {
			fmt.Fprintf(&b, "    %s\n", c)
		}
	}
	fmt.Fprint(r.Stderr, b.String())
}

// placeText is p, of the frame f, as it is told.
func placeText(p debuginfo.Place, f compat.Frame) string {
	text := p.Function
	if text == "" {
		text = fmt.Sprintf("function %d", f.Function)
	}
	if p.File == "" {
		return fmt.Sprintf("%s (0x%06x)", text, f.Offset)
	}
	text += fmt.Sprintf(" at %s:%d", p.File, p.Line)
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
