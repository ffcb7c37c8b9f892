// Package cells keeps what containers are given of wazedge and of their modules: a cell is a
// directory of the node, bound read-only into every container that runs the same module,
// with the program, the module and the code compiled of it, and the public key of
// the node, by which wazedge in the container executes that code.
//
// The node signs what it compiles with a key that no container sees. Nobody but the
// node's superuser writes here, so no container writes what another executes.
package cells

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Store is the directory of a node's cells.
type Store struct {
	Dir     string // made when it is needed
	Wazedge string // the program, a static file
	Bytes   int64  // how much is kept; 0 for the default
}

// Variant is what the code of a module is compiled for.
type Variant struct {
	Interruptible bool   // it comes to checkpoints, at which it can be stopped and counted
	Gas           string // the limit of gas, as the option has it; empty for none
	Statistics    bool   // gas and instructions are counted, and the time is measured
	Memory        string // the limit of memory, as the option has it; empty for none
}

// options are those of wazedge compile.
func (v Variant) options() []string {
	var o []string
	if v.Interruptible {
		o = append(o, "--interruptible")
	}
	if v.Gas != "" {
		o = append(o, "--gas-limit", v.Gas)
	}
	if v.Statistics {
		o = append(o, "--enable-all-statistics")
	}
	if v.Memory != "" {
		o = append(o, "--memory-page-limit", v.Memory)
	}
	return o
}

// Files of a cell.
const (
	Program = "wazedge"
	Trust   = "trust"  // the directory of the keyring
	Module  = "module" // the directory of the module, under the name of its file
)

// Limits of what is compiled outside of the container, which would bound it.
const (
	maxModule   = 256 << 20         // bytes
	maxCompile  = 100 * time.Second // of time
	maxCPU      = 200               // seconds of all processors
	compileHeap = 2 << 30           // bytes, beyond which Go's collector takes all the time it needs
)

// InvalidError is the error for a module that no container can run.
type InvalidError struct {
	Reason string // wazedge's own words
}

func (e *InvalidError) Error() string { return e.Reason }

// Prepare returns the cell for the module in file, which is named name, and the SHA-256 of the
// module in hexadecimal. It makes the cell if there is none; of processes that ask for
// the same one at once, one makes it. A module that takes too long to compile is kept as it is.
func (s Store) Prepare(file *os.File, name string, v Variant) (dir, digest string, err error) {
	if strings.ContainsAny(name, "/\x00") || name == "" || name == "." || name == ".." {
		return "", "", fmt.Errorf("no name of a file: %q", name)
	}
	digest, err = digestOf(file, io.Discard)
	if err != nil {
		return "", "", err
	}
	program, err := s.identity()
	if err != nil {
		return "", "", err
	}
	if err := s.directories(); err != nil {
		return "", "", err
	}
	dir = filepath.Join(s.Dir, "cells", key(digest, name, program, v))
	if used(dir) {
		return dir, digest, nil
	}
	unlock, err := s.lock(filepath.Base(dir)[:2])
	if err != nil {
		return "", "", err
	}
	defer unlock()
	if used(dir) {
		return dir, digest, nil
	}
	dir, digest, err = s.make(file, name, program, v)
	if err == nil {
		_ = s.Prune(time.Now()) // what cannot be removed now is the next time
	}
	return dir, digest, err
}

// ErrNone is the error for a cell that is not there.
var ErrNone = errors.New("no such cell")

// Lookup is Prepare where there is the cell, and ErrNone where there is none.
func (s Store) Lookup(file *os.File, name string, v Variant) (dir, digest string, err error) {
	if digest, err = digestOf(file, io.Discard); err != nil {
		return "", "", err
	}
	program, err := s.identity()
	if err != nil {
		return "", "", err
	}
	if err := s.trustworthy(); errors.Is(err, fs.ErrNotExist) {
		return "", "", ErrNone
	} else if err != nil {
		return "", "", err
	}
	if dir = filepath.Join(s.Dir, "cells", key(digest, name, program, v)); !used(dir) {
		return "", "", ErrNone
	}
	return dir, digest, nil
}

