package wasi2

import (
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/internal/blake3"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// openFile is an open file that a descriptor and its streams share: the last one closes it.
type openFile struct {
	hostfs.File
	users int
}

func (f *openFile) release() {
	if f.users--; f.users == 0 {
		f.File.Close()
	}
}

// descriptor is an open file or directory.
type descriptor struct {
	file      *openFile
	read      bool
	write     bool
	readOnly  bool // of the mapping that it is in
	writeOnly bool // of it, too
}

func (d *descriptor) Close() { d.file.release() }

// directory is d, which has to be one.
func (d *descriptor) directory() (hostfs.Directory, error) {
	if dir, ok := d.file.File.(hostfs.Directory); ok {
		return dir, nil
	}
	return nil, syscall.ENOTDIR
}

// changing is the directory d, which has to allow changes.
func (d *descriptor) changing() (hostfs.Directory, error) {
	if d.readOnly {
		return nil, syscall.EROFS
	}
	return d.directory()
}

// The flags of descriptors and of opening, by their bits.
const (
	flagRead = 1 << iota
	flagWrite
	flagFileSync
	flagDataSync
	flagRequestedSync
	flagMutate
)

const (
	openCreate = 1 << iota
	openDirectory
	openExclusive
	openTruncate
)

// revealing is the directory d, of which names and links may be read.
func (d *descriptor) revealing() (hostfs.Directory, error) {
	if d.writeOnly {
		return nil, syscall.EACCES
	}
	return d.directory()
}

// kinds are the descriptor types of kinds of files.
var kinds = sync.OnceValue(func() map[hostfs.Kind]int {
	return map[hostfs.Kind]int{
		hostfs.KindUnknown: 0, hostfs.KindBlockDevice: 1, hostfs.KindCharacterDevice: 2, hostfs.KindDirectory: 3,
		hostfs.KindSymbolicLink: 5, hostfs.KindRegular: 6, hostfs.KindSocketDatagram: 7, hostfs.KindSocketStream: 7,
	}
})

// file makes a function of one that works on a descriptor and fails with an error-code.
func file(f func(*Call, *descriptor, []exec.Value) (exec.Value, error)) func(*Call, []exec.Value) (exec.Value, error) {
	return func(c *Call, a []exec.Value) (exec.Value, error) {
		v, err := f(c, Object[*descriptor](c, a[0]), a[1:])
		if trap, ok := errors.AsType[*exec.Trap](err); ok {
			return v, exec.Trapf("%s", trap.Reason)
		}
		if err != nil {
			return Failed(fileError(err)), nil
		}
		return OK(v), nil
	}
}

// plain is file for functions without a value in their result.
func plain(f func(*Call, *descriptor, []exec.Value) error) func(*Call, []exec.Value) (exec.Value, error) {
	return func(c *Call, a []exec.Value) (exec.Value, error) {
		return fileResult(f(c, Object[*descriptor](c, a[0]), a[1:]))
	}
}

// follow reports whether path flags ask for following a link.
func follow(v exec.Value) bool { return v.Bits&1 != 0 }

// timeOf is a new timestamp.
func timeOf(v exec.Value) hostfs.Time {
	switch v.Bits {
	case 1:
		return hostfs.Time{Set: true, Now: true}
	case 2:
		at := v.List[0].List
		return hostfs.Time{Set: true, At: at[0].Bits*uint64(time.Second) + at[1].Bits}
	}
	return hostfs.Time{}
}

// moment is a time in nanoseconds since 1970 as an optional datetime.
func moment(ns uint64) exec.Value { return Some(datetime(time.Unix(0, int64(ns)))) }

// statValue is st as descriptor-stat.
func statValue(st hostfs.Stat) exec.Value {
	return List(Number(kinds()[st.Kind]), Number(st.Links), Number(st.Size), moment(st.AccessTime), moment(st.ModifyTime), moment(st.ChangeTime))
}

// hashValue tells whether metadata is that of the same file, unchanged.
func hashValue(st hostfs.Stat) exec.Value {
	var b []byte
	for _, n := range []uint64{st.Dev, st.Ino, st.Size, st.ModifyTime} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	sum := blake3.Sum256(b)
	return List(Number(binary.LittleEndian.Uint64(sum[:])), Number(binary.LittleEndian.Uint64(sum[8:])))
}

const (
	fileDone    = "result<_, error-code>"
	fileBorrow  = "(self: borrow<descriptor>"
	statResult  = "result<descriptor-stat, error-code>"
	hashResult  = "result<metadata-hash-value, error-code>"
	pathAndFlag = fileBorrow + ", path-flags: path-flags, path: string"
)

func filesystemInterfaces() []*Interface {
	return []*Interface{
		{
			Name: "wasi:filesystem/preopens",
			Uses: []Use{{"wasi:filesystem/types", []string{"descriptor"}}},
			Functions: []Function{{"get-directories", "() -> list<tuple<descriptor, string>>", func(c *Call, _ []exec.Value) (exec.Value, error) {
				var l exec.Value
				for _, p := range c.config.Preopens {
					v, err := c.Add(&descriptor{
						file: &openFile{p.Directory, 2}, read: !p.WriteOnly, write: !p.ReadOnly,
						readOnly: p.ReadOnly, writeOnly: p.WriteOnly,
					})
					if err != nil {
						return exec.Value{}, err
					}
					l.List = append(l.List, List(v, exec.Text(p.Guest)))
				}
				return l, nil
			}}},
		},
		{
			Name: "wasi:filesystem/types",
			Uses: []Use{
				{"wasi:io/streams", []string{"input-stream", "output-stream"}},
				{"wasi:io/error", []string{"error"}},
				{"wasi:clocks/wall-clock", []string{"datetime"}},
			},
			Types: []Definition{
				{"filesize", "u64"},
				{"descriptor-type", "enum{unknown, block-device, character-device, directory, fifo, symbolic-link, regular-file, socket}"},
				{"descriptor-flags", "flags{read, write, file-integrity-sync, data-integrity-sync, requested-write-sync, mutate-directory}"},
				{"link-count", "u64"},
				{"descriptor-stat", "record{type: descriptor-type, link-count: link-count, size: filesize, data-access-timestamp: option<datetime>, data-modification-timestamp: option<datetime>, status-change-timestamp: option<datetime>}"},
				{"path-flags", "flags{symlink-follow}"},
				{"open-flags", "flags{create, directory, exclusive, truncate}"},
				{"new-timestamp", "variant{no-change, now, timestamp(datetime)}"},
				{"directory-entry", "record{type: descriptor-type, name: string}"},
				{"error-code", "enum{" + fileErrorNames() + "}"},
				{"advice", "enum{normal, sequential, random, will-need, dont-need, no-reuse}"},
				{"metadata-hash-value", "record{lower: u64, upper: u64}"},
				{"descriptor", "resource"},
				{"directory-entry-stream", "resource"},
			},
			Functions: []Function{
				{"[method]descriptor.read-via-stream", fileBorrow + ", offset: filesize) -> result<input-stream, error-code>", file(func(c *Call, d *descriptor, a []exec.Value) (exec.Value, error) {
					if !d.read || d.writeOnly {
						return exec.Value{}, syscall.EBADF
					}
					return c.openStream(d, int64(a[0].Bits), false)
				})},
				{"[method]descriptor.write-via-stream", fileBorrow + ", offset: filesize) -> result<output-stream, error-code>", file(func(c *Call, d *descriptor, a []exec.Value) (exec.Value, error) {
					if !d.write || d.readOnly {
						return exec.Value{}, syscall.EBADF
					}
					return c.openStream(d, int64(a[0].Bits), false)
				})},
				{"[method]descriptor.append-via-stream", fileBorrow + ") -> result<output-stream, error-code>", file(func(c *Call, d *descriptor, _ []exec.Value) (exec.Value, error) {
					if !d.write || d.readOnly {
						return exec.Value{}, syscall.EBADF
					}
					return c.openStream(d, 0, true)
				})},
				{"[method]descriptor.advise", fileBorrow + ", offset: filesize, length: filesize, advice: advice) -> " + fileDone, plain(func(_ *Call, d *descriptor, a []exec.Value) error {
					return d.file.Advise(int64(a[0].Bits), int64(a[1].Bits), hostfs.Advice(a[2].Bits))
				})},
				{"[method]descriptor.sync-data", fileBorrow + ") -> " + fileDone, plain(func(_ *Call, d *descriptor, _ []exec.Value) error { return d.file.Datasync() })},
				{"[method]descriptor.get-flags", fileBorrow + ") -> result<descriptor-flags, error-code>", file(getFlags)},
				{"[method]descriptor.get-type", fileBorrow + ") -> result<descriptor-type, error-code>", file(func(_ *Call, d *descriptor, _ []exec.Value) (exec.Value, error) {
					return Number(kinds()[d.file.Kind()]), nil
				})},
				{"[method]descriptor.set-size", fileBorrow + ", size: filesize) -> " + fileDone, plain(func(_ *Call, d *descriptor, a []exec.Value) error {
					if !d.write || d.readOnly {
						return syscall.EBADF
					}
					return d.file.Truncate(int64(a[0].Bits))
				})},
				{"[method]descriptor.set-times", fileBorrow + ", data-access-timestamp: new-timestamp, data-modification-timestamp: new-timestamp) -> " + fileDone, plain(func(_ *Call, d *descriptor, a []exec.Value) error {
					if d.readOnly {
						return syscall.EROFS
					}
					return d.file.SetTimes(hostfs.Times{Access: timeOf(a[0]), Modify: timeOf(a[1])})
				})},
				{"[method]descriptor.read", fileBorrow + ", length: filesize, offset: filesize) -> result<tuple<list<u8>, bool>, error-code>", file(readAt)},
				{"[method]descriptor.write", fileBorrow + ", buffer: list<u8>, offset: filesize) -> result<filesize, error-code>", file(func(_ *Call, d *descriptor, a []exec.Value) (exec.Value, error) {
					if !d.write || d.readOnly {
						return exec.Value{}, syscall.EBADF
					}
					b := a[0].Bytes
					n, err := d.file.WriteAt(b[:min(len(b), maxWriteAt)], int64(a[1].Bits))
					return Number(uint64(n)), err
				})},
				{"[method]descriptor.read-directory", fileBorrow + ") -> result<directory-entry-stream, error-code>", file(readDirectory)},
				{"[method]descriptor.sync", fileBorrow + ") -> " + fileDone, plain(func(_ *Call, d *descriptor, _ []exec.Value) error { return d.file.Sync() })},
				{"[method]descriptor.create-directory-at", fileBorrow + ", path: string) -> " + fileDone, plain(func(_ *Call, d *descriptor, a []exec.Value) error {
					dir, err := d.changing()
					if err != nil {
						return err
					}
					return dir.Mkdir(a[0].String())
				})},
				{"[method]descriptor.stat", fileBorrow + ") -> " + statResult, file(func(_ *Call, d *descriptor, _ []exec.Value) (exec.Value, error) {
					st, err := d.file.Stat()
					return statValue(st), err
				})},
				{"[method]descriptor.stat-at", pathAndFlag + ") -> " + statResult, file(func(_ *Call, d *descriptor, a []exec.Value) (exec.Value, error) {
					st, err := statAt(d, a)
					return statValue(st), err
				})},
				{"[method]descriptor.set-times-at", pathAndFlag + ", data-access-timestamp: new-timestamp, data-modification-timestamp: new-timestamp) -> " + fileDone, plain(func(_ *Call, d *descriptor, a []exec.Value) error {
					dir, err := d.changing()
					if err != nil {
						return err
					}
					return dir.SetTimesAt(a[1].String(), follow(a[0]), hostfs.Times{Access: timeOf(a[2]), Modify: timeOf(a[3])})
				})},
				{"[method]descriptor.link-at", fileBorrow + ", old-path-flags: path-flags, old-path: string, new-descriptor: borrow<descriptor>, new-path: string) -> " + fileDone, plain(func(c *Call, d *descriptor, a []exec.Value) error {
					from, to, err := both(d, Object[*descriptor](c, a[2]))
					if err != nil {
						return err
					}
					return from.Link(a[1].String(), follow(a[0]), to, a[3].String())
				})},
				{"[method]descriptor.open-at", pathAndFlag + ", open-flags: open-flags, flags: descriptor-flags) -> result<descriptor, error-code>", file(openAt)},
				{"[method]descriptor.readlink-at", fileBorrow + ", path: string) -> result<string, error-code>", file(func(_ *Call, d *descriptor, a []exec.Value) (exec.Value, error) {
					dir, err := d.revealing()
					if err != nil {
						return exec.Value{}, err
					}
					b := make([]byte, hostfs.MaxPath)
					n, err := dir.Readlink(a[0].String(), b)
					if err == nil && strings.HasPrefix(string(b[:n]), "/") {
						err = syscall.EPERM
					}
					return exec.Text(strings.ToValidUTF8(string(b[:n]), "\uFFFD")), err
				})},
				{"[method]descriptor.remove-directory-at", fileBorrow + ", path: string) -> " + fileDone, plain(func(_ *Call, d *descriptor, a []exec.Value) error {
					dir, err := d.changing()
					if err != nil {
						return err
					}
					return dir.Rmdir(a[0].String())
				})},
				{"[method]descriptor.rename-at", fileBorrow + ", old-path: string, new-descriptor: borrow<descriptor>, new-path: string) -> " + fileDone, plain(func(c *Call, d *descriptor, a []exec.Value) error {
					from, to, err := both(d, Object[*descriptor](c, a[1]))
					if err != nil {
						return err
					}
					return from.Rename(a[0].String(), to, a[2].String())
				})},
				{"[method]descriptor.symlink-at", fileBorrow + ", old-path: string, new-path: string) -> " + fileDone, plain(func(_ *Call, d *descriptor, a []exec.Value) error {
					dir, err := d.changing()
					if err != nil {
						return err
					}
					return dir.Symlink(a[0].String(), a[1].String())
				})},
				{"[method]descriptor.unlink-file-at", fileBorrow + ", path: string) -> " + fileDone, plain(func(_ *Call, d *descriptor, a []exec.Value) error {
					dir, err := d.changing()
					if err != nil {
						return err
					}
					return dir.Unlink(a[0].String())
				})},
				{"[method]descriptor.is-same-object", fileBorrow + ", other: borrow<descriptor>) -> bool", func(c *Call, a []exec.Value) (exec.Value, error) {
					first, err1 := Object[*descriptor](c, a[0]).file.Stat()
					second, err2 := Object[*descriptor](c, a[1]).file.Stat()
					return Boolean(err1 == nil && err2 == nil && first.Dev == second.Dev && first.Ino == second.Ino), nil
				}},
				{"[method]descriptor.metadata-hash", fileBorrow + ") -> " + hashResult, file(func(_ *Call, d *descriptor, _ []exec.Value) (exec.Value, error) {
					st, err := d.file.Stat()
					return hashValue(st), err
				})},
				{"[method]descriptor.metadata-hash-at", pathAndFlag + ") -> " + hashResult, file(func(_ *Call, d *descriptor, a []exec.Value) (exec.Value, error) {
					st, err := statAt(d, a)
					return hashValue(st), err
				})},
				{"[method]directory-entry-stream.read-directory-entry", "(self: borrow<directory-entry-stream>) -> result<option<directory-entry>, error-code>", nextEntry},
				{"filesystem-error-code", "(err: borrow<error>) -> option<error-code>", func(c *Call, a []exec.Value) (exec.Value, error) {
					return Some(fileError(Object[*StreamError](c, a[0]).Err)), nil
				}},
			},
		},
	}
}

func fileErrorNames() string {
	names := make([]string, len(fileErrors))
	for n, e := range fileErrors {
		names[n] = e.name
	}
	return strings.Join(names, ", ")
}

// both are the directories of d and to, both of which are changed. What cannot be read where
// it is does not get to where it can.
func both(d, to *descriptor) (a, b hostfs.Directory, err error) {
	if d.writeOnly != to.writeOnly {
		return nil, nil, syscall.EACCES
	}
	if a, err = d.changing(); err == nil {
		b, err = to.changing()
	}
	return a, b, err
}

// openStream is a stream over the file of d, from an offset on or at its end. The descriptor
// may be dropped before it.
func (c *Call) openStream(d *descriptor, offset int64, end bool) (exec.Value, error) {
	if d.file.Kind() == hostfs.KindDirectory {
		return exec.Value{}, syscall.EISDIR
	}
	d.file.users++
	return c.Add(&offsetStream{d.file, offset, end})
}

func getFlags(_ *Call, d *descriptor, _ []exec.Value) (exec.Value, error) {
	bits := uint64(0)
	for _, f := range []struct {
		on  bool
		bit uint64
	}{{d.read, flagRead}, {d.write && d.file.Kind() != hostfs.KindDirectory, flagWrite}, {!d.readOnly && d.file.Kind() == hostfs.KindDirectory, flagMutate}} {
		if f.on {
			bits |= f.bit
		}
	}
	return Number(bits), nil
}

// readAt reads from a place, and tells whether that was the end of the file.
func readAt(_ *Call, d *descriptor, a []exec.Value) (exec.Value, error) {
	if !d.read || d.writeOnly {
		return exec.Value{}, syscall.EBADF
	}
	b := make([]byte, min(a[0].Bits, maxRead))
	n, err := d.file.ReadAt(b, int64(a[1].Bits))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return List(Bytes(b[:n]), Boolean(n == 0 && len(b) > 0)), err
}

func statAt(d *descriptor, a []exec.Value) (hostfs.Stat, error) {
	dir, err := d.directory()
	if err != nil {
		return hostfs.Stat{}, err
	}
	return dir.StatAt(a[1].String(), follow(a[0]))
}

// openAt opens a path. What it may be opened for is what its directory allows.
func openAt(c *Call, d *descriptor, a []exec.Value) (exec.Value, error) {
	dir, err := d.directory()
	if err != nil {
		return exec.Value{}, err
	}
	open, flags := a[2].Bits, a[3].Bits
	changes := open&(openCreate|openTruncate) != 0 || flags&(flagWrite|flagMutate) != 0
	if changes && d.readOnly {
		return exec.Value{}, syscall.EROFS
	}
	if flags&flagRead != 0 && d.writeOnly {
		return exec.Value{}, syscall.EACCES
	}
	if open&openTruncate != 0 && flags&flagWrite == 0 {
		return exec.Value{}, syscall.EINVAL
	}
	f, err := dir.Open(a[1].String(), hostfs.Opening{
		Follow: follow(a[0]), Create: open&openCreate != 0, Directory: open&openDirectory != 0,
		Exclusive: open&openExclusive != 0, Truncate: open&openTruncate != 0,
		Read: flags&flagRead != 0 || flags&flagWrite == 0, Write: flags&flagWrite != 0,
	}, c.guest)
	if err != nil {
		return exec.Value{}, err
	}
	return c.Add(&descriptor{
		file: &openFile{f, 1}, read: flags&flagRead != 0, write: flags&flagWrite != 0,
		readOnly: d.readOnly, writeOnly: d.writeOnly,
	})
}

func readDirectory(c *Call, d *descriptor, _ []exec.Value) (exec.Value, error) {
	dir, err := d.revealing()
	if err != nil {
		return exec.Value{}, err
	}
	l := dir.List()
	if err := l.Seek(0); err != nil {
		return exec.Value{}, err
	}
	return c.Add(&entries{l})
}

// entries is the rest of a directory.
type entries struct{ listing hostfs.Listing }

func nextEntry(c *Call, a []exec.Value) (exec.Value, error) {
	l := Object[*entries](c, a[0]).listing
	for {
		e, more, err := l.Next()
		switch name := string(e.Name); {
		case err != nil:
			return Failed(fileError(err)), nil
		case !more:
			return OK(None), nil
		case name == ".", name == "..":
		default:
			return OK(Some(List(Number(kinds()[e.Kind]), exec.Text(strings.ToValidUTF8(name, "\uFFFD"))))), nil
		}
	}
}
