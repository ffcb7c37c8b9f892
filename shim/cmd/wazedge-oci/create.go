package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/shim/internal/config"
	"github.com/wazedge/wazedge/shim/internal/convert"
	"github.com/wazedge/wazedge/shim/internal/guest"
	"github.com/wazedge/wazedge/shim/internal/runtimeline"
)

// create is the command line for the runtime that creates a container, whose configuration
// it changes if the process is a module, and the files that the container is to have open.
func create(line runtimeline.Line) ([]string, []*os.File, error) {
	bundle, ok := line.Option("bundle", "b")
	if !ok {
		bundle = "."
	}
	bundle, err := filepath.Abs(bundle)
	if err != nil {
		return nil, nil, err
	}
	c, err := config.Read(bundle)
	if err != nil || c.Process == nil || len(c.Process.Args) == 0 || guest.Handled(c) {
		return line.Args, nil, nil // the runtime says what is wrong
	}
	m, err := convert.Find(c, c.Process, guest.AskedBy(c.Annotations))
	if err == nil && m == nil {
		m, err = artifact(line, c)
	}
	if err != nil {
		return nil, nil, convert.Describe(c, err)
	}
	if m == nil {
		return line.Args, nil, nil
	}
	defer m.Close()
	file, err := change(c, m)
	if err != nil {
		return nil, nil, convert.Describe(c, err)
	}
	if err := c.Write(); err != nil {
		return nil, nil, err
	}
	if file == nil {
		return line.Args, nil, nil
	}
	return line.WithOption(strconv.Itoa(preserved(line)+1), "preserve-fds"), []*os.File{file}, nil
}

// statisticsFile is the name of the file in the bundle that has what the guest has used.
const statisticsFile = "wazedge-statistics.json"

// change makes the process of c a run of m. The file that is returned is one that the
// container is to have open, for the statistics; nil for none.
func change(c *config.Config, m *convert.Module) (*os.File, error) {
	options, err := guest.ReadOptions(c.Annotations)
	if err != nil {
		return nil, err
	}
	if err := c.Files().Free(guest.Directory); err != nil {
		return nil, err
	}
	kept, err := convert.Store()
	if err != nil {
		return nil, err
	}
	cell, digest, at, err := convert.Prepare(kept, m, options.Variant(c))
	if err != nil {
		return nil, err
	}
	var file *os.File
	statistics := ""
	if options.Statistics && slices.ContainsFunc(c.Mounts, func(m config.Mount) bool { return m.Type == "proc" && m.Destination == "/proc" }) {
		file, err = createStatistics(filepath.Join(c.Bundle(), statisticsFile))
		if err != nil {
			return nil, err
		}
		statistics = "/proc/self/fd/" + strconv.Itoa(3+preserved(runtimeline.Parse(os.Args[1:])))
	}
	return file, convert.Apply(c, options, cell, digest, at, statistics)
}

// createStatistics makes the file name, for a process of any user who has it open.
func createStatistics(name string) (*os.File, error) {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	return f, f.Chmod(0o666) // the directory that it is in is the superuser's
}

// firstPreserved is the descriptor of the first file that a container is given.
const firstPreserved = 3

// preserved is how many files the caller gives the container.
func preserved(line runtimeline.Line) int {
	value, _ := line.Option("preserve-fds")
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// inherit puts files behind those that the caller gives the container. Nothing but executing
// the runtime may follow: the descriptors may have been the Go runtime's.
func inherit(line runtimeline.Line, files []*os.File) error {
	at := firstPreserved + preserved(line)
	for n, f := range files {
		moved, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, at+len(files))
		if err != nil {
			return err
		}
		if err := unix.Dup3(moved, at+n, 0); err != nil {
			return err
		}
	}
	return nil
}