// Bare returns a cell without a module, for one that is not seen before the container runs.
func (s Store) Bare() (dir string, err error) {
	program, err := s.identity()
	if err != nil {
		return "", err
	}
	if err := s.directories(); err != nil {
		return "", err
	}
	dir = filepath.Join(s.Dir, "cells", key("", "", program, Variant{}))
	if used(dir) {
		return dir, nil
	}
	temporary, err := os.MkdirTemp(filepath.Join(s.Dir, "cells"), partial)
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temporary)
	if err := s.furnish(temporary, program); err != nil {
		return "", err
	}
	if err := os.Rename(temporary, dir); err != nil && !used(dir) {
		return "", err
	}
	return dir, nil
}

// directories makes the directories of the store.
func (s Store) directories() error {
	for _, sub := range []string{"cells", "keys", "locks", "programs"} {
		if err := os.MkdirAll(filepath.Join(s.Dir, sub), 0o755); err != nil {
			return err
		}
	}
	if err := s.trustworthy(); err != nil {
		return err
	}
	return os.Chmod(filepath.Join(s.Dir, "keys"), 0o700)
}

// furnish puts into the directory of a cell what all have.
func (s Store) furnish(dir, program string) error {
	public, err := s.keys()
	if err != nil {
		return err
	}
	for _, sub := range []string{Trust, Module} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, Trust, "trusted"), public, 0o644); err != nil {
		return err
	}
	if err := s.link(program, filepath.Join(dir, Program)); err != nil {
		return err
	}
	return os.Chmod(dir, 0o755)
}

// used reports whether the cell dir is there, and notes that it is used.
func used(dir string) bool {
	now := time.Now()
	return os.Chtimes(dir, now, now) == nil
}

// key is the name of a cell.
func key(digest, name, program string, v Variant) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "1\x00%s\x00%s\x00%s\x00%+v", digest, name, program, v))
	return hex.EncodeToString(sum[:])[:40]
}

// identity says which program it is, without reading all of it.
func (s Store) identity() (string, error) {
	var stat unix.Stat_t
	if err := unix.Stat(s.Wazedge, &stat); err != nil {
		return "", &fs.PathError{Op: "stat", Path: s.Wazedge, Err: err}
	}
	return fmt.Sprintf("%x-%x-%x-%x", stat.Ino, stat.Size, stat.Mtim.Nano(), stat.Ctim.Nano()), nil
}

// digestOf is the SHA-256 of file from its beginning, of which a copy goes to w.
func digestOf(file *os.File, w io.Writer) (string, error) {
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if info.Size() > maxModule {
		return "", fmt.Errorf("a module of %d bytes is larger than %d", info.Size(), maxModule)
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(hash, w), io.NewSectionReader(file, 0, maxModule+1))
	if err == nil && n > maxModule {
		err = errors.New("the module grows while it is read")
	}
	return hex.EncodeToString(hash.Sum(nil)), err
}

// tryLock is lock without waiting: unlock is nil if somebody has it.
func (s Store) tryLock(name string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(s.Dir, "locks", name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if err == unix.EWOULDBLOCK {
			err = nil
		}
		return nil, err
	}
	return func() { f.Close() }, nil
}

