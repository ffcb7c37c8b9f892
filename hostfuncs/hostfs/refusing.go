package hostfs

import "syscall"

// refusing is what a [File] is made of that lacks most of what files have: no operation
// is supported. It has no kind.
type refusing struct{}

func (refusing) Stat() (Stat, error)   { return Stat{}, syscall.ENOTSUP }
func (refusing) SetTimes(Times) error  { return syscall.ENOTSUP }
func (refusing) Flags() (Flags, error) { return 0, nil }
func (refusing) Close() error          { return nil }

func (refusing) SetFlags(f Flags) error {
	if f != 0 {
		return syscall.ENOTSUP
	}
	return nil
}

func (refusing) Read([]byte) (int, error)           { return 0, syscall.EBADF }
func (refusing) Write([]byte) (int, error)          { return 0, syscall.EBADF }
func (refusing) ReadAt([]byte, int64) (int, error)  { return 0, syscall.ESPIPE }
func (refusing) WriteAt([]byte, int64) (int, error) { return 0, syscall.ESPIPE }

func (refusing) TryNow(bool, *Vector) (int, error) { return 0, syscall.ENOTSUP }

func (refusing) Seek(int64, int) (int64, error)      { return 0, syscall.ESPIPE }
func (refusing) Truncate(int64) error                { return syscall.EINVAL }
func (refusing) Sync() error                         { return syscall.EINVAL }
func (refusing) Datasync() error                     { return syscall.EINVAL }
func (refusing) Advise(int64, int64, Advice) error   { return syscall.ESPIPE }
func (refusing) Allocate(offset, length int64) error { return syscall.ESPIPE }

func (refusing) Descriptor() int  { return -1 }
func (refusing) Readable() uint64 { return 1 }
func (refusing) Writable() uint64 { return 1 }
func (refusing) Terminal() bool   { return false }
