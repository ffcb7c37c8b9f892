package wasi

import (
	"io/fs"
	"strings"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// Preopen is a directory that a guest gets: one of the host, or a tree of files.
type Preopen struct {
	Guest string // its name for the guest; see [CanonicalGuest]
	Host  string // its path on the host, relative to the working directory
	FS    fs.FS  // the directory is the root of this, if it is not nil; Mode is then [ReadOnly]
	Mode  Mode
}

// BindError is a directory mapping that could not be made.
type BindError struct {
	Preopen Preopen
	Errno   Errno
	Err     error
}

// Unbound is the error of p, which cannot be opened for err.
func Unbound(p Preopen, err error) *BindError {
	return &BindError{Preopen: p, Errno: errnoOf(err), Err: err}
}

// Error is the line that WasmEdge logs, such as
// "Bind guest directory failed:No such file or directory.".
func (e *BindError) Error() string { return "Bind guest directory failed:" + e.Errno.Error() }

// Unwrap is the error of the system.
func (e *BindError) Unwrap() error { return e.Err }

// CanonicalGuest is the guest's name for a directory mapping as WasmEdge makes
// it of what the user wrote: no leading slashes and no empty parts, ".." takes a
// part away, and a part that begins with a dot is dropped when exactly one part
// precedes it. What remains empty is "/".
func CanonicalGuest(name string) string {
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case part == "":
		case part == "..":
			if len(parts) > 0 {
				parts = parts[:len(parts)-1]
			}
		case part[0] == '.' && len(parts) == 1:
		default:
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return "/"
	}
	return strings.Join(parts, "/")
}

// Open opens the directory.
func (p *Preopen) Open(o hostfs.Options) (hostfs.Directory, error) {
	if p.FS != nil {
		return hostfs.FS(p.FS)
	}
	return hostfs.OpenDirectory(p.Host, o)
}

// bind opens the directory of a mapping.
func bind(p Preopen, o hostfs.Options) (*descriptor, error) {
	dir, err := p.Open(o)
	if err != nil {
		return nil, err
	}
	if p.FS != nil {
		p.Mode = ReadOnly
	}
	base, inheriting := p.Mode.rights()
	d := newDescriptor(dir, base, inheriting, p.Mode)
	d.preopen = CanonicalGuest(p.Guest)
	return d, nil
}
