package zlib

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// Files are the files of a guest.
type Files interface {
	// OpenFile opens a file by the guest's name of it.
	OpenFile(name string, how hostfs.Opening) (hostfs.Stream, error)
	// Descriptor is what the guest has open under number n. Closing it closes the guest's.
	Descriptor(n uint32) (hostfs.Stream, error)
}

// fileMemory is what a file takes.
const fileMemory = deflaterMemory

// gzFile is a file that is read or written through gzip, by one of its two halves.
type gzFile struct {
	file     hostfs.Stream
	at       int64 // of what is not compressed
	failed   error
	finished bool // a read has come to the end

	// Reading.
	start    int64 // where in the file, or -1 where it cannot be told
	raw      *counting
	buffer   *bufio.Reader
	plain    io.Reader // what the guest reads; nil before the first read
	direct   bool      // the file is not compressed
	returned []byte    // by gzungetc, the last one last

	// Writing.
	out             *deflater // nil for a file that is read
	transparent     bool      // the file is not compressed
	level, strategy int32
}

// counting counts what is read of a file.
type counting struct {
	io.Reader
	n int64
}

// Read implements [io.Reader].
func (c *counting) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += int64(n)
	return n, err
}

// mode is what the text of a mode says.
type mode struct {
	how             hostfs.Opening
	level, strategy int32
	transparent     bool
}

// parseMode reads the mode of gzopen.
func parseMode(text string) (m mode, valid bool) {
	m.level = -1
	m.how.Follow = true
	for _, c := range text {
		switch c {
		case 'r', 'w', 'a':
			m.how.Read, m.how.Write, m.how.Create = c == 'r', c != 'r', c != 'r'
			m.how.Truncate = c == 'w'
			if m.how.Flags &^= hostfs.FlagAppend; c == 'a' {
				m.how.Flags |= hostfs.FlagAppend
			}
		case '+':
			return m, false
		case 'x':
			m.how.Exclusive = true
		case 'f':
			m.strategy = 1
		case 'h':
			m.strategy = huffmanOnly
		case 'R':
			m.strategy = runLengths
		case 'F':
			m.strategy = lastStrategy
		case 'T':
			m.transparent = true
		default:
			if c >= '0' && c <= '9' {
				m.level = c - '0'
			}
		}
	}
	return m, (m.how.Read || m.how.Write) && !(m.how.Read && m.transparent)
}

// openFile is gzopen and gzdopen: open finds the file, which is called name in the log.
func (c call) openFile(text string, name string, open func(mode) (hostfs.Stream, error)) (int32, error) {
	refused := func() error { return c.fail("[" + c.label() + "] Failed to open " + name) }
	m, valid := parseMode(text)
	if !valid || c.config.Files == nil || !c.take(fileMemory) {
		return 0, refused()
	}
	stream, err := open(m)
	if err != nil {
		c.taken -= fileMemory
		return 0, refused()
	}
	f := &gzFile{file: stream, transparent: m.transparent, level: m.level, strategy: m.strategy}
	if m.how.Write {
		f.out = newDeflater(m.level, methodDeflate, 15+16, 8, m.strategy)
		f.out.reset(&transfer{})
	} else {
		f.begin()
	}
	c.opened++
	c.files[c.opened] = f
	return int32(c.opened), nil
}

// begin notes where reading begins.
func (f *gzFile) begin() {
	start, err := f.file.Seek(0, io.SeekCurrent)
	if err != nil {
		start = -1
	}
	f.start = start
	f.fresh()
}

// fresh reads from the file's offset on.
func (f *gzFile) fresh() {
	f.raw = &counting{Reader: f.file}
	f.buffer = bufio.NewReaderSize(f.raw, piece/4)
	f.plain, f.at, f.failed, f.finished, f.returned, f.direct = nil, 0, nil, false, nil, false
}

// look finds out whether the file is compressed.
func (f *gzFile) look() {
	if f.plain != nil {
		return
	}
	magic, err := f.buffer.Peek(2)
	if err != nil && err != io.EOF {
		f.failed = err
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		f.plain, f.direct = f.buffer, len(magic) > 0
		return
	}
	r, err := gzip.NewReader(f.buffer)
	if err != nil {
		f.plain, f.failed = f.buffer, err
		return
	}
	f.plain = r
}

