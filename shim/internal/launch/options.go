//go:build linux

package launch

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// maxOptions is how many bytes of options are read.
const maxOptions = 1 << 20

// plain reports whether the options that containerd sends are none, or none that decide how a shim is
// started, which only runc's do (ShimCgroup). If not, the file is as if nobody had read it.
func plain(file *os.File) bool {
	sent, err := io.ReadAll(io.LimitReader(file, maxOptions))
	if err != nil || len(sent) == 0 || !bytes.Contains(typeOf(sent), []byte("runc")) {
		return err == nil
	}
	again, err := unix.MemfdCreate("options", unix.MFD_CLOEXEC)
	if err != nil {
		return false
	}
	defer unix.Close(again)
	if _, err := unix.Write(again, sent); err == nil {
		if _, err = unix.Seek(again, 0, io.SeekStart); err == nil {
			_ = unix.Dup2(again, int(file.Fd()))
		}
	}
	return false
}

// typeOf is the name of the type of a message of the type google.protobuf.Any, if it
// has anything in it: its first field, if there is a second.
func typeOf(any []byte) []byte {
	const first, second = 1<<3 | 2, 2<<3 | 2 // tags of fields that have a length
	if len(any) == 0 || any[0] != first {
		return nil
	}
	n, size := binary.Uvarint(any[1:])
	if size <= 0 || n > uint64(len(any)-1-size) {
		return nil
	}
	name, rest := any[1+size:][:n], any[1+size:][n:]
	if len(rest) == 0 || rest[0] != second {
		return nil
	}
	return name
}
