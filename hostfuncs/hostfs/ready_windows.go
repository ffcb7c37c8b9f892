package hostfs

// Descriptor implements [File]: only sockets can be waited for, which are no files.
func (f handle) Descriptor() int { return -1 }

// Readable implements [File].
func (f handle) Readable() uint64 { return 1 }

// Writable implements [File].
func (f handle) Writable() uint64 { return 1 }
