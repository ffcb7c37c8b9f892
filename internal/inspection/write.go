package inspection

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/wazedge/wazedge/internal/legible"
)

// shown is how many entries of a list people are shown.
const shown = 40

// column is where what is said of an entry begins.
const column = 15

// Text is r for people, in lines that fit the screen.
func (r *Report) Text() string {
	w := writer{}
	w.fact("file", legible.Name(r.File))
	w.summary(r)
	w.imports(r.Imports)
	w.exports(r.Exports)
	w.coreModules(r.CoreModules)
	w.room(r)
	w.functions(r.Functions, r.Counts.Functions)
	w.code(r)
	return w.b.String()
}

// writer writes a report.
type writer struct{ b strings.Builder }

// fact writes what there is to say of one thing.
func (w *writer) fact(name, text string) {
	if text != "" {
		fmt.Fprintf(&w.b, "%-*s%s\n", column, name, legible.Fold(text, column, column))
	}
}

// heading begins a part.
func (w *writer) heading(text string) { fmt.Fprintf(&w.b, "\n%s\n", legible.Fold(text, 0, 2)) }

// entry writes a line of a part: a name, and what there is to say of it.
func (w *writer) entry(indent int, name, text string) {
	const names = 28
	name = strings.Repeat(" ", indent) + legible.Cut(name, legible.Screen-indent-2)
	if text == "" {
		w.b.WriteString(name + "\n")
		return
	}
	if len([]rune(name)) > names-2 {
		w.b.WriteString(name + "\n")
		name = ""
	}
	fmt.Fprintf(&w.b, "%s%s%s\n", name, strings.Repeat(" ", names-len([]rune(name))), legible.Fold(text, names, names))
}

// rest says how many entries of all are not shown.
func (w *writer) rest(indent, all int) {
	if all > shown {
		fmt.Fprintf(&w.b, "%s... and %d more: --json has all\n", strings.Repeat(" ", indent), all-shown)
	}
}

// summary writes what the file is.
func (w *writer) summary(r *Report) {
	kind := r.Kind
	switch {
	case r.Kind == "bundle" || r.Entry == "":
	case r.Entry == "http":
		kind = "HTTP handler, a " + kind
	case r.Entry == "reactor":
		kind = "reactor " + kind + ", its functions are called by name"
	case r.Kind == "component":
		kind = "command component, runs by wasi:cli/run"
	default:
		kind = "command module, runs by _start"
	}
	w.fact("kind", kind)
	w.fact("format", r.Format+", "+legible.Bytes(r.Bytes))
	if r.Bundle != nil {
		w.fact("bundle", "for "+r.Bundle.Target+", "+strings.Join(legibleAll(r.Bundle.Options), " "))
	}
	if r.Valid {
		w.fact("valid", "yes")
	} else {
		w.fact("valid", "no: "+legible.Name(r.Error))
		w.fact("what to do", r.Advice)
	}
	if r.Start {
		w.fact("start", "a function runs when the module is instantiated")
	}
	for n, m := range r.Memories {
		w.fact("memory "+fmt.Sprint(n), memoryText(m))
	}
	w.fact("proposals", featuresText(r.Features))
	for _, f := range r.Features {
		if f.Option != "" {
			w.fact("needs", f.Option+" (for "+f.Name+")")
		}
	}
	w.fact("made by", producersText(r.Producers))
	if r.Kind != "component" {
		w.fact("debugging", debugText(r.Debug))
	}
	if r.Compile != nil {
		w.fact("compiling", compileText(r.Compile))
	}
}

func legibleAll(list []string) []string {
	out := make([]string, len(list))
	for n, s := range list {
		out[n] = legible.Name(s)
	}
	return out
}

func memoryText(m Memory) string {
	size := func(pages uint64) string {
		if pages > 1<<40 {
			return fmt.Sprintf("%d pages", pages)
		}
		return legible.Bytes(int64(pages) << 16)
	}
	text := size(m.Min)
	switch {
	case m.Max == nil:
		text += ", no maximum"
	case *m.Max == m.Min:
		text += ", and no more"
	default:
		text += " to " + size(*m.Max)
	}
	for _, about := range []struct {
		is   bool
		text string
	}{{m.Shared, "shared"}, {m.Addr64, "64-bit addresses"}, {m.Imported, "imported"}} {
		if about.is {
			text += ", " + about.text
		}
	}
	return text
}

func featuresText(list []Feature) string {
	if len(list) == 0 {
		return ""
	}
	names := make([]string, len(list))
	for n, f := range list {
		names[n] = f.Name
	}
	return strings.Join(names, ", ")
}

func producersText(list []Producer) string {
	texts := make([]string, 0, len(list))
	for n, p := range list {
		if n == shown {
			break
		}
		texts = append(texts, legible.Cut(strings.TrimSpace(p.Name+" "+p.Version), 60))
	}
	return strings.Join(texts, ", ")
}

