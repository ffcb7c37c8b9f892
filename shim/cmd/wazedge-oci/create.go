package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/shim/internal/cells"
	"github.com/wazedge/wazedge/shim/internal/config"
	"github.com/wazedge/wazedge/shim/internal/guest"
	"github.com/wazedge/wazedge/shim/internal/rootfs"
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
	m, err := find(c, c.Process, guest.AskedBy(c.Annotations))
	if err == nil && m == nil {
		m, err = artifact(line, c)
	}
	if err != nil {
		return nil, nil, describe(c, err)
	}
	if m == nil {
		return line.Args, nil, nil
	}
	defer m.close()
	file, err := convert(c, m)
	if err != nil {
		return nil, nil, describe(c, err)
	}
	if err := c.Write(); err != nil {
		return nil, nil, err
	}
	if file == nil {
		return line.Args, nil, nil
	}
	return line.WithOption(strconv.Itoa(preserved(line)+1), "preserve-fds"), []*os.File{file}, nil
}

// describe is err with what a person needs to find the container that it is about.
func describe(c *config.Config, err error) error {
	image := "an image whose name is not told"
	for _, name := range []string{"io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName", "org.opencontainers.image.ref.name"} {
		if named, ok := c.Annotations[name]; ok {
			image = named
			break
		}
	}
	return fmt.Errorf("cannot run %s, entrypoint %q, on %s/%s: %w", image, c.Process.Args[0], runtime.GOOS, runtime.GOARCH, err)
}

// module is what a container runs.
type module struct {
	path string   // in the container
	file *os.File // nil if it is not to be seen before the container runs
}

func (m *module) close() {
	if m.file != nil {
		m.file.Close()
	}
}

// find is the module that p runs, or nil if it runs something else.
func find(c *config.Config, p *config.Process, asked guest.Asked) (*module, error) {
	files := c.Files()
	searched, _ := p.Lookup("PATH")
	at, err := files.Find(p.Args[0], searched, p.Cwd)
	if err == nil {
		var file *os.File
		if file, err = files.Open(at); err == nil {
			return looked(file, at, asked)
		}
	}
	switch {
	case errors.Is(err, rootfs.ErrUnseen) && asked == guest.Required:
		return &module{path: at}, nil
	case asked == guest.Required:
		return nil, why(err)
	}
	return nil, nil // the runtime says what is wrong
}

// looked is the module in file, or nil if it is none.
func looked(file *os.File, at string, asked guest.Asked) (*module, error) {
	is, err := isModule(file, at)
	if err == nil && is {
		return &module{path: at, file: file}, nil
	}
	defer file.Close()
	if err == nil && asked == guest.Required {
		err = errors.New("it is no WebAssembly module")
	}
	return nil, err
}

// why is err in words for who has made the image.
func why(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return errors.New("the image has no such file")
	}
	return err
}

// isModule reports whether the file, which is at a path of the container, is a module or
// a component, in the binary or the text format.
func isModule(file *os.File, at string) (bool, error) {
	head := make([]byte, 4096)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	head = head[:n]
	return bytes.HasPrefix(head, []byte("\x00asm")) || path.Ext(at) == ".wat" && isText(head), nil
}

// isText reports whether text may begin a module in the text format.
func isText(text []byte) bool {
	text = bytes.TrimLeft(text, " \t\r\n")
	return bytes.HasPrefix(text, []byte("(")) || bytes.HasPrefix(text, []byte(";;"))
}

// statisticsFile is the name of the file in the bundle that has what the guest has used.
const statisticsFile = "wazedge-statistics.json"

// convert makes the process of c a run of m. The file that is returned is one that the
// container is to have open, for the statistics; nil for none.
func convert(c *config.Config, m *module) (*os.File, error) {
	options, err := guest.ReadOptions(c.Annotations)
	if err != nil {
		return nil, err
	}
	if err := c.Files().Free(guest.Directory); err != nil {
		return nil, err
	}
	kept, err := store()
	if err != nil {
		return nil, err
	}
	cell, digest, at, err := prepare(kept, m, options.Variant(c))
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
	guest.Run(c.Process, c, options, at, statistics)
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	c.Annotations[guest.ModuleAnnotation] = digest
	return file, c.AddMount(config.Mount{
		Destination: guest.Place, Type: "bind", Source: cell, Options: []string{"bind", "ro", "nosuid", "nodev", "private"},
	})
}

// prepare is the cell for m and the path in the container of what is run.
func prepare(kept cells.Store, m *module, v cells.Variant) (cell, digest, at string, err error) {
	if m.file == nil {
		cell, err = kept.Bare()
		return cell, "unseen", m.path, err
	}
	cell, digest, err = kept.Prepare(m.file, path.Base(m.path), v)
	if invalid, ok := errors.AsType[*cells.InvalidError](err); ok {
		err = fmt.Errorf("it is no valid module: %w", invalid)
	}
	return cell, digest, path.Join(guest.Place, cells.Module, path.Base(m.path)), err
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