// read fills b as far as there is anything.
func (f *gzFile) read(b []byte, interrupted func() bool) (n int) {
	for n < len(b) && len(f.returned) > 0 {
		last := len(f.returned) - 1
		b[n], f.returned = f.returned[last], f.returned[:last]
		n++
	}
	for n < len(b) && f.failed == nil && !interrupted() {
		f.look()
		if f.failed != nil {
			break
		}
		k, err := f.plain.Read(b[n:min(len(b), n+piece)])
		n += k
		if errors.Is(err, gzip.ErrHeader) { // what follows is not looked at
			err = io.EOF
		}
		if err == io.EOF {
			f.finished = true
			break
		}
		f.failed = err
	}
	f.at += int64(n)
	return n
}

// write compresses b.
func (f *gzFile) write(b []byte, interrupted func() bool) int {
	n := 0
	for n < len(b) && f.failed == nil && !interrupted() {
		part := b[n:min(len(b), n+piece/4)]
		if f.transparent {
			_, f.failed = f.file.Write(part)
		} else {
			f.out.begin()
			f.out.write(part)
			f.empty()
		}
		n += len(part)
	}
	if f.failed != nil {
		return 0
	}
	f.at += int64(n)
	return n
}

// empty writes what is compressed.
func (f *gzFile) empty() {
	b := f.out.pending.Bytes()
	if len(b) > 0 && f.failed == nil {
		_, f.failed = f.file.Write(b)
	}
	f.out.pending.Reset()
}

// flush writes what there is. At its end, a file has a trailer; another member follows if more is written.
func (f *gzFile) flush(flush int32) {
	if f.transparent || flush == noFlush {
		return
	}
	f.out.begin()
	f.out.flushNow(flush)
	f.empty()
	if f.out.finished {
		f.out.reset(&transfer{})
	}
}

// close closes the file, with the trailer of what has been written.
func (f *gzFile) close() error {
	if f.out != nil && (f.out.begun || f.at == 0) {
		f.flush(finish)
	}
	err := f.failed
	if e := f.file.Close(); err == nil {
		err = e
	}
	return err
}

// seek moves to offset, from the start or from here, and returns where that is, or -1.
func (f *gzFile) seek(offset int64, from int32, interrupted func() bool) int64 {
	switch from {
	case io.SeekStart:
		offset -= f.at
	case io.SeekCurrent:
	default:
		return -1
	}
	if f.failed != nil || f.at+offset < 0 || offset < 0 && (f.out != nil || !f.rewind(&offset)) {
		return -1
	}
	buffer := make([]byte, piece/4)
	for offset > 0 && !interrupted() {
		part := buffer[:min(offset, int64(len(buffer)))]
		n := 0
		if f.out != nil {
			n = f.write(part, interrupted)
		} else {
			n = f.read(part, interrupted)
		}
		if n == 0 {
			break
		}
		offset -= int64(n)
	}
	if f.failed != nil {
		return -1
	}
	return f.at
}

// rewind goes back to the start, from which there are to offset more bytes to go.
func (f *gzFile) rewind(offset *int64) bool {
	if f.start < 0 {
		return false
	}
	at := f.at + *offset
	if _, err := f.file.Seek(f.start, io.SeekStart); err != nil {
		return false
	}
	f.fresh()
	*offset = at
	return true
}

// offset is where in the file what is read or written comes from or goes to.
func (f *gzFile) offset() int64 {
	if f.out != nil {
		at, err := f.file.Seek(0, io.SeekCurrent)
		if err != nil {
			return -1
		}
		return at
	}
	if f.start < 0 {
		return -1
	}
	return f.start + f.raw.n - int64(f.buffer.Buffered())
}

// onFile is a function of the file in argument n, which does f.
func onFile(n int, f func(call, *gzFile) (int32, error)) func(call) (int32, error) {
	return func(c call) (int32, error) {
		file := c.files[c.word(n)]
		if file == nil {
			return 0, c.fail("[" + c.label() + "] Invalid GZFile received.")
		}
		return f(c, file)
	}
}

