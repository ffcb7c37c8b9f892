package bundle

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/wazedge/wazedge/internal/blake3"
)

// Header is what a bundle says of itself.
type Header struct {
	Name    string   `json:"name"`    // of the module's file
	Target  string   `json:"target"`  // GOOS/GOARCH of the runtime
	Options []string `json:"options"` // as words of a command line, each with its value
}

// The trailer: the magic, where the header begins, and how long it is, then its BLAKE3.
const (
	magic       = "\x00wazedge bundle\x01"
	trailerSize = len(magic) + 8 + 8 + 32
	maxHeader   = 16 << 20
)

// ErrNone is the error for a file that is no bundle.
var ErrNone = errors.New("not a bundle of wazedge")

// errDamaged is the error for a bundle that has been cut or changed.
var errDamaged = errors.New("the bundle is damaged: make it anew")

// Bundle is one that has been opened.
type Bundle struct {
	Header
	Module *io.SectionReader // the module, or the universal module
	file   *os.File
}

// Write writes the bundle of runtime, the file of a program that can be one, for target
// (GOOS/GOARCH), of the header and the module.
func Write(w io.Writer, runtime []byte, h Header, module []byte) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(h.Target, "darwin/") {
		var ok bool
		if runtime, ok = mark(runtime); !ok {
			return errors.New("the runtime is no program of wazedge that can carry a module")
		}
	}
	if _, err := open(strings.NewReader(string(runtime)), int64(len(runtime))); !errors.Is(err, ErrNone) {
		return errors.New("the runtime is a bundle itself")
	}
	trailer := append([]byte(magic), make([]byte, 16)...)
	binary.LittleEndian.PutUint64(trailer[len(magic):], uint64(len(runtime)))
	binary.LittleEndian.PutUint64(trailer[len(magic)+8:], uint64(len(text)))
	digest := blake3.Sum256(text)
	for _, part := range [][]byte{runtime, text, module, append(trailer, digest[:]...)} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// Self opens the bundle that this program is. The error is [ErrNone] where it is none.
func Self() (*Bundle, error) {
	f, err := self()
	if err != nil {
		return nil, err
	}
	b, err := openFile(f)
	if errors.Is(err, ErrNone) && !looks {
		return nil, errDamaged // it is marked as one
	}
	return b, err
}

// Open opens the bundle in the file path. The error is [ErrNone] where it is none.
func Open(path string) (*Bundle, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return openFile(f)
}

func openFile(f *os.File) (*Bundle, error) {
	info, err := f.Stat()
	var b *Bundle
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = ErrNone
	default:
		b, err = open(f, info.Size())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	b.file = f
	return b, nil
}

// open reads the bundle in a file of size bytes.
func open(f io.ReaderAt, size int64) (*Bundle, error) {
	end := size - int64(trailerSize)
	trailer := make([]byte, trailerSize)
	if end < 0 {
		return nil, ErrNone
	}
	if _, err := f.ReadAt(trailer, end); err != nil {
		return nil, err
	}
	if string(trailer[:len(magic)]) != magic {
		return nil, ErrNone
	}
	at := binary.LittleEndian.Uint64(trailer[len(magic):])
	length := binary.LittleEndian.Uint64(trailer[len(magic)+8:])
	if at > uint64(end) || length > uint64(end)-at || length > maxHeader {
		return nil, errDamaged
	}
	text := make([]byte, length)
	if _, err := f.ReadAt(text, int64(at)); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	b := &Bundle{Module: io.NewSectionReader(f, int64(at+length), end-int64(at+length))}
	if digest := blake3.Sum256(text); string(digest[:]) != string(trailer[trailerSize-32:]) || json.Unmarshal(text, &b.Header) != nil {
		return nil, errDamaged
	}
	return b, nil
}

// Close closes the file. What has been read of it stays.
func (b *Bundle) Close() error { return b.file.Close() }

// Key is the key that seals the code in a bundle with the header h. It is no secret.
func (h *Header) Key() [32]byte {
	text, _ := json.Marshal(h) // texts only
	return blake3.DeriveKey("wazedge 2026 seal of the code in a bundle", text)
}
