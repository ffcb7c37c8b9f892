package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// tools is a set of the commands that share [optionTable].
type tools uint32

const (
	toolRun         tools = 1 << iota // wasmedge, wasmedge run
	toolCompile                       // wasmedge compile, wasmedgec
	toolCheck                         // wazedge parse, wazedge validate
	toolCache                         // wazedge cache
	toolTrust                         // wazedge trust, wazedge explain
	toolInspect                       // wazedge inspect
	toolPlugins                       // wazedge plugins
	toolInstantiate                   // wazedge instantiate
	toolPreinit                       // wazedge preinit
	toolBundle                        // wazedge bundle, beside the options of run
	toolDoctor                        // wazedge doctor
	toolRecord                        // wazedge record, beside toolRun
	toolReplay                        // wazedge replay, which has some of toolRun's: see option.of
	toolParse                         // wazedge parse, beside toolCheck
	toolValidate                      // wazedge validate, beside toolCheck
	toolServe                         // wazedge serve
	toolStat                          // wazedge stat, beside toolRun

	toolsModule = toolRun | toolCompile | toolCheck | toolInspect | toolInstantiate | toolPreinit | toolServe // all that read a module
)

// group is a heading of wazedge's own help.
type group uint8

const (
	groupRun group = iota
	groupServe
	groupHost
	groupLimits
	groupStatistics
	groupProposals
	groupCompile
	groupCache
	groupLog
	groupDeprecated
)

// groups gives the name by which `wazedge help NAME` shows a group, and its
// heading, in the order of the help.
var groups = [...]struct{ name, heading string }{
	groupRun:        {"running", "Running a module"},
	groupServe:      {"serving", "Serving"},
	groupHost:       {"host", "What the guest sees of the host"},
	groupLimits:     {"limits", "Limits"},
	groupStatistics: {"statistics", "Statistics"},
	groupProposals:  {"proposals", "Standards and proposals"},
	groupCompile:    {"compiling", "Compiling"},
	groupCache:      {"caching", "Cache"},
	groupLog:        {"diagnosis", "Log and diagnosis"},
	groupDeprecated: {"deprecated", "Deprecated, for scripts that use them"},
}

// option is one row of [optionTable].
type option struct {
	name string
	// letter is a short name, or empty.
	letter string
	// metavar stands for the value in wazedge's help; it is empty for an option
	// without a value.
	metavar string
	// sample is a value, for who has given none.
	sample string
	// help is WasmEdge's text, to the letter. An option without one is not
	// WasmEdge's and not in its help.
	help string
	// brief is wazedge's own text, one line of at most 60 characters.
	brief string
	group group
	tools tools
	// choices are the values to complete on the command line, or one of the
	// words completeFile and completeDir.
	choices []string
	// noun is what a value is called when it is refused for not being one of choices;
	// without it any value is let through. wasmedge lets through what WasmEdge does.
	noun string
	// anyCase lets the choices be written in capitals too.
	anyCase bool
	// unit is how wazedge reads a number; wasmedge reads what WasmEdge does.
	unit *unit
	// bind is the option's value within o; without it the option is one of the
	// switches of [Options.Proposals].
	bind func(o *Options) settable
	// idle is why the option changes nothing, for the tools idleFor or, if that is
	// zero, for all; wazedge says so when it is given.
	idle    string
	idleFor tools
}

// Special [option.choices].
const (
	completeFile = "<file>"
	completeDir  = "<dir>"
)

// takesValue reports whether the option wants a value.
func (o *option) takesValue() bool { return o.metavar != "" }

// value is the option's value within opts.
func (o *option) value(opts *Options) settable {
	if o.bind == nil {
		return switchOf{&opts.Proposals, o.name}
	}
	return o.bind(opts)
}

// idles reports whether the option changes nothing for the tools t.
func (o *option) idles(t tools) bool { return o.idle != "" && (o.idleFor == 0 || o.idleFor&t != 0) }

// check refuses a value, as given, that is none of the choices.
func (o *option) check(value string) error {
	choice := value
	if o.anyCase {
		choice = strings.ToLower(value)
	}
	if o.noun == "" || value == "" || slices.Contains(o.choices, choice) {
		return nil
	}
	return fmt.Errorf("no %s %q: %s", o.noun, value, orList(o.choices))
}

// orList is "a, b or c".
func orList(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// of reports whether one of the tools t has the option. Replaying has those of running that
// are not about what guests see of the host.
func (o *option) of(t tools) bool {
	return o.tools&t != 0 || t&toolReplay != 0 && o.tools&toolRun != 0 && o.replays()
}

// replays reports whether the option makes sense for what a record answers.
func (o *option) replays() bool {
	switch o.group {
	case groupStatistics, groupLog, groupCache:
		return true
	case groupLimits:
		return o.name != "max-open-files" && o.name != "max-output"
	}
	return o.name == "run-mode"
}

// optionNamed is the first row of that name.
func optionNamed(name string) *option {
	return &optionTable[slices.IndexFunc(optionTable, func(o option) bool { return o.name == name })]
}

// optionsOf are the rows of the given tools, in the order of the table.
func optionsOf(t tools) []*option {
	var rows []*option
	for i := range optionTable {
		if optionTable[i].of(t) {
			rows = append(rows, &optionTable[i])
		}
	}
	return rows
}

// flagSet is a pflag table of the options of the given tools, bound to o.
func flagSet(name string, t tools, o *Options) *pflag.FlagSet {
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	flags.SortFlags = false
	for _, row := range optionsOf(t) {
		flag := flags.VarPF(row.value(o), row.name, row.letter, row.brief)
		if !row.takesValue() {
			flag.NoOptDefVal = "true"
		}
	}
	return flags
}
