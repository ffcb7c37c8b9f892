package wat

import (
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/wasm"
)

// CommandKind tells the commands of a script apart.
type CommandKind uint8

// The commands. Those of one kind use the fields of [Command] that its comment
// names.
const (
	CmdModule             CommandKind = iota // Module is instantiated, as instance Name
	CmdDefinition                            // Module is kept as definition Name
	CmdInstance                              // definition Of is instantiated, as instance Name
	CmdRegister                              // instance Of becomes importable as As
	CmdAction                                // Action
	AssertReturn                             // Action, Results
	AssertTrap                               // Action, or instantiating Module, traps with Text
	AssertExhaustion                         // Action runs out of stack
	AssertException                          // Action ends with an exception
	AssertInvalid                            // Module does not validate
	AssertMalformed                          // Module does not parse or decode
	AssertInvalidCustom                      // a custom section of Module does not validate
	AssertMalformedCustom                    // a custom section of Module does not parse
	AssertUnlinkable                         // Module does not link
	CmdThread                                // thread Name starts with Shared and runs Commands
	CmdWait                                  // thread Name is awaited
)

// commandWords are the words of the commands, by kind.
var commandWords = [...]string{
	"module", "module definition", "module instance", "register", "action", "assert_return", "assert_trap",
	"assert_exhaustion", "assert_exception", "assert_invalid", "assert_malformed", "assert_invalid_custom",
	"assert_malformed_custom", "assert_unlinkable", "thread", "wait",
}

// String is the word that the command begins with; "action" for invoke and get.
func (k CommandKind) String() string { return commandWords[k] }

// Command is one command of a script.
type Command struct {
	Kind     CommandKind
	Line     int
	Name     string // "" for none
	Of       string // an instance or a definition; "" for the latest
	As       string
	Module   *ModuleSource
	Action   *Action
	Results  []Value
	Text     string // the failure that is expected, in the words of the specification
	Shared   []string
	Commands []Command
}

// Action is a call of an export, or reading an exported global.
type Action struct {
	Get    bool   // read a global
	Module string // an instance; "" for the latest
	Field  string
	Args   []Value
}

// SourceForm tells how a script writes a module.
type SourceForm uint8

// The forms of modules in scripts.
const (
	TextModule   SourceForm = iota // fields
	BinaryModule                   // strings with the binary format
	QuotedModule                   // strings with the text format
)

// ModuleSource is a module as a script has it. Text is parsed on demand: scripts
// contain modules that are not to parse.
type ModuleSource struct {
	Form      SourceForm
	Data      []byte // of binary and quoted modules
	Component bool   // it is a component

	name       string
	script     string // of text modules: script[start:end] are the fields and ")"
	start, end int
}

// Parse reads a module that is text or quoted text. Places in errors are those in
// the script, or in the quoted text.
func (s *ModuleSource) Parse() (*wasm.Module, error) {
	if s.Form == QuotedModule {
		return Parse(s.Data)
	}
	p := newParser(s.script, s.start, s.end)
	p.name = s.name
	return p.module(s.start, false)
}

// ParseComponent is Parse for a component, which may be in the binary format too.
func (s *ModuleSource) ParseComponent() (*component.Component, error) {
	switch s.Form {
	case BinaryModule:
		return component.Decode(s.Data, everything)
	case QuotedModule:
		return ParseComponent([]byte("(component " + string(s.Data) + ")"))
	}
	p := newComponentParser(s.script, s.start, s.end)
	p.behind = s.start
	p.seek(s.start)
	c := p.component(s.name)
	if p.err != nil {
		return nil, p.err
	}
	return c, nil
}

// Script is a wast script.
type Script struct {
	Commands []Command
}

// scriptParser reads the commands of a script.
type scriptParser struct {
	cursor
	line, lineAt int // the line number at offset lineAt
}

// maxThreadDepth bounds how deep threads nest in threads.
const maxThreadDepth = 16

// ParseScript reads a wast script. A text of module fields alone is a script of
// one module. Errors are of type [*Error]; those in modules come from
// [ModuleSource.Parse].
func ParseScript(src []byte) (*Script, error) {
	text := string(src)
	p := &scriptParser{cursor: cursor{lex: lexer{src: text}}, line: 1}
	p.seek(0)
	if p.tok.kind == tokLParen && p.ahead.kind == tokKeyword && isField(text[p.ahead.start:p.ahead.end]) {
		m := &ModuleSource{script: text, end: len(text)}
		return &Script{Commands: []Command{{Kind: CmdModule, Line: 1, Module: m}}}, p.err
	}
	commands := p.commands(0)
	if p.err == nil && p.tok.kind != tokEOF {
		p.unexpected("a command")
	}
	if p.err != nil {
		return nil, p.err
	}
	return &Script{Commands: commands}, nil
}

// isField reports whether kw begins a module field.
func isField(kw string) bool {
	switch kw {
	case "rec", "import", "export", "start":
		return true
	}
	return new(spaces).byKeyword(kw) != nil
}

