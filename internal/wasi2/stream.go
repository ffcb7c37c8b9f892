package wasi2

import (
	"errors"
	"io"
	"syscall"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
)

// fileInput reads a file at its own offset: a standard stream.
type fileInput struct {
	host *Host
	file hostfs.File // nil for one that is closed
}

func (f *fileInput) Read(n uint64) ([]byte, error) {
	if f.file == nil {
		return nil, ErrClosed
	}
	v := hostfs.NewVector()
	defer v.Free()
	b := make([]byte, n)
	v.Bufs = append(v.Bufs, b)
	got, err := f.file.TryNow(false, v)
	if errors.Is(err, syscall.ENOTSUP) {
		file := f.file
		err = f.host.guest.Patiently(func() (err error) {
			got, err = file.Read(b)
			return err
		})
	}
	if errors.Is(err, abi.ErrInterrupted) {
		return nil, err // and got is not ours yet
	}
	return readResult(b, got, err)
}

// readResult is what a read of b has given: nothing without an error is the end.
func readResult(b []byte, n int, err error) ([]byte, error) {
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return nil, nil
	case err != nil:
		return nil, err
	case n == 0 && len(b) > 0:
		return nil, io.EOF
	}
	return b[:n], nil
}

func (f *fileInput) Pollable() *Pollable {
	if f.file == nil {
		return &Pollable{}
	}
	return &Pollable{descriptor: f.file.Descriptor}
}

// fileOutput writes a file at its own offset: a standard stream.
type fileOutput struct {
	host   *Host
	file   hostfs.File // nil for one that is closed
	stream uint8       // its number
}

func (f *fileOutput) Room() (uint64, error) {
	if f.file == nil {
		return 0, ErrClosed
	}
	return maxRead, nil
}

func (f *fileOutput) Write(b []byte) error {
	if f.file == nil {
		return ErrClosed
	}
	h := f.host
	if most := h.config.MaxOutput; most > 0 && uint64(len(b)) > most-min(h.output, most) {
		return &overOutput{h.config.OverOutput}
	}
	h.output += uint64(len(b))
	b = append([]byte(nil), b...) // a write that waits must not see the component's memory change
	file := f.file
	return h.guest.Patiently(func() error {
		for len(b) > 0 {
			n, err := file.Write(b)
			if r := h.config.Record; r != nil && n > 0 {
				r.Say(b[:n], f.stream)
			}
			if err != nil && !errors.Is(err, syscall.EINTR) {
				return err
			}
			b = b[n:]
		}
		return nil
	})
}

func (f *fileOutput) Flush() error {
	if f.file == nil {
		return ErrClosed
	}
	return nil
}

func (f *fileOutput) Pollable() *Pollable {
	if f.file == nil {
		return &Pollable{}
	}
	return &Pollable{descriptor: f.file.Descriptor, direction: hostnet.ToWrite}
}

// offsetStream reads or writes a file from an offset of its own on, or at its end.
type offsetStream struct {
	file   *openFile
	offset int64
	append bool
}

func (s *offsetStream) Read(n uint64) ([]byte, error) {
	b := make([]byte, n)
	got, err := s.file.ReadAt(b, s.offset)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	s.offset += int64(got)
	return readResult(b, got, err)
}

func (s *offsetStream) Room() (uint64, error) { return maxRead, nil }

func (s *offsetStream) Write(b []byte) error {
	for len(b) > 0 {
		if s.append {
			st, err := s.file.Stat()
			if err != nil {
				return err
			}
			s.offset = int64(st.Size)
		}
		n, err := s.file.WriteAt(b, s.offset)
		if err != nil {
			return err
		}
		s.offset += int64(n)
		b = b[n:]
	}
	return nil
}

func (s *offsetStream) Close()              { s.file.release() }
func (s *offsetStream) Flush() error        { return nil }
func (s *offsetStream) Pollable() *Pollable { return &Pollable{} }
