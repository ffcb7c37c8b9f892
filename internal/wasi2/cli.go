package wasi2

import (
	"strings"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// Exit is the error with which a component ends itself.
type Exit struct{ Status uint32 }

func (e *Exit) Error() string { return "the component has exited" }

// standard are the interfaces of a standard stream: the stream, and the terminal that it
// may be.
func standard(name, kind string, file func(*Config) hostfs.File) []*iface {
	terminal := "terminal-" + map[string]string{"input-stream": "input", "output-stream": "output"}[kind]
	open := func(c *call, _ []exec.Value) (exec.Value, error) {
		if kind == "input-stream" {
			return c.add(&fileInput{c.Host, file(&c.config)})
		}
		return c.add(&fileOutput{c.Host, file(&c.config)})
	}
	return []*iface{
		{
			name:      "wasi:cli/" + name,
			uses:      []use{{"wasi:io/streams", []string{kind}}},
			functions: []function{{"get-" + name, "() -> " + kind, open}},
		},
		{
			name: "wasi:cli/terminal-" + name,
			uses: []use{{"wasi:cli/" + terminal, []string{terminal}}},
			functions: []function{{"get-terminal-" + name, "() -> option<" + terminal + ">", func(c *call, _ []exec.Value) (exec.Value, error) {
				if f := file(&c.config); f == nil || !f.Terminal() {
					return none, nil
				}
				v, err := c.add(struct{}{})
				return some(v), err
			}}},
		},
	}
}

func cliInterfaces() []*iface {
	return append(append(append([]*iface{
		{
			name: "wasi:cli/environment",
			functions: []function{
				{"get-environment", "() -> list<tuple<string, string>>", func(c *call, _ []exec.Value) (exec.Value, error) {
					var l exec.Value
					for _, e := range c.config.Env {
						name, value, _ := strings.Cut(e, "=")
						l.List = append(l.List, list(exec.Text(name), exec.Text(value)))
					}
					return l, nil
				}},
				{"get-arguments", "() -> list<string>", func(c *call, _ []exec.Value) (exec.Value, error) {
					var l exec.Value
					for _, a := range c.config.Args {
						l.List = append(l.List, exec.Text(a))
					}
					return l, nil
				}},
				{"initial-cwd", "() -> option<string>", func(*call, []exec.Value) (exec.Value, error) { return none, nil }},
			},
		},
		{
			name: "wasi:cli/exit",
			functions: []function{
				{"exit", "(status: result)", func(_ *call, a []exec.Value) (exec.Value, error) {
					return done, &Exit{uint32(a[0].Bits)}
				}},
				{"exit-with-code", "(status-code: u8)", func(_ *call, a []exec.Value) (exec.Value, error) {
					return done, &Exit{uint32(a[0].Bits)}
				}},
			},
		},
		{name: "wasi:cli/terminal-input", types: []definition{{"terminal-input", "resource"}}},
		{name: "wasi:cli/terminal-output", types: []definition{{"terminal-output", "resource"}}},
	},
		standard("stdin", "input-stream", func(c *Config) hostfs.File { return c.Stdin })...),
		standard("stdout", "output-stream", func(c *Config) hostfs.File { return c.Stdout })...),
		standard("stderr", "output-stream", func(c *Config) hostfs.File { return c.Stderr })...)
}