// onReading is onFile for a file that is read; another one is an error, as what says.
func onReading(n int, wrong int32, f func(call, *gzFile) (int32, error)) func(call) (int32, error) {
	return onFile(n, func(c call, file *gzFile) (int32, error) {
		if file.out != nil {
			return wrong, nil
		}
		return f(c, file)
	})
}

// onWriting is onReading for a file that is written.
func onWriting(n int, wrong int32, f func(call, *gzFile) (int32, error)) func(call) (int32, error) {
	return onFile(n, func(c call, file *gzFile) (int32, error) {
		if file.out == nil {
			return wrong, nil
		}
		return f(c, file)
	})
}

// closeFile closes the file in the first argument.
func (c call) closeFile(f *gzFile) (int32, error) {
	delete(c.files, c.word(0))
	c.taken -= fileMemory
	cut := f.out == nil && errors.Is(f.failed, io.ErrUnexpectedEOF)
	switch err := f.close(); {
	case cut:
		return bufError, nil
	case err != nil:
		return errnoError, nil
	}
	return success, nil
}

// readInto reads into the n bytes at p, and returns how many there were, or -1.
func (c call) readInto(f *gzFile, p abi.Ptr, n uint64) (int32, error) {
	if n > 1<<32-1 {
		return 0, c.fail("[" + c.label() + "] Out-of-bounds buffer access.")
	}
	b, err := c.bytes(p, abi.Size(n))
	if err != nil {
		return 0, err
	}
	if n > 1<<31-1 {
		return -1, nil
	}
	if got := f.read(b, c.config.Guest.Interrupted); got > 0 || f.failed == nil {
		return int32(got), nil
	}
	return -1, nil
}

// writeFrom writes the n bytes at p, and returns how many were written, 0 for an error.
func (c call) writeFrom(f *gzFile, p abi.Ptr, n uint64) (int32, error) {
	if n > 1<<32-1 {
		return 0, c.fail("[" + c.label() + "] Out-of-bounds buffer access.")
	}
	b, err := c.bytes(p, abi.Size(n))
	if err != nil {
		return 0, err
	}
	return int32(f.write(b, c.config.Guest.Interrupted)), nil
}

// items is how many items of size bytes are whole in n bytes.
func items(n int32, size uint32) int32 {
	if n < 0 || size == 0 {
		return 0
	}
	return int32(uint32(n) / size)
}

// getc reads a byte, or returns -1.
func (c call) getc(f *gzFile) (int32, error) {
	var b [1]byte
	if f.read(b[:], c.config.Guest.Interrupted) == 0 {
		return -1, nil
	}
	return int32(b[0]), nil
}

