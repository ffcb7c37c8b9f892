package fault

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Error is a failed load, validation, instantiation or execution.
//
// WasmEdge logs it as [Error.Preface] lines, the line of Code, and one line for
// each of Info, innermost place first.
type Error struct {
	Code    Code     // what went wrong
	Offset  int64    // byte offset in the module's file, or -1 when there is none
	Preface []string // lines that come before the code's own line
	Line    string   // replaces the line of Code in logs, unless it is empty
	Info    []string // lines below it, without WasmEdge's indent of four spaces
	Err     error    // the cause beneath, or nil
}

// New is an error of code c without a byte offset.
func New(c Code, info ...string) *Error {
	return &Error{Code: c, Offset: -1, Info: info}
}

// At is an error of code c at byte offset off of the module's file. It does not
// add an information line; loading errors call [ByteOffset] for that.
func At(c Code, off int64, info ...string) *Error {
	return &Error{Code: c, Offset: off, Info: info}
}

// With appends information lines to e and returns it.
func (e *Error) With(info ...string) *Error {
	e.Info = append(e.Info, info...)
	return e
}

// Error is the line of the code, followed by the information lines, the last of
// them the outermost place, all in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Code.Error())
	for _, i := range e.Info {
		b.WriteString("; ")
		b.WriteString(i)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap is the cause beneath, so that errors.Is and errors.As see it.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is e's code.
func (e *Error) Is(target error) bool {
	c, ok := target.(Code)
	return ok && c == e.Code
}

// CodeOf is the code of the first Error or Code that err wraps, and whether
// there is one.
func CodeOf(err error) (Code, bool) {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code, true
	}
	if c, ok := errors.AsType[Code](err); ok {
		return c, true
	}
	return Success, false
}

// ByteOffset is the information line of a loading error's place.
func ByteOffset(off int64) string { return fmt.Sprintf("Bytecode offset: 0x%08x", off) }

// ASTNode is the information line that names the syntax node being read, such
// as "type section"; see the list in WasmEdge's order of nesting, innermost first.
func ASTNode(node string) string { return "At AST node: " + node }

// FileName is the last information line of every loading error from a file.
func FileName(path string) string {
	return `File name: "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(path) + `"`
}

// RequiresProposal is the information line for syntax of a proposal that is off.
func RequiresProposal(name string) string { return requires + name + " proposal" }

const requires = "This instruction or syntax requires enabling "

// RequiresProposal reports whether e says which proposal is off, see [RequiresProposal].
func (e *Error) RequiresProposal() bool {
	return slices.ContainsFunc(e.Info, func(line string) bool { return strings.HasPrefix(line, requires) })
}

// Mismatched is the information line of an expected and a found thing of one
// category, such as "value type".
func Mismatched(category, expected, got string) string {
	return "Mismatched " + category + ". Expected: " + expected + " , Got: " + got
}

// IndexOutOf is the information line of an index beyond its index space of
// count entries; kind is such as "local" or "function type".
func IndexOutOf(kind string, index, count uint32) string {
	bound := "empty"
	if count > 0 {
		bound = strconv.FormatUint(uint64(count-1), 10)
	}
	return fmt.Sprintf("When checking %s index: %d , Out of boundary: %s", kind, index, bound)
}

// Linking is the information line of an import that does not resolve; kind is
// "function", "table", "memory", "global" or "tag".
func Linking(module, kind, name string) string {
	return fmt.Sprintf(`When linking module: "%s" , %s name: "%s"`, visible(module), kind, visible(name))
}

// visible is a name of the guest's as it is, but for control characters, which
// could end the line or say something to the terminal.
func visible(name string) string {
	if !strings.ContainsFunc(name, unicode.IsControl) {
		return name
	}
	var b strings.Builder
	for _, r := range name {
		if unicode.IsControl(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Executing is the last line of a failed invocation of the export name.
func Executing(name string) string {
	return fmt.Sprintf(`When executing function name: "%s"`, visible(name))
}

// InInstruction is the information line of the instruction at file offset off;
// index is WasmEdge's number for it, of which the low byte is printed. A trap may
// add the operands.
func InInstruction(name string, index uint16, off int64, args ...string) string {
	line := fmt.Sprintf("In instruction: %s (0x%02x) , Bytecode offset: 0x%08x", name, byte(index), uint64(off))
	if len(args) > 0 {
		line += " , Args: [" + strings.Join(args, " , ") + "]"
	}
	return line
}

// InLimits is the information line of the size bounds of a memory or table that
// are not valid.
func InLimits(low, high uint64, hasHigh bool) string {
	if !hasHigh {
		return fmt.Sprintf("In Limit type: { min: %d }", low)
	}
	return fmt.Sprintf("In Limit type: { min: %d , max: %d }", low, high)
}
