package inspection

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/bundle"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/universal"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
)

// Options are what is to be told.
type Options struct {
	Trust     *cache.Keyring // whose code would be executed; nil for nobody's
	Features  wasm.Features  // under which the module is to run
	Linked    []Linked       // modules that it may import from
	Functions int            // how many of the largest functions are told
	Streams   bool           // the file may be a pipe
}

// Linked is a module that another may import from.
type Linked struct{ Name, Path string }

// all are the proposals under which modules are read: what the options switch off is
// told, and not refused.
const all = wasm.Wasm3 | wasm.Threads

// Inspect tells of the module in the file path. The error is a [*fault.Error] where there is
// none that could be told of.
func Inspect(path string, o Options) (*Report, error) {
	if in, err := bundle.Open(path); err == nil {
		defer in.Close()
		return bundled(path, in, o)
	} else if !errors.Is(err, bundle.ErrNone) && !errors.As(err, new(*fs.PathError)) {
		return nil, err
	}
	r := empty(path)
	b, err := prepare.ReadModule(path, o.Streams)
	if text, is := errors.AsType[*wasm.ComponentError](err); is {
		r.Bytes = int64(len(text.Source))
		return r, r.component(text.Source, o)
	}
	if err != nil {
		return nil, err
	}
	if r.Bytes = int64(len(b)); !strings.HasPrefix(string(b), "\x00asm") {
		_, err := (&prepare.Options{Features: all}).Decode(b)
		return nil, err
	}
	if err := r.readFile(path, o.Trust); err != nil {
		return nil, err
	}
	b = universal.Without(b)
	if wasm.IsComponent(b) {
		return r, r.component(b, o)
	}
	r.Module = int64(len(b))
	return r, r.tell(b, o)
}

// bundled tells of the bundle in the file path.
func bundled(path string, in *bundle.Bundle, o Options) (*Report, error) {
	r := empty(path)
	r.Kind, r.Bundle = "bundle", &Bundle{in.Name, in.Target, append([]string{}, in.Options...)}
	if info, err := os.Stat(path); err == nil {
		r.Bytes = info.Size()
	}
	b := make([]byte, in.Module.Size())
	if _, err := in.Module.ReadAt(b, 0); err != nil && err != io.EOF {
		return nil, err
	}
	size, code := prepare.InspectModule(in.Module, cache.KeyringOf(in.Key()))
	for n := range code {
		if code[n].Executed {
			code[n].Voucher = "whoever made this bundle"
		}
	}
	if len(code) > 0 {
		r.Format, r.Code = "universal", code
	}
	r.Module = size
	return r, r.tell(b[:size], o)
}

// empty is a report with nothing in it.
func empty(path string) *Report {
	return &Report{
		File: path, Kind: "module", Format: "binary",
		Imports: []Namespace{}, Exports: []Item{}, Memories: []Memory{}, Features: []Feature{}, Producers: []Producer{},
		Debug: []string{}, Sections: []Section{}, Functions: []Function{}, Code: []prepare.Embedded{},
	}
}

// readFile tells what the file is, and what code it has.
func (r *Report) readFile(path string, trust *cache.Keyring) error {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil // a pipe, which has been read
	}
	_, code, err := prepare.Inspect(path, trust)
	if err != nil {
		return err
	}
	r.Bytes = info.Size()
	if len(code) > 0 {
		r.Format, r.Code = "universal", code
	} else if filepath.Ext(path) == ".wat" && !beginsBinary(path) {
		r.Format = "text"
	}
	return nil
}

// beginsBinary reports whether the file is a module in the binary format whatever its
// name says.
func beginsBinary(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 4)
	n, _ := f.Read(head)
	return string(head[:n]) == "\x00asm"
}

// tell tells of the module b. What is wrong with it is told, too, unless it cannot be read
// at all.
func (r *Report) tell(b []byte, o Options) error {
	m, err := wasm.Decode(b, all)
	if err != nil {
		if errors.Is(err, wasm.ErrLegacyExceptions) {
			r.invalid(err)
			return nil
		}
		return err
	}
	checked, invalid := validate.Module(m, all, validate.Options{Store: wasm.NewTypeStore()})
	names, types := m.Names(), newTyper(m)
	r.describe(m, types, &names, o.Functions)
	if r.Imports, err = importsOf(m, types, invalid == nil, o); err != nil {
		return err
	}
	if invalid != nil {
		r.invalid(invalid)
		return nil
	}
	r.Valid, r.Features, r.Compile = true, FeaturesOf(checked.Uses, o.Features), compileOf(m, checked)
	return nil
}

// invalid says that the module is not valid, for err.
func (r *Report) invalid(err error) {
	r.Error = err.Error()
	if errors.Is(err, wasm.ErrLegacyExceptions) {
		code, _ := fault.CodeOf(err)
		r.Error, r.Advice = code.Error(), wasm.ErrLegacyExceptions.Error()
	}
}