// commands consumes commands while they follow.
func (p *scriptParser) commands(depth int) []Command {
	var list []Command
	for p.tok.kind == tokLParen {
		list = append(list, p.command(depth))
	}
	return list
}

// lineOf is the line of offset off, which never is before that of the last call.
func (p *scriptParser) lineOf(off int) int {
	for ; p.lineAt < off; p.lineAt++ {
		if p.lex.src[p.lineAt] == '\n' {
			p.line++
		}
	}
	return p.line
}

// command consumes one command.
func (p *scriptParser) command(depth int) Command {
	c := Command{Line: p.lineOf(p.tok.start)}
	switch {
	case p.opensModule():
		p.moduleCommand(&c)
		return c
	case p.opens("invoke"), p.opens("get"):
		c.Kind, c.Action = CmdAction, p.action()
		return c
	case p.open("register"):
		c.Kind, c.As, c.Of = CmdRegister, p.str(), p.optIdentifier()
	case p.open("thread"):
		p.threadCommand(&c, depth)
	case p.open("wait"):
		c.Kind, c.Name = CmdWait, p.optIdentifier()
	default:
		p.assertion(&c)
	}
	p.close()
	return c
}

// opensModule reports whether a module or component is next.
func (p *scriptParser) opensModule() bool { return p.opens("module") || p.opens("component") }

// moduleCommand consumes a module that is defined, instantiated, or both.
func (p *scriptParser) moduleCommand(c *Command) {
	after, component := p.ahead.end, p.opens("component")
	p.advance()
	p.advance()
	switch {
	case p.is(p.tok, "definition"):
		c.Kind = CmdDefinition
		after = p.tok.end
		p.advance()
	case p.keyword("instance"):
		c.Kind = CmdInstance
		c.Name, c.Of = p.optIdentifier(), p.optIdentifier()
		p.close()
		return
	}
	c.Module = p.moduleSource(after)
	c.Module.Component = component
	c.Name = c.Module.name
}

// moduleSource consumes "$id? contents)" of a module whose text began at offset
// after.
func (p *scriptParser) moduleSource(after int) *ModuleSource {
	m := &ModuleSource{script: p.lex.src, start: after}
	if p.tok.kind == tokID {
		m.start = p.tok.end
		m.name = p.identifier()
	}
	switch {
	case p.keyword("binary"):
		m.Form, m.Data = BinaryModule, p.strings()
		p.close()
		return m
	case p.keyword("quote"):
		m.Form, m.Data = QuotedModule, p.strings()
		p.close()
		return m
	}
	for depth := 1; depth > 0 && p.err == nil; p.advance() {
		switch p.tok.kind {
		case tokLParen:
			depth++
		case tokRParen:
			depth--
			m.end = p.tok.start
		case tokEOF:
			p.unexpected(")")
		}
	}
	return m
}

// module consumes a module inside an assertion.
func (p *scriptParser) module() *ModuleSource {
	if !p.opensModule() {
		p.unexpected("(module")
		return nil
	}
	after, component := p.ahead.end, p.opens("component")
	p.advance()
	p.advance()
	m := p.moduleSource(after)
	m.Component = component
	return m
}

// action consumes (invoke ...) or (get ...).
func (p *scriptParser) action() *Action {
	a := &Action{}
	switch {
	case p.open("invoke"):
	case p.open("get"):
		a.Get = true
	default:
		p.unexpected("(invoke or (get")
		return a
	}
	a.Module = p.optIdentifier()
	a.Field = p.str()
	for !a.Get && p.more() {
		a.Args = append(a.Args, p.value(false))
	}
	p.close()
	return a
}

// assertion consumes what an assertion says, up to its closing parenthesis.
func (p *scriptParser) assertion(c *Command) {
	for kind := AssertReturn; kind <= AssertUnlinkable; kind++ {
		if !p.open(kind.String()) {
			continue
		}
		c.Kind = kind
		switch {
		case kind == AssertTrap && p.opensModule(), kind >= AssertInvalid:
			c.Module = p.module()
		default:
			c.Action = p.action()
		}
		switch kind {
		case AssertReturn:
			for p.more() {
				c.Results = append(c.Results, p.value(true))
			}
		case AssertException:
		default:
			c.Text = p.str()
		}
		return
	}
	p.advance()
	p.unexpected("a command")
}

// threadCommand consumes "$id (shared (module $id))* command*".
func (p *scriptParser) threadCommand(c *Command, depth int) {
	c.Kind, c.Name = CmdThread, p.optIdentifier()
	if depth >= maxThreadDepth {
		p.failAt(p.tok.start, "threads nest too deep")
		return
	}
	for p.open("shared") {
		if p.open("module") {
			c.Shared = append(c.Shared, p.optIdentifier())
			p.close()
		}
		p.close()
	}
	c.Commands = p.commands(depth + 1)
}
