package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/cli/suggest"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/legible"
	"github.com/wazedge/wazedge/internal/wasm"
)

// functionRequired is WasmEdge's complaint about a reactor without a function.
const functionRequired = "A function name is required when reactor mode is enabled."

// mostListed is how many functions of a module are listed to choose from.
const mostListed = 20

// callError says why a call is not made.
type callError struct {
	text   string
	logged bool // in the log, not on standard error
	own    bool // in wazedge's words
}

func (e *callError) Error() string { return e.text }

// refuseCall reports err as WasmEdge does, or in wazedge's words.
func (r *runner) refuseCall(err *callError) int {
	if err.own {
		return r.fail(err.text)
	}
	if err.logged {
		r.log.Error(err.text)
		return statusFailed
	}
	return r.complain(err.text)
}

// foresee refuses what cannot be called before the module is compiled. As WasmEdge it
// does so where that shows in nothing but the time it takes: not if the start function
// or _initialize is to run first. wazedge does it always.
func (r *runner) foresee() error {
	entry := r.vm.Entry()
	own := r.tool() == wazedge
	if !r.foresees || r.vm.HasStart() && !own || entry == compat.Command && !r.options.Reactor {
		return nil
	}
	args := r.args
	if entry == compat.StartTakesArguments && !r.options.Reactor {
		args = append([]string{"_start"}, args...)
	}
	function, err := r.function(args)
	if err == nil && (own || !r.initializes(args[0])) {
		_, err = r.arguments(args, function)
	}
	if err != nil {
		return err // not a nil *callError
	}
	return nil
}

// function is the type of the function args[0].
func (r *runner) function(args []string) (wasm.FuncType, *callError) {
	if len(args) == 0 {
		if r.tool() == wazedge {
			return wasm.FuncType{}, &callError{text: r.noFunctionNamed(), own: true}
		}
		return wasm.FuncType{}, &callError{text: functionRequired}
	}
	f, ok := r.vm.FunctionType(args[0])
	if ok {
		return f, nil
	}
	if r.tool() == wazedge {
		return f, &callError{text: r.noSuchFunction(args[0]), own: true}
	}
	return f, &callError{text: fmt.Sprintf("Function \"%s\" not found in the module export list.", args[0])}
}

// initializes reports whether _initialize is called before the function name.
func (r *runner) initializes(name string) bool {
	_, ok := r.vm.FunctionType("_initialize")
	return ok && name != "_initialize"
}

// arguments are the values of args for the function args[0] of type f.
func (r *runner) arguments(args []string, f wasm.FuncType) ([]value.Value, *callError) {
	kinds := r.vm.KindsOf(f.Params)
	if r.tool() == wazedge {
		return r.ownArguments(args, kinds)
	}
	values, err := value.ParseArguments(args[0], kinds, args[1:])
	if err != nil {
		return nil, &callError{text: err.Error(), logged: true}
	}
	return values, nil
}

// ownArguments is arguments for who calls wazedge: every text has to be a value of its
// parameter, the whole of it, and there have to be as many.
func (r *runner) ownArguments(args []string, kinds []value.Kind) ([]value.Value, *callError) {
	name, texts := args[0], args[1:]
	if len(texts) != len(kinds) {
		text := fmt.Sprintf("%s takes %s, and %s given: %s", name, counted(len(kinds), "argument"), given(len(texts)), r.signature(name))
		if len(texts) > len(kinds) && texts[0] == "--" {
			text += "; behind the file, -- is an argument too: leave it out"
		}
		return nil, &callError{own: true, text: text}
	}
	values := make([]value.Value, len(texts))
	for n, text := range texts {
		v, err := value.ParseStrictly(text, kinds[n])
		if err != nil {
			return nil, &callError{own: true, text: fmt.Sprintf("argument %d of %s: %q is no %v, which is %s: %s",
				n+1, name, text, kinds[n], value.Wanted(kinds[n], err), r.signature(name))}
		}
		values[n] = v
	}
	return values, nil
}

// counted is n things: "no argument", "1 argument", "2 arguments".
func counted(n int, thing string) string {
	switch n {
	case 0:
		return "no " + thing
	case 1:
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// given is how many are given: "none is", "1 is", "2 are".
func given(n int) string {
	switch n {
	case 0:
		return "none is"
	case 1:
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}

// noFunctionNamed says that the module is no program, and what may be called in it.
func (r *runner) noFunctionNamed() string {
	what := "--reactor calls a function: name it behind " + r.path
	if r.vm.Entry() == compat.NoStart {
		if len(r.functions()) == 0 {
			if text, ok := sniffed(r.path); ok {
				return text
			}
		}
		what = r.path + " exports no _start, so it is no program: name the function to call behind it"
	}
	return what + r.functionList()
}

// noSuchFunction says that the module has no function name, and which it has.
func (r *runner) noSuchFunction(name string) string {
	exports := r.vm.Exports()
	if n := slices.IndexFunc(exports, func(e wasm.Export) bool { return e.Name == name }); n >= 0 {
		return fmt.Sprintf("%s exports %q, but that is a %v and no function%s", r.path, name, exports[n].Kind, r.functionList())
	}
	what := fmt.Sprintf("%s exports no function %q", r.path, name)
	if option := strings.TrimLeft(name, "-"); option != name && option != "" {
		return what + "; options stand before the file, what stands behind it is the guest's" + r.functionList()
	}
	if meant, ok := suggest.Nearest(name, r.functions()); ok {
		what += fmt.Sprintf("; did you mean %q?", meant)
	}
	return what + r.functionList()
}

// functions are the names of the functions that the module exports.
func (r *runner) functions() []string {
	var names []string
	for _, e := range r.vm.Exports() {
		if e.Kind == wasm.ExternFunc {
			names = append(names, e.Name)
		}
	}
	return names
}

// functionList is the functions that the module exports with their types, one a line,
// each behind the end of the line before.
func (r *runner) functionList() string {
	names := r.functions()
	if len(names) == 0 {
		return "\nit exports no function at all"
	}
	return listed(len(names), func(n int) string { return r.signature(names[n]) }, "")
}

// listed are the first of n functions, by their lines, and how many more there are, with hint behind that.
func listed(n int, line func(n int) string, hint string) string {
	var b strings.Builder
	b.WriteString("\nits functions:")
	for k := range min(n, mostListed) {
		b.WriteString("\n  " + line(k))
	}
	if more := n - mostListed; more > 0 {
		fmt.Fprintf(&b, "\n  and %d more%s", more, hint)
	}
	return b.String()
}

// signature is the type of the exported function name: "fib (i32) -> i64".
func (r *runner) signature(name string) string {
	f, _ := r.vm.FunctionType(name)
	s := visible(name) + " (" + joinKinds(r.vm.KindsOf(f.Params)) + ")"
	switch results := joinKinds(r.vm.KindsOf(f.Results)); len(f.Results) {
	case 0:
		return s
	case 1:
		return s + " -> " + results
	default:
		return s + " -> (" + results + ")"
	}
}

func joinKinds(kinds []value.Kind) string {
	names := make([]string, len(kinds))
	for n, k := range kinds {
		names[n] = k.String()
	}
	return strings.Join(names, ", ")
}

// visible is a name that a module gives, quoted if it is empty or has spaces.
func visible(name string) string {
	if name == "" || strings.Contains(name, " ") {
		return `"` + legible.Name(name) + `"`
	}
	return legible.Name(name)
}