var debugTexts = sync.OnceValue(func() map[string]string {
	return map[string]string{"names": "names of functions", "dwarf": "DWARF (source lines)", "sourceMap": "a source map"}
})

func debugText(kinds []string) string {
	texts := make([]string, len(kinds))
	for n, k := range kinds {
		texts[n] = debugTexts()[k]
	}
	if len(texts) == 0 {
		return "none: build with -g for names and lines in traps"
	}
	return strings.Join(texts, ", ")
}

func compileText(c *Compile) string {
	about := "less than 10 ms"
	if c.Time >= 10*time.Millisecond {
		about = "about " + timeText(c.Time)
	}
	if c.Interpreted {
		return "interpreted: compiling would take " + about
	}
	return about + " on one core, the first time"
}

// timeText is d with two digits or three.
func timeText(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// imports writes what the module imports, by who provides it.
func (w *writer) imports(list []Namespace) {
	if len(list) == 0 {
		return
	}
	w.heading("Imports")
	for n, ns := range list {
		if n == shown {
			break
		}
		w.entry(2, ns.Name, providerText(&ns))
		for k, it := range ns.Items {
			if k == shown {
				break
			}
			text := itemText(&it)
			if ns.Provider != byNobody && it.Provided != nil && !*it.Provided {
				text += "  (not provided: " + it.Why + ")"
			}
			w.entry(4, it.Name, text)
		}
		w.rest(4, len(ns.Items))
	}
	w.rest(2, len(list))
}

func providerText(ns *Namespace) string {
	switch ns.Provider {
	case byWASI:
		return "provided: WASI " + ns.By
	case byPlugin:
		return "provided: plug-in " + ns.By
	case byMock:
		return "a stand-in for plug-in " + ns.By + ": " + ns.Advice
	case byModule:
		return "provided by " + ns.By
	}
	return "nobody provides this: " + ns.Advice
}

func itemText(it *Item) string {
	if it.Kind == "function" {
		return it.Type
	}
	return it.Kind + ", " + it.Type
}

func (w *writer) exports(list []Item) {
	if len(list) == 0 {
		return
	}
	w.heading("Exports")
	for n := range list {
		if n == shown {
			break
		}
		w.entry(2, list[n].Name, itemText(&list[n]))
	}
	w.rest(2, len(list))
}

// coreModules writes the modules within a component.
func (w *writer) coreModules(list []CoreModule) {
	if len(list) == 0 {
		return
	}
	w.heading("Core modules")
	for n, m := range list {
		if n == shown {
			break
		}
		name := m.Name
		if name == "" {
			name = fmt.Sprintf("(module %d)", n)
		}
		text := fmt.Sprintf("%10s  %s", legible.Bytes(int64(m.Bytes)), legible.Count(m.Functions, "function"))
		for _, mem := range m.Memories {
			text += ", memory of " + memoryText(mem)
		}
		w.entry(2, name, text)
	}
	w.rest(2, len(list))
}

// room writes what takes how much of the module.
func (w *writer) room(r *Report) {
	if len(r.Sections) == 0 {
		return
	}
	w.heading("Sections")
	for n, s := range r.Sections {
		if n == shown {
			break
		}
		name := s.Name
		if s.Custom {
			name = `"` + name + `"`
		}
		w.entry(2, name, fmt.Sprintf("%10s  %5.1f %%", legible.Bytes(s.Bytes), 100*float64(s.Bytes)/float64(max(r.Module, 1))))
	}
	w.rest(2, len(r.Sections))
}

func (w *writer) functions(list []Function, all int) {
	if len(list) == 0 {
		return
	}
	w.heading(fmt.Sprintf("Largest of %s", legible.Count(all, "function")))
	for _, f := range list {
		fmt.Fprintf(&w.b, "  %10s  %s\n", legible.Bytes(int64(f.Bytes)), legible.Cut(strings.TrimSpace(fmt.Sprintf("%d %s", f.Index, f.Name)), legible.Screen-16))
	}
}

// code writes what code the file brings along.
func (w *writer) code(r *Report) {
	if len(r.Code) == 0 {
		return
	}
	w.heading("Compiled code")
	for _, e := range r.Code {
		verdict := "executed here, made by " + e.Voucher
		if !e.Executed {
			verdict = "not executed: " + e.Why
		}
		fmt.Fprintf(&w.b, "  for %s, %s, made %s\n", legible.Cut(e.Variant, 40), legible.Bytes(e.Bytes), e.Made.Format(time.DateTime))
		fmt.Fprintf(&w.b, "    %s\n", legible.Fold(legible.Name(verdict), 4, 6))
		for _, what := range e.Plan {
			fmt.Fprintf(&w.b, "    %s\n", legible.Cut(what, legible.Screen-4))
		}
		if e.SignedBy != "" {
			fmt.Fprintf(&w.b, "    signed by key %s\n", e.SignedBy)
		}
	}
}
