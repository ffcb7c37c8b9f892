//go:build linux

// Package launch is what containerd executes of the shim at the beginning and at the end of a
// container: the start of the program that serves the pod, and what is to be removed after it. It
// is a program of its own, with as little in it as can be: initialising containerd's packages takes longer
// than all that is done here. What is rare it leaves to that other program, which is
// containerd's own framework for shims and has the same command line.
package launch

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Server is the name of the program that serves, which is beside this one.
const Server = "wazedge-shim"

// line is the command line of a shim, as containerd's documentation of shims has it.
type line struct {
	namespace, id, address, action string
	debug                          bool
}

// parse reads a command line. What it does not know is left to the server, which says what is wrong.
func parse(args []string) (l line, err error) {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&l.namespace, "namespace", "", "")
	set.StringVar(&l.id, "id", "", "")
	set.StringVar(&l.address, "address", "", "")
	set.BoolVar(&l.debug, "debug", false, "")
	for _, unused := range []string{"publish-binary", "bundle"} {
		set.String(unused, "", "")
	}
	err = set.Parse(args)
	l.action = set.Arg(0)
	return l, err
}

// errOther is the error for what the server is to do.
var errOther = errors.New("left to the server")

// Run does what the command line asks for, and writes the answer to w. Its name is the
// program's as it was called, by which the server knows its own.
func Run(name string, args []string, w io.Writer) error {
	server, err := findServer()
	if err != nil {
		return err
	}
	l, err := parse(args)
	if err == nil && l.namespace != "" && l.id != "" && !l.debug {
		switch l.action {
		case "start":
			err = l.start(name, server, w)
		case "delete":
			err = l.delete(w)
		default:
			err = errOther
		}
		if !errors.Is(err, errOther) {
			return err
		}
	}
	return fmt.Errorf("execute %s: %w", server, unix.Exec(server, append([]string{name}, args...), os.Environ()))
}

// findServer is the path of the server.
func findServer() (string, error) {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return "", err
	}
	server := filepath.Join(filepath.Dir(self), Server)
	if _, err := os.Stat(server); err != nil {
		return "", fmt.Errorf("%s, which belongs beside %s: %w", Server, filepath.Base(self), err)
	}
	return server, nil
}

// start starts a server in the working directory, which is the bundle of the container, unless
// one serves the pod already.
func (l line) start(name, server string, w io.Writer) error {
	if os.Getenv("SCHED_CORE") != "" || !plain(os.Stdin) {
		return errOther
	}
	group, err := groupOf(".", l.id)
	if err != nil {
		return err
	}
	path := socketPath(l.address, l.namespace, group)
	socket, err := listen(path)
	if errors.Is(err, errServed) {
		return Answer(w, "unix://"+path)
	}
	if err != nil {
		return fmt.Errorf("the socket of the shim: %w", err)
	}
	if err := l.serve(name, server, socket); err != nil {
		os.Remove(path)
		return err
	}
	return Answer(w, "unix://"+path)
}

// serve starts the server with its socket.
func (l line) serve(name, server string, socket *os.File) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	env := append(os.Environ(), "GOMAXPROCS=4", "OTEL_SERVICE_NAME=containerd-shim-"+l.id)
	p, err := os.StartProcess(server, []string{name, "-namespace", l.namespace, "-id", l.id, "-address", l.address}, &os.ProcAttr{
		Env: env, Files: []*os.File{null, null, null, socket}, Sys: &unix.SysProcAttr{Setpgid: true},
	})
	if err != nil {
		return fmt.Errorf("start %s: %w", server, err)
	}
	if err := adjustScore(p.Pid); err != nil {
		return errors.Join(err, p.Kill())
	}
	return nil
}

// adjustScore has the kernel, when memory runs out, end the shim before containerd.
func adjustScore(pid int) error {
	const most = 1000
	text, err := os.ReadFile("/proc/" + strconv.Itoa(os.Getppid()) + "/oom_score_adj")
	if err != nil {
		return err
	}
	score, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	if err != nil {
		return err
	}
	err = os.WriteFile("/proc/"+strconv.Itoa(pid)+"/oom_score_adj", []byte(strconv.Itoa(min(score+1, most))), 0)
	if errors.Is(err, os.ErrPermission) {
		return nil // as in a user namespace whose root may not
	}
	return err
}
