package prepare

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/machine"
	"github.com/wazedge/wazedge/internal/sniff"
)

// maxModule bounds the size of a module in bytes. It is that of other runtimes;
// every offset within fits 32 bits, as the format has it.
const maxModule = 1 << 30

// magic is what a module in the binary format begins with.
const magic = "\x00asm"

// source is what a file has of a module.
type source struct {
	bytes []byte
	text  bool   // in the text format
	lines int    // in front of it, which are not in bytes
	path  string // as WasmEdge prints it: absolute, but not cleaned
}

// readModule reads the file path as readSource does, and turns text into the binary
// format.
func readModule(path string, streams bool) (b []byte, abs string, err error) {
	s, err := readSource(path, streams)
	if err == nil && s.text {
		s.bytes, err = s.assemble()
	}
	return s.bytes, s.path, err
}

// readSource reads the file path, which, with streams, may be a pipe, or "-" for standard
// input, and begin with a line for the system's loader ([sniff.ScriptLine]).
func readSource(path string, streams bool) (source, error) {
	f, info, err := openFile(path, streams)
	if err != nil {
		return source{path: absolute(path)}, &fault.Error{Code: fault.IllegalPath, Offset: -1, Err: err}
	}
	if f == os.Stdin {
		s, err := readOpened(f, -1, path, true)
		s.path = path
		return s, err
	}
	defer f.Close()
	size := int64(-1)
	if info.Mode().IsRegular() {
		size = info.Size()
	}
	return readOpened(f, size, path, streams)
}

// readOpened reads f, the file path, of size bytes, or a stream when size is negative. Of
// a file that does not begin as a module does, it reads no more than the loader needs to
// say so, unless it is text: by its name, ".wat", or, with scripts, by its contents.
func readOpened(f io.Reader, size int64, path string, scripts bool) (source, error) {
	s := source{path: absolute(path)}
	head := make([]byte, 8)
	n, err := io.ReadFull(f, head)
	s.bytes = head[:n]
	binary := strings.HasPrefix(string(s.bytes), magic)
	script := scripts && sniff.ScriptLine(s.bytes) > 0
	typed := scripts && path == stdinPath && mayBeText(s.bytes)
	switch {
	case !binary && (isText(path) || script || typed):
	case !binary || errors.Is(err, io.ErrUnexpectedEOF):
		return s, nil
	}
	if err == nil || !binary {
		s.bytes, err = readRest(f, s.bytes, size)
	}
	if err != nil {
		return source{path: s.path}, &fault.Error{Code: fault.ReadError, Offset: -1, Err: err}
	}
	if script {
		s.bytes, s.lines = s.bytes[sniff.ScriptLine(s.bytes):], 1
		binary = strings.HasPrefix(string(s.bytes), magic)
	}
	s.text = !binary && (isText(path) || typed || mayBeText(s.bytes))
	return s, nil
}

// stdinPath stands for standard input.
const stdinPath = "-"

// mayBeText reports whether b is the beginning of a module in the text format: of an
// expression or a comment.
func mayBeText(b []byte) bool {
	rest := strings.TrimLeft(string(b), " \t\r\n")
	return strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, ";;") || rest == "" && len(b) > 0
}

// scriptLine is the length of the line in front of the module in f, 0 if there is none.
func scriptLine(f io.ReaderAt) int64 {
	line := make([]byte, sniff.MaxScriptLine)
	n, _ := f.ReadAt(line[:2], 0)
	if sniff.ScriptLine(line[:n]) > 0 {
		n, _ = f.ReadAt(line, 0)
	}
	return int64(sniff.ScriptLine(line[:n]))
}

// errNoFile is why a path is none of a module.
var errNoFile = errors.New("not a regular file")

// openFile opens a regular file, or with streams a pipe or standard input. As in WasmEdge, nothing
// else is a module's path; it is not even opened, which might wait or do something.
func openFile(path string, streams bool) (*os.File, os.FileInfo, error) {
	if streams && path == stdinPath {
		return os.Stdin, nil, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() && !(streams && info.Mode().Type() == os.ModeNamedPipe) {
		return nil, nil, errNoFile
	}
	f, err := machine.Open(path, info.Mode())
	return f, info, err
}

// absolute is path behind the working directory, unless it is absolute, not
// cleaned: as WasmEdge prints it.
func absolute(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	wd, err := os.Getwd()
	if err != nil {
		return path // opening it tells more
	}
	return wd + string(filepath.Separator) + path
}

// errTooLarge is the reason for refusing a module beyond maxModule.
var errTooLarge = fmt.Errorf("module is larger than %d bytes", maxModule)

// readRest reads what follows head in r, which has size bytes in all, or is a
// stream when size is negative. It never holds more than twice the bytes read.
func readRest(r io.Reader, head []byte, size int64) ([]byte, error) {
	if size > maxModule {
		return nil, errTooLarge
	}
	if size >= int64(len(head)) {
		b := make([]byte, size)
		machine.PreferLargePages(b)
		n, err := readInto(r, b, copy(b, head))
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			err = nil // it has shrunk since; the loader will see what is missing
		}
		return b[:n], err
	}
	return readStream(r, head)
}

// halved is the size in bytes from which a file is read by two goroutines: to copy what
// the system has of it takes longer than to start them.
const halved = 8 << 20

// readInto reads b, of which the first n bytes have been read, from r, and gives how many
// bytes have been read in all.
func readInto(r io.Reader, b []byte, n int) (int, error) {
	half := len(b)
	var behind chan error // how the second half has been read
	var more int
	if at, ok := r.(io.ReaderAt); ok && len(b) >= halved {
		half, behind = len(b)/2, make(chan error)
		go func() {
			var err error
			more, err = at.ReadAt(b[half:], int64(half))
			behind <- err
		}()
	}
	m, err := io.ReadFull(r, b[n:half])
	n += m
	if behind == nil {
		return n, err
	}
	if late := <-behind; err == nil {
		return n + more, late
	}
	return n, err
}

// readStream reads r to its end in pieces and joins them once.
func readStream(r io.Reader, head []byte) ([]byte, error) {
	pieces := [][]byte{head}
	total := len(head)
	for size := 64 << 10; ; size = min(2*size, 16<<20) {
		piece := make([]byte, size)
		n, err := io.ReadFull(r, piece)
		pieces = append(pieces, piece[:n])
		if total += n; total > maxModule {
			return nil, errTooLarge
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	b := make([]byte, 0, total)
	for _, p := range pieces {
		b = append(b, p...)
	}
	return b, nil
}

// inFile adds the name of the file, if there is one, to a loading error.
func inFile(err error, abs string) error {
	if e, ok := errors.AsType[*fault.Error](err); ok && abs != "" && e.Code.Phase() == fault.IllegalPath.Phase() {
		return e.With(fault.FileName(abs))
	}
	return err
}