// describe tells what m has.
func (r *Report) describe(m *wasm.Module, t *typer, names *wasm.Names, largest int) {
	r.Start = m.Start != nil
	r.Entry = "reactor"
	for i := range m.Exports {
		e := &m.Exports[i]
		if e.Kind == wasm.ExternFunc && e.Name == "_start" {
			r.Entry = "command"
		}
		r.Exports = append(r.Exports, Item{Name: e.Name, Kind: e.Kind.String(), Type: t.export(e)})
	}
	for i := range m.Imports {
		if im := &m.Imports[i]; im.Kind == wasm.ExternMemory {
			r.Memories = append(r.Memories, memoryOf(im.Memory, true))
		}
	}
	for _, t := range m.Memories {
		r.Memories = append(r.Memories, memoryOf(t, false))
	}
	r.Producers = append(r.Producers, producersOf(m)...)
	r.Debug = append(r.Debug, debugOf(m, names)...)
	r.Counts = t.counts
	r.Sections = append(r.Sections, sectionsOf(m)...)
	r.Functions = append(r.Functions, largestOf(m, names, largest)...)
}

func memoryOf(t wasm.MemoryType, imported bool) Memory {
	l := t.Limits
	out := Memory{Min: l.Min, Shared: l.Shared, Addr64: l.Addr64, Imported: imported}
	if l.HasMax {
		out.Max = &l.Max
	}
	return out
}

func countsOf(m *wasm.Module) Counts {
	imported := map[wasm.ExternKind]int{}
	for i := range m.Imports {
		imported[m.Imports[i].Kind]++
	}
	return Counts{
		Types:     len(m.Types),
		Functions: imported[wasm.ExternFunc] + len(m.Funcs),
		Tables:    imported[wasm.ExternTable] + len(m.Tables),
		Memories:  imported[wasm.ExternMemory] + len(m.Memories),
		Globals:   imported[wasm.ExternGlobal] + len(m.Globals),
		Tags:      imported[wasm.ExternTag] + len(m.Tags),
		Elements:  len(m.Elems),
		Data:      m.Datas.Len(),
	}
}

// sectionNames are the names of the sections that are not custom.
var sectionNames = [...]string{
	wasm.SectionType: "type", wasm.SectionImport: "import", wasm.SectionFunction: "function", wasm.SectionTable: "table",
	wasm.SectionMemory: "memory", wasm.SectionGlobal: "global", wasm.SectionExport: "export", wasm.SectionStart: "start",
	wasm.SectionElement: "element", wasm.SectionCode: "code", wasm.SectionData: "data", wasm.SectionDataCount: "data count",
	wasm.SectionTag: "tag",
}

// sectionsOf are the sections in the order of the file.
func sectionsOf(m *wasm.Module) []Section {
	list := make([]Section, 0, len(m.Sections)+len(m.Customs))
	for _, s := range m.Sections {
		if s.ID != wasm.SectionCustom {
			list = append(list, Section{Name: sectionNames[s.ID], Offset: s.Offset, Bytes: s.Size})
		}
	}
	for i := range m.Customs {
		c := &m.Customs[i]
		list = append(list, Section{Name: c.Name, Custom: true, Offset: c.Offset, Bytes: int64(len(c.Data))})
	}
	slices.SortStableFunc(list, func(a, b Section) int { return cmp.Compare(a.Offset, b.Offset) })
	return list
}

// largestOf are the n largest functions, the largest first.
func largestOf(m *wasm.Module, names *wasm.Names, n int) []Function {
	order := make([]int, len(m.Bodies))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(m.Bodies[b].Code), len(m.Bodies[a].Code)) })
	imported := m.ImportedCount(wasm.ExternFunc)
	list := make([]Function, 0, min(n, len(order)))
	for _, i := range order[:min(n, len(order))] {
		index := imported + uint32(i)
		list = append(list, Function{Index: index, Name: nameOf(m, names, index), Bytes: len(m.Bodies[i].Code)})
	}
	return list
}

// nameOf is what the function index is called: by the section of names, else by an export.
func nameOf(m *wasm.Module, names *wasm.Names, index uint32) string {
	if name := names.FuncName(index); name != "" {
		return name
	}
	for i := range m.Exports {
		if e := &m.Exports[i]; e.Kind == wasm.ExternFunc && e.Index == index {
			return e.Name
		}
	}
	return ""
}

// compileOf is how long compiling the valid module m takes.
func compileOf(m *wasm.Module, checked *validate.Result) *Compile {
	o := prepare.Options{Features: all, Workers: 1}
	plan := o.Plan(false)
	bounded, err := pipeline.Bound(m, plan, checked.Ops.Has(wasm.OpTableGrow), func(string) {})
	if err != nil {
		return nil
	}
	lowered, err := pipeline.Run(bounded, checked.Uses, plan, nil)
	if err != nil {
		return nil
	}
	t, slow := lowered.Slow()
	return &Compile{Time: t.Linear + t.Excess, Interpreted: slow}
}
