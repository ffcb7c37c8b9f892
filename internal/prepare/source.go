package prepare

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/wazedge/wazedge/internal/fault"
)

// maxModule bounds the size of a module in bytes. It is that of other runtimes;
// every offset within fits 32 bits, as the format has it.
const maxModule = 1 << 30

// magic is what a module in the binary format begins with.
const magic = "\x00asm"

// readModule reads the file path as readSource does, and turns text into the binary
// format.
func readModule(path string, streams bool) (b []byte, abs string, err error) {
	b, text, abs, err := readSource(path, streams)
	if err == nil && text {
		b, err = assemble(b)
	}
	return b, abs, err
}

// readSource reads the file path. It returns the path as WasmEdge prints it:
// absolute, but not cleaned. Of a file that does not begin as a module does, it
// reads no more than the loader needs to say so, unless it is named ".wat": that is
// text.
func readSource(path string, streams bool) (b []byte, text bool, abs string, err error) {
	abs = absolute(path)
	f, info, err := openFile(path, streams)
	if err != nil {
		return nil, false, abs, &fault.Error{Code: fault.IllegalPath, Offset: -1, Err: err}
	}
	defer f.Close()

	size := int64(-1)
	if info.Mode().IsRegular() {
		size = info.Size()
	}
	head := make([]byte, 8)
	n, err := io.ReadFull(f, head)
	if isText(path) && !strings.HasPrefix(string(head[:n]), magic) {
		if b, err = readRest(f, head[:n], size); err != nil {
			return nil, false, abs, &fault.Error{Code: fault.ReadError, Offset: -1, Err: err}
		}
		return b, true, abs, nil
	}
	if n < len(magic) || !strings.HasPrefix(string(head[:n]), magic) || errors.Is(err, io.ErrUnexpectedEOF) {
		return head[:n], false, abs, nil
	}
	if err == nil {
		b, err = readRest(f, head, size)
	}
	if err != nil {
		return nil, false, abs, &fault.Error{Code: fault.ReadError, Offset: -1, Err: err}
	}
	return b, false, abs, nil
}

// errNoFile is why a path is none of a module.
var errNoFile = errors.New("not a regular file")

// openFile opens a regular file, or with streams a pipe. As in WasmEdge, nothing
// else is a module's path; it is not even opened, which might wait or do something.
func openFile(path string, streams bool) (*os.File, os.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() && !(streams && info.Mode().Type() == os.ModeNamedPipe) {
		return nil, nil, errNoFile
	}
	f, err := os.Open(path)
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
		n, err := io.ReadFull(r, b[copy(b, head):])
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			err = nil // it has shrunk since; the loader will see what is missing
		}
		return b[:len(head)+n], err
	}
	return readStream(r, head)
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
