package wasi2

import (
	"strings"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// Exit is the error with which a component ends itself.
type Exit struct{ Status uint32 }

func (e *Exit) Error() string { return "the component has exited" }

// standard are the interfaces of the standard stream of a number: the stream, and the terminal
// that it may be.
func standard(name, kind string, stream uint8, file func(*Config) hostfs.File) []*Interface {
	terminal := "terminal-" + map[string]string{"input-stream": "input", "output-stream": "output"}[kind]
	open := func(c *Call, _ []exec.Value) (exec.Value, error) {
		if kind == "input-stream" {
			return c.Add(&fileInput{c.Host, file(&c.config)})
		}
		return c.Add(&fileOutput{c.Host, file(&c.config), stream})
	}
	return []*Interface{
		{
			Name:      "wasi:cli/" + name,
			Uses:      []Use{{"wasi:io/streams", []string{kind}}},
			Functions: []Function{{"get-" + name, "() -> " + kind, open}},
		},
		{
			Name: "wasi:cli/terminal-" + name,
			Uses: []Use{{"wasi:cli/" + terminal, []string{terminal}}},
			Functions: []Function{{"get-terminal-" + name, "() -> option<" + terminal + ">", func(c *Call, _ []exec.Value) (exec.Value, error) {
				if f := file(&c.config); f == nil || !f.Terminal() {
					return None, nil
				}
				v, err := c.Add(struct{}{})
				return Some(v), err
			}}},
		},
	}
}

func cliInterfaces() []*Interface {
	return append(append(append([]*Interface{
		{
			Name: "wasi:cli/environment",
			Functions: []Function{
				{"get-environment", "() -> list<tuple<string, string>>", func(c *Call, _ []exec.Value) (exec.Value, error) {
					var l exec.Value
					for _, e := range c.config.Env {
						name, value, _ := strings.Cut(e, "=")
						l.List = append(l.List, List(exec.Text(name), exec.Text(value)))
					}
					return l, nil
				}},
				{"get-arguments", "() -> list<string>", func(c *Call, _ []exec.Value) (exec.Value, error) {
					var l exec.Value
					for _, a := range c.config.Args {
						l.List = append(l.List, exec.Text(a))
					}
					return l, nil
				}},
				{"initial-cwd", "() -> option<string>", func(*Call, []exec.Value) (exec.Value, error) { return None, nil }},
			},
		},
		{
			Name: "wasi:cli/exit",
			Functions: []Function{
				{"exit", "(status: result)", func(_ *Call, a []exec.Value) (exec.Value, error) {
					return Done, &Exit{uint32(a[0].Bits)}
				}},
				{"exit-with-code", "(status-code: u8)", func(_ *Call, a []exec.Value) (exec.Value, error) {
					return Done, &Exit{uint32(a[0].Bits)}
				}},
			},
		},
		{Name: "wasi:cli/terminal-input", Types: []Definition{{"terminal-input", "resource"}}},
		{Name: "wasi:cli/terminal-output", Types: []Definition{{"terminal-output", "resource"}}},
	},
		standard("stdin", "input-stream", 0, func(c *Config) hostfs.File { return c.Stdin })...),
		standard("stdout", "output-stream", 1, func(c *Config) hostfs.File { return c.Stdout })...),
		standard("stderr", "output-stream", 2, func(c *Config) hostfs.File { return c.Stderr })...)
}
