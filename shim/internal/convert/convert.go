// Package convert makes the process of a container a run of wazedge, if it is a module: for the OCI
// runtime, and for the shim, which does it itself where nothing has to be compiled.
package convert

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/shim/internal/cells"
	"github.com/wazedge/wazedge/shim/internal/config"
	"github.com/wazedge/wazedge/shim/internal/guest"
	"github.com/wazedge/wazedge/shim/internal/rootfs"
)

// Describe is err with what a person needs to find the container that it is about.
func Describe(c *config.Config, err error) error {
	image := "an image whose name is not told"
	for _, name := range []string{"io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName", "org.opencontainers.image.ref.name"} {
		if named, ok := c.Annotations[name]; ok {
			image = named
			break
		}
	}
	return fmt.Errorf("cannot run %s, entrypoint %q, on %s/%s: %w", image, c.Process.Args[0], runtime.GOOS, runtime.GOARCH, err)
}

// Module is what a container runs.
type Module struct {
	Path string   // in the container
	File *os.File // nil if it is not to be seen before the container runs
}

// Close closes the file.
func (m *Module) Close() {
	if m.File != nil {
		m.File.Close()
	}
}

// Find is the module that p runs, or nil if it runs something else.
func Find(c *config.Config, p *config.Process, asked guest.Asked) (*Module, error) {
	files := c.Files()
	searched, _ := p.Lookup("PATH")
	at, err := files.Find(p.Args[0], searched, p.Cwd)
	if err == nil {
		var file *os.File
		if file, err = files.Open(at); err == nil {
			return Looked(file, at, asked)
		}
	}
	switch {
	case errors.Is(err, rootfs.ErrUnseen) && asked == guest.Required:
		return &Module{Path: at}, nil
	case asked == guest.Required:
		return nil, why(err)
	}
	return nil, nil // the runtime says what is wrong
}

// Looked is the module in file, or nil if it is none.
func Looked(file *os.File, at string, asked guest.Asked) (*Module, error) {
	is, err := isModule(file, at)
	if err == nil && is {
		return &Module{Path: at, File: file}, nil
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

// Prepare is the cell for m and the path in the container of what is run.
func Prepare(kept cells.Store, m *Module, v cells.Variant) (cell, digest, at string, err error) {
	if m.File == nil {
		cell, err = kept.Bare()
		return cell, "unseen", m.Path, err
	}
	cell, digest, err = kept.Prepare(m.File, path.Base(m.Path), v)
	if invalid, ok := errors.AsType[*cells.InvalidError](err); ok {
		err = fmt.Errorf("it is no valid module: %w", invalid)
	}
	return cell, digest, path.Join(guest.Place, cells.Module, path.Base(m.Path)), err
}

// Store is where compiled modules are kept.
func Store() (cells.Store, error) {
	program, err := findProgram()
	if err != nil {
		return cells.Store{}, err
	}
	dir := os.Getenv("WAZEDGE_OCI_STATE")
	if dir == "" {
		dir = "/var/lib/wazedge"
		if !superuser() {
			home, err := os.UserHomeDir()
			if err != nil {
				return cells.Store{}, fmt.Errorf("what is compiled is kept below the home directory of who is not root: %w; or name a directory in WAZEDGE_OCI_STATE", err)
			}
			dir = filepath.Join(home, ".local/share/wazedge/containers")
		}
	}
	kept := cells.Store{Dir: dir, Wazedge: program}
	if size := os.Getenv("WAZEDGE_OCI_CACHE_SIZE"); size != "" {
		if kept.Bytes, err = cells.ParseBytes(size); err != nil {
			return cells.Store{}, fmt.Errorf("WAZEDGE_OCI_CACHE_SIZE: %w", err)
		}
	}
	return kept, nil
}

// superuser reports whether the files of the system are this user's: the superuser of a user namespace, as Podman makes one
// for who is not root, has files of a user alone.
func superuser() bool {
	var stat unix.Stat_t
	return os.Geteuid() == 0 && (unix.Stat("/var/lib", &stat) != nil || stat.Uid == 0)
}

// findProgram is the path of wazedge.
func findProgram() (string, error) {
	if program := os.Getenv("WAZEDGE_OCI_PROGRAM"); program != "" {
		return program, nil
	}
	if self, err := os.Readlink("/proc/self/exe"); err == nil {
		beside := filepath.Join(filepath.Dir(self), "wazedge")
		if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
			return beside, nil
		}
	}
	program, err := exec.LookPath("wazedge")
	if err != nil {
		return "", errors.New("there is no wazedge beside wazedge-oci or in PATH; name it in WAZEDGE_OCI_PROGRAM")
	}
	return filepath.Abs(program)
}

// Apply makes the process of c a run of the module at a path of the container, with a cell for it.
// statistics is where wazedge writes what the guest has used, or empty.
func Apply(c *config.Config, o guest.Options, cell, digest, at, statistics string) error {
	guest.Run(c.Process, c, o, at, statistics)
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	c.Annotations[guest.ModuleAnnotation] = digest
	return c.AddMount(config.Mount{
		Destination: guest.Place, Type: "bind", Source: cell, Options: []string{"bind", "ro", "nosuid", "nodev", "private"},
	})
}

// Warm changes c as wazedge-oci would, where that takes no more than looking: where its process is
// no module, or one that has a cell. It reports whether it was so; if not, wazedge-oci does what there
// is to do, and says what is wrong.
func Warm(c *config.Config) (done, changed bool, err error) {
	if c.Process == nil || len(c.Process.Args) == 0 {
		return false, false, nil
	}
	if guest.Handled(c) {
		return true, false, nil
	}
	asked := guest.AskedBy(c.Annotations)
	m, err := Find(c, c.Process, asked)
	if err != nil {
		return false, false, nil
	}
	if m == nil {
		return seen(c) && asked != guest.Required, false, nil
	}
	defer m.Close()
	o, err := guest.ReadOptions(c.Annotations)
	if err != nil || o.Statistics || m.File == nil || c.Files().Free(guest.Directory) != nil {
		return false, false, nil
	}
	kept, err := Store()
	if err != nil {
		return false, false, nil
	}
	name := path.Base(m.Path)
	cell, digest, err := kept.Lookup(m.File, name, o.Variant(c))
	if err != nil {
		return false, false, nil
	}
	return true, true, Apply(c, o, cell, digest, path.Join(guest.Place, cells.Module, name), "")
}

// seen reports whether the file that c executes is there.
func seen(c *config.Config) bool {
	files := c.Files()
	searched, _ := c.Process.Lookup("PATH")
	at, err := files.Find(c.Process.Args[0], searched, c.Process.Cwd)
	if err != nil {
		return false
	}
	file, err := files.Open(at)
	if err != nil {
		return false
	}
	file.Close()
	return true
}

// Execute makes p, which is to be executed in a container that has been made of c, a run of the
// module that it names: one without code of the node, for nothing is mounted into a container that runs
// already. There is nothing else in it that could be executed.
func Execute(c *config.Config, p *config.Process) error {
	m, err := Find(c, p, guest.Required)
	if err != nil {
		return fmt.Errorf("cannot execute %q in a container that runs a module: %w", p.Args[0], err)
	}
	defer m.Close()
	o, err := guest.ReadOptions(c.Annotations)
	if err != nil {
		return err
	}
	o.Statistics, o.Serve, o.CGI, o.Metrics = false, "", false, ""
	guest.Run(p, c, o, m.Path, "")
	return nil
}
