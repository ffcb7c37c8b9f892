// Package hostfs is files for guests: directories in which every path leads to what is
// beneath them and nowhere else, and what is opened there. It knows neither guests nor
// what a version of WASI calls things.
//
// A [Directory] is one of the host ([OpenDirectory]) or of a [fs.FS] ([FS]). Paths are
// separated by slashes and relative to their directory; leaving it, by "..", by an
// absolute path or a symbolic link, is [syscall.EPERM]. A slash at the end of a path
// asks for a directory, as in POSIX.
//
// Errors are those of packages syscall and io/fs, or wrap them. On every system, what
// this package finds wrong itself is one of syscall's numbers with the names of POSIX.
//
// Files are safe for concurrent use as far as the system's are. What a call moves is
// the caller's memory, which is not looked at after the call returns.
package hostfs

import "io"

// Kind is the type of a file.
type Kind uint8

// The types of files. A pipe has none of its own and is unknown.
const (
	KindUnknown Kind = iota
	KindBlockDevice
	KindCharacterDevice
	KindDirectory
	KindRegular
	KindSocketDatagram
	KindSocketStream
	KindSymbolicLink
)

// Stat is what is known of a file. Times are nanoseconds since 1970.
type Stat struct {
	Dev, Ino                           uint64
	Kind                               Kind
	Links, Size                        uint64
	AccessTime, ModifyTime, ChangeTime uint64
}

// Times are the times of a file to set.
type Times struct{ Access, Modify Time }

// Time is a time to set.
type Time struct {
	Set bool   // or leave it as it is
	Now bool   // to the present, or
	At  uint64 // to this, in nanoseconds since 1970
}

// Flags are the flags of an open file.
type Flags uint8

// The flags of an open file.
const (
	FlagAppend   Flags = 1 << iota // writes go to the end
	FlagDsync                      // writes wait for the medium, as to data
	FlagNonblock                   // reads and writes do not wait
	FlagRsync                      // reads wait for what is being written
	FlagSync                       // writes wait for the medium
)

// Advice is how a part of a file is going to be used.
type Advice uint8

// The kinds of advice.
const (
	AdviceNormal Advice = iota
	AdviceSequential
	AdviceRandom
	AdviceWillNeed
	AdviceDontNeed
	AdviceNoReuse
)

// Opening is how to open a file.
type Opening struct {
	Follow      bool // a symbolic link at the end of the path
	Create      bool // if nothing is there
	Directory   bool // and nothing else
	Exclusive   bool // with Create: nothing may be there
	Truncate    bool // cut it to nothing, if it is opened for writing
	Read, Write bool
	Flags       Flags
}

// pathOnly reports whether a directory is opened for nothing but paths.
func (how Opening) pathOnly() bool {
	return how.Directory && !how.Read && !how.Write && !how.Create && !how.Exclusive && !how.Truncate
}

// Patience is for system calls that may wait long.
type Patience interface {
	// Interruptible reports whether there is anything that could end the waiting.
	Interruptible() bool
	// Stopped is closed when it ends.
	Stopped() <-chan struct{}
	// Patiently runs f, and leaves it to itself when the waiting ends. What f uses is
	// kept for it.
	Patiently(f func() error) error
}

// File is an open file, directory, pipe or device.
type File interface {
	Kind() Kind
	Stat() (Stat, error)
	SetTimes(Times) error
	Flags() (Flags, error)
	SetFlags(Flags) error // those that can be changed in an open file
	Close() error

	// Read and Write move bytes at the file's offset, ReadAt and WriteAt at a given
	// one. They may move less than there is room for; a read of nothing without an error
	// is the end of the file.
	Read(b []byte) (int, error)
	Write(b []byte) (int, error)
	ReadAt(b []byte, offset int64) (int, error)
	WriteAt(b []byte, offset int64) (int, error)

	// The same for several buffers.
	ReadVector(v *Vector) (int, error)
	WriteVector(v *Vector) (int, error)
	ReadVectorAt(v *Vector, offset int64) (int, error)
	WriteVectorAt(v *Vector, offset int64) (int, error)

	// TryNow reads or writes without waiting whatever the file's flags:
	// [syscall.EAGAIN] if it would have to wait, [syscall.ENOTSUP] where the system
	// cannot be asked for that.
	TryNow(write bool, v *Vector) (int, error)

	// Seek moves the offset, from what io's constants say on.
	Seek(offset int64, whence int) (int64, error)
	Truncate(size int64) error
	Sync() error
	Datasync() error
	Advise(offset, length int64, a Advice) error
	// Allocate makes sure that a part of the file has space, and that the file reaches
	// to its end.
	Allocate(offset, length int64) error

	// Descriptor is the system's number by which it can be waited for, or -1 if
	// there is none.
	Descriptor() int
	// Readable and Writable are how many bytes can be moved now, if that is known,
	// else 1.
	Readable() uint64
	Writable() uint64
	// Terminal reports whether it is a terminal.
	Terminal() bool
}

// Stream is a file as its bytes one after another: a read at its end is [io.EOF], and a write
// that is not whole is an error.
type Stream interface {
	io.ReadWriteSeeker
	io.Closer
}

// Directory is a directory, and paths beneath it.
type Directory interface {
	File

	// Open opens the file or directory at path. Opening a pipe waits for its other end.
	Open(path string, how Opening, p Patience) (File, error)
	// List lists the directory.
	List() Listing

	StatAt(path string, follow bool) (Stat, error)
	SetTimesAt(path string, follow bool, t Times) error
	Mkdir(path string) error
	Rmdir(path string) error
	// Unlink removes what is not a directory.
	Unlink(path string) error
	// Readlink writes what the symbolic link at path says to b, cut to it, and tells how
	// much that is.
	Readlink(path string, b []byte) (int, error)
	// Symlink makes a symbolic link that says target, which may not lead above the
	// directory.
	Symlink(target, path string) error
	// Rename and Link may lead into another directory of the same kind.
	Rename(old string, to Directory, path string) error
	Link(old string, follow bool, to Directory, path string) error
	// Lookup finds the directory that the last component of path is in.
	Lookup(path string) error
}

// Listing reads the entries of a directory, "." and ".." among them.
type Listing interface {
	// Seek makes the entry of that cookie the next one. 0 is the first.
	Seek(cookie uint64) error
	// Next is the next entry, or false at the end.
	Next() (Entry, bool, error)
}

// Entry is an entry of a directory.
type Entry struct {
	Next uint64 // the cookie of the next one
	Ino  uint64
	Kind Kind
	Name []byte // valid until the next entry is read
}

// Options say how a directory of the host is opened.
type Options struct {
	Guard *Guard // refuses what it knows below the directory; nil knows nothing
	// Walk resolves paths component by component, also where the system could be asked
	// to stay beneath a directory.
	Walk bool
}
