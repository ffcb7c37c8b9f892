package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// guestEnvironment is the variables that the guest gets: with --inherit-env those of this
// process, but for wazedge's own, then those of --env-file, then those of --env, in the order given. As WasmEdge,
// the guest gets the values of --env as they are, also what has no "="; for wazedge such a
// value names a variable of this process, and of several of one name the last one counts.
func (p *Process) guestEnvironment(o *Options) ([]string, error) {
	var all []string
	if o.InheritEnv {
		for _, v := range p.environ() {
			if !strings.HasPrefix(v, ownVariables) {
				all = append(all, v)
			}
		}
	}
	for _, name := range o.EnvFiles {
		list, err := p.readEnvFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	if p.tool() != wazedge {
		return append(all, o.Env...), nil
	}
	for _, text := range o.Env {
		if text == "" || text[0] == '=' && filepath.Separator == '/' {
			return nil, fmt.Errorf("--env %q: want NAME=VALUE, or NAME to inherit it", text)
		}
		if strings.Contains(text, "=") {
			all = append(all, text)
		} else if v, ok := p.inherited(text); ok {
			all = append(all, v)
		} else if !p.quiet {
			p.say("--env %s: there is no such variable to inherit; set it: --env %s=VALUE", text, text)
		}
	}
	return lastOfEach(all), nil
}

// ownVariables is how the names of variables begin that speak to this program.
const ownVariables = "WAZEDGE_"

// environ is the environment of this process.
func (p *Process) environ() []string {
	if p.Environ == nil {
		return nil
	}
	return p.Environ()
}

// inherited is the variable name of this process as NAME=VALUE, and whether it is set.
func (p *Process) inherited(name string) (string, bool) {
	list := p.environ()
	n := slices.IndexFunc(list, func(v string) bool { return strings.HasPrefix(v, name+"=") })
	if n < 0 {
		return "", false
	}
	return list[n], true
}

// lastOfEach is the variables without those that have one of the same name behind them.
func lastOfEach(all []string) []string {
	last := make(map[string]int, len(all))
	for n, v := range all {
		last[variableName(v)] = n
	}
	var kept []string
	for n, v := range all {
		if last[variableName(v)] == n {
			kept = append(kept, v)
		}
	}
	return kept
}

// variableName is NAME of NAME=VALUE. On Windows names may begin with a "=".
func variableName(v string) string {
	if at := strings.IndexByte(v[min(1, len(v)):], '='); at >= 0 {
		return v[:at+1]
	}
	return v
}

// readEnvFile reads the variables in a file, one a line: NAME=VALUE, or NAME for one of this
// process. Empty lines and those that begin with # say nothing; export may stand in front.
func (p *Process) readEnvFile(name string) ([]string, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("--env-file: %w", err)
	}
	if strings.HasPrefix(string(b), "\xff\xfe") || strings.HasPrefix(string(b), "\xfe\xff") {
		return nil, fmt.Errorf("--env-file %s is text in UTF-16; save it as UTF-8", name)
	}
	var list []string
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(string(b), "\ufeff")) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		line = strings.TrimPrefix(line, "export ")
		variable, value, given := strings.Cut(line, "=")
		variable = strings.TrimSpace(variable)
		if variable == "" || strings.ContainsAny(variable, " \t\"'") || strings.Contains(line, "\x00") {
			return nil, fmt.Errorf("--env-file %s: line %d: want NAME=VALUE", name, number)
		}
		if given {
			list = append(list, variable+"="+unquoted(strings.TrimSpace(value)))
		} else if v, ok := p.inherited(variable); ok {
			list = append(list, v)
		}
	}
	return list, nil
}

// inQuotes is what stands for characters between double quotes.
var inQuotes = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r", `\"`, `"`, `\$`, "$", `\\`, `\`)

// unquoted is a value without the quotes around it: between single quotes everything is as
// it is, between double quotes \n, \t, \r, \", \$ and \\ stand for what they do in C.
func unquoted(value string) string {
	if n := len(value) - 1; n > 0 && value[0] == value[n] {
		switch value[0] {
		case '\'':
			return value[1:n]
		case '"':
			return inQuotes.Replace(value[1:n])
		}
	}
	return value
}