// fileRows are the functions of files.
func fileRows() []row {
	getc := onReading(0, -1, (call).getc)
	return []row{
		{"gzopen", "path mode", func(c call) (int32, error) {
			path, inside := c.text(c.ptr(0))
			text, in := c.text(c.ptr(1))
			if !inside || !in {
				return 0, c.fail("[" + c.label() + "] Out-of-bounds path or mode string.")
			}
			return c.openFile(text, "path: "+path, func(m mode) (hostfs.Stream, error) {
				return c.config.Files().OpenFile(strings.TrimSuffix(path, "/"), m.how)
			})
		}},
		{"gzdopen", "fd mode", func(c call) (int32, error) {
			text, in := c.text(c.ptr(1))
			if !in {
				return 0, c.fail("[" + c.label() + "] Out-of-bounds mode string.")
			}
			return c.openFile(text, "file descriptor", func(mode) (hostfs.Stream, error) {
				return c.config.Files().Descriptor(c.word(0))
			})
		}},
		{"gzbuffer", "file size", onFile(0, func(c call, f *gzFile) (int32, error) {
			if f.plain != nil || f.out != nil && f.out.begun || int32(c.word(1)) < 0 {
				return -1, nil
			}
			return 0, nil
		})},
		{"gzsetparams", "file level strategy", onWriting(0, streamError, func(c call, f *gzFile) (int32, error) {
			level, strategy := c.number(1), c.number(2)
			if !validLevel(level, strategy) || f.failed != nil {
				return streamError, nil
			}
			if !f.transparent {
				f.flush(syncFlush)
				f.out.level, f.out.strategy = level, strategy
				f.out.renewWithin()
			}
			return success, nil
		})},
		{"gzread", "file buf len", onReading(0, -1, func(c call, f *gzFile) (int32, error) {
			return c.readInto(f, c.ptr(1), uint64(c.word(2)))
		})},
		{"gzfread", "buf size nitems file", onReading(3, 0, func(c call, f *gzFile) (int32, error) {
			n, err := c.readInto(f, c.ptr(0), uint64(c.word(1))*uint64(c.word(2)))
			return items(n, c.word(1)), err
		})},
		{"gzwrite", "file buf len", onWriting(0, 0, func(c call, f *gzFile) (int32, error) {
			return c.writeFrom(f, c.ptr(1), uint64(c.word(2)))
		})},
		{"gzfwrite", "buf size nitems file", onWriting(3, 0, func(c call, f *gzFile) (int32, error) {
			n, err := c.writeFrom(f, c.ptr(0), uint64(c.word(1))*uint64(c.word(2)))
			return items(n, c.word(1)), err
		})},
		{"gzputs", "file string", onWriting(0, -1, func(c call, f *gzFile) (int32, error) {
			text, in := c.text(c.ptr(1))
			if !in {
				return 0, c.fail("[" + c.label() + "] Out-of-bounds string.")
			}
			if n := f.write([]byte(text), c.config.Guest.Interrupted); n == len(text) {
				return int32(n), nil
			}
			return -1, nil
		})},
		{"gzputc", "file c", onWriting(0, -1, func(c call, f *gzFile) (int32, error) {
			if f.write([]byte{byte(c.word(1))}, c.config.Guest.Interrupted) != 1 {
				return -1, nil
			}
			return int32(byte(c.word(1))), nil
		})},
		{"gzgetc", "file", getc},
		{"gzgetc_", "file", getc},
		{"gzungetc", "c file", onReading(1, -1, func(c call, f *gzFile) (int32, error) {
			if c.number(0) < 0 || f.failed != nil || len(f.returned) >= piece {
				return -1, nil
			}
			f.returned = append(f.returned, byte(c.word(0)))
			f.at, f.finished = f.at-1, false
			return int32(byte(c.word(0))), nil
		})},
		{"gzflush", "file flush", onWriting(0, streamError, func(c call, f *gzFile) (int32, error) {
			flush := c.number(1)
			if flush < noFlush || flush > finish || f.failed != nil {
				return streamError, nil
			}
			if f.flush(flush); f.failed != nil {
				return errnoError, nil
			}
			return success, nil
		})},
		{"gzseek", "file offset whence", onFile(0, func(c call, f *gzFile) (int32, error) {
			return int32(f.seek(int64(c.number(1)), c.number(2), c.config.Guest.Interrupted)), nil
		})},
		{"gzrewind", "file", onReading(0, -1, func(_ call, f *gzFile) (int32, error) {
			offset := -f.at
			if !f.rewind(&offset) {
				return -1, nil
			}
			return 0, nil
		})},
		{"gztell", "file", onFile(0, func(_ call, f *gzFile) (int32, error) { return int32(f.at), nil })},
		{"gzoffset", "file", onFile(0, func(_ call, f *gzFile) (int32, error) { return int32(f.offset()), nil })},
		{"gzeof", "file", onReading(0, 0, func(_ call, f *gzFile) (int32, error) {
			if f.finished {
				return 1, nil
			}
			return 0, nil
		})},
		{"gzdirect", "file", onFile(0, func(_ call, f *gzFile) (int32, error) {
			if f.out == nil {
				f.look()
			}
			if f.direct || f.transparent {
				return 1, nil
			}
			return 0, nil
		})},
		{"gzclose", "file", onFile(0, (call).closeFile)},
		{"gzclose_r", "file", onReading(0, streamError, (call).closeFile)},
		{"gzclose_w", "file", onWriting(0, streamError, (call).closeFile)},
		{"gzclearerr", "file", onFile(0, func(_ call, f *gzFile) (int32, error) {
			f.failed, f.finished = nil, false
			return 0, nil
		})},
	}
}
