package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/shim/internal/config"
	"github.com/wazedge/wazedge/shim/internal/convert"
	"github.com/wazedge/wazedge/shim/internal/guest"
	"github.com/wazedge/wazedge/shim/internal/runtimeline"
)

// execute is the command line for the runtime that executes something in a container: in one
// that runs a module, another module of its files.
func execute(runtime string, line runtimeline.Line) ([]string, []*os.File, error) {
	words := line.Words()
	if len(words) == 0 {
		return line.Args, nil, nil
	}
	at, err := stateOf(runtime, line.Root, words[0])
	if err != nil {
		return line.Args, nil, nil // the runtime says what is wrong
	}
	c, err := config.Read(at.Bundle)
	if err != nil || c.Process == nil || !guest.Handled(c) {
		return line.Args, nil, nil
	}
	name, described := line.Option("process", "p")
	p := &config.Process{Args: words[1:], Env: c.Process.Env, Cwd: c.Process.Cwd}
	if described {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, err
		}
		if p, err = config.ParseProcess(b); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(p.Args) == 0 {
		return line.Args, nil, nil
	}
	if err := convert.Execute(c, p); err != nil {
		return nil, nil, err
	}
	if !described {
		return line.WithWords(append([]string{words[0]}, p.Args...)...), nil, nil
	}
	f, err := processFile(p)
	if err != nil {
		return nil, nil, err
	}
	return line.WithOption("/proc/self/fd/"+strconv.Itoa(int(f.Fd())), "process", "p"), nil, nil
}

// state is what a runtime tells of a container (OCI runtime specification, runtime.md).
type state struct {
	Bundle string `json:"bundle"`
	Pid    int    `json:"pid"`
	Status string `json:"status"`
}

// stateOf asks the runtime about a container.
func stateOf(runtime, root, id string) (s state, err error) {
	var args []string
	if root != "" {
		args = append(args, "--root", root)
	}
	out, err := exec.Command(runtime, append(args, "state", id)...).Output()
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(out, &s); err != nil {
		return s, err
	}
	if s.Bundle == "" {
		return s, errors.New("no bundle")
	}
	return s, nil
}

// processFile is p in a file of memory that stays open in the runtime.
func processFile(p *config.Process) (*os.File, error) {
	b, err := p.JSON()
	if err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate("process.json", 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "process.json")
	_, err = f.Write(b)
	return f, err
}