// lock waits for the lock of that name, which the kernel takes back when this process ends.
func (s Store) lock(name string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(s.Dir, "locks", name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		if err = unix.Flock(int(f.Fd()), unix.LOCK_EX); err != unix.EINTR {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// make makes a cell under another name and renames it when it is complete. The module may
// have been written to since its name was made, so both are made again, of what is kept.
func (s Store) make(file *os.File, name, program string, v Variant) (dir, digest string, err error) {
	temporary, err := os.MkdirTemp(filepath.Join(s.Dir, "cells"), partial)
	if err != nil {
		return "", "", err
	}
	defer os.RemoveAll(temporary)
	original := filepath.Join(temporary, "original"+filepath.Ext(name)) // by which the text format is known
	if digest, err = s.copyModule(file, original); err != nil {
		return "", "", err
	}
	if err := s.furnish(temporary, program); err != nil {
		return "", "", err
	}
	module := filepath.Join(temporary, Module, name)
	if err := s.compile(original, module, v); err != nil {
		return "", "", err
	}
	if err := os.Remove(original); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", "", err
	}
	if err := os.Chmod(module, 0o644); err != nil {
		return "", "", err
	}
	dir = filepath.Join(s.Dir, "cells", key(digest, name, program, v))
	if err := os.Rename(temporary, dir); err != nil && !used(dir) {
		return "", "", err
	}
	return dir, digest, nil
}

func (s Store) copyModule(file *os.File, to string) (digest string, err error) {
	copied, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	digest, err = digestOf(file, copied)
	return digest, errors.Join(err, copied.Close())
}

// keys is the public key of this node, whose pair is made if there is none.
func (s Store) keys() ([]byte, error) {
	unlock, err := s.lock("keys")
	if err != nil {
		return nil, err
	}
	defer unlock()
	public, err := os.ReadFile(s.signer() + ".pub")
	if !errors.Is(err, fs.ErrNotExist) {
		return public, err
	}
	os.Remove(s.signer()) // of a pair that was not completed
	if out, err := s.command(context.Background(), "trust", "keygen", s.signer(), "node").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make the key of this node: %w: %s", err, bytes.TrimSpace(out))
	}
	return os.ReadFile(s.signer() + ".pub")
}

// signer is the file of the secret key of this node.
func (s Store) signer() string { return filepath.Join(s.Dir, "keys", "node") }

// command is wazedge with args, and with nothing of this process's environment.
func (s Store) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.Wazedge, args...)
	cmd.Env = []string{"WAZEDGE_TRUST_DIR=" + filepath.Join(s.Dir, "keys"), fmt.Sprintf("GOMEMLIMIT=%d", compileHeap)}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// compile writes the module in the file from with its code to the file to: the
// module as it is if it takes too long.
func (s Store) compile(from, to string, v Variant) error {
	ctx, cancel := context.WithTimeout(context.Background(), maxCompile)
	defer cancel()
	args := append([]string{"compile", "--log-stream", "stderr", "--sign", s.signer()}, v.options()...)
	cmd := s.command(ctx, append(args, "--", from, to)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return err
	}
	_ = unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_CPU, &unix.Rlimit{Cur: maxCPU, Max: maxCPU}, nil)
	err := cmd.Wait()
	if err == nil {
		return nil
	}
	if status, ok := errors.AsType[*exec.ExitError](err); ok && status.ExitCode() == 1 {
		return &InvalidError{Reason: strings.ReplaceAll(reason(said.String()), from, "the module")}
	}
	os.Remove(to)
	return os.Rename(from, to)
}

// reason is the text of the errors in a log of wazedge.
func reason(log string) string {
	const mark = "[error] "
	var said []string
	for line := range strings.Lines(log) {
		if _, text, ok := strings.Cut(line, mark); ok {
			said = append(said, strings.TrimSpace(text))
		} else if !strings.HasPrefix(line, "[") {
			said = append(said, strings.TrimSpace(line))
		}
	}
	said = slices.DeleteFunc(said, func(text string) bool { return text == "" })
	return strings.Join(said[:min(len(said), 6)], "; ")
}

// link puts the program into a cell: a second name of one copy, so that all containers of
// the node have its pages in common.
func (s Store) link(program, to string) error {
	kept := filepath.Join(s.Dir, "programs", program)
	err := os.Link(kept, to)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	from, err := os.Open(s.Wazedge)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := static(from); err != nil {
		return fmt.Errorf("%s: %w", s.Wazedge, err)
	}
	copied, err := os.CreateTemp(filepath.Dir(kept), partial)
	if err != nil {
		return err
	}
	defer os.Remove(copied.Name())
	_, err = io.Copy(copied, from)
	if err := errors.Join(err, copied.Chmod(0o755), copied.Close()); err != nil {
		return err
	}
	if err := os.Rename(copied.Name(), kept); err != nil {
		return err
	}
	return os.Link(kept, to)
}
