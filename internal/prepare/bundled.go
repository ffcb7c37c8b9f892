package prepare

import (
	"io"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/fault"
)

// Bundled is a module that lies within a file: it is read in the place of the file Name.
type Bundled struct {
	Name   string            // absolute, of the whole file
	Module *io.SectionReader // with the code that it brings along; open as long as it is used
	Trust  *cache.Keyring    // whose code that is
}

// bundled is the module that is read in the place of the file path, or nil.
func (o *Options) bundled(path string) *Bundled {
	if o.Bundled == nil || o.Bundled.Name != path {
		return nil
	}
	return o.Bundled
}

// source is [readSource], or the module that is bundled.
func (o *Options) source(path string) (source, error) {
	in := o.bundled(path)
	if in == nil {
		return readSource(path, o.Streams)
	}
	s := source{path: path, bytes: make([]byte, in.Module.Size())}
	if _, err := in.Module.ReadAt(s.bytes, 0); err != nil && err != io.EOF {
		return source{path: path}, &fault.Error{Code: fault.ReadError, Offset: -1, Err: err}
	}
	return s, nil
}

// again is [readAgain], or the module that is bundled.
func (o *Options) again(path string) (source, error) {
	if o.bundled(path) != nil {
		return o.source(path)
	}
	return readAgain(path)
}

// open is [openModule], or the module that is bundled.
func (o *Options) open(path string) (io.Closer, *io.SectionReader) {
	if in := o.bundled(path); in != nil {
		return io.NopCloser(in.Module), in.Module
	}
	least := int64(minCached)
	if o.optimizesBehind() {
		least = 0
	}
	if f, module := openModule(path, o.Streams, least); f != nil {
		return f, module
	}
	return nil, nil
}

// trust is whose code is executed of that which the file path brings along.
func (o *Options) trust(path string) *cache.Keyring {
	if in := o.bundled(path); in != nil {
		return in.Trust
	}
	return o.Trust
}
