package zlib

import (
	"hash/crc32"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// The layout of a gz_header in the memory of a guest.
const (
	gzText       = 0
	gzTime       = 4
	gzXFlags     = 8
	gzOS         = 12
	gzExtra      = 16
	gzExtraLen   = 20
	gzExtraMax   = 24
	gzName       = 28
	gzNameMax    = 32
	gzComment    = 36
	gzCommentMax = 40
	gzHCRC       = 44
	gzDone       = 48
	gzSize       = 52
)

// What the flags of gzip's header say there is.
const (
	flagText    = 1
	flagHCRC    = 2
	flagExtra   = 4
	flagName    = 8
	flagComment = 16
	flagUnknown = 0xe0
)

// unix is the system that headers are made on, if nothing else is said.
const unix = 3

// maxField is how much of a field is held.
const maxField = 1 << 16

// gzHeader is the header of gzip. What is not there is nil.
type gzHeader struct {
	flags                byte
	time                 uint32
	xflags, os           byte
	extra, name, comment []byte
	done                 int32 // 1 when it is read, -1 when there is none
}

// headerWanted is where a guest wants to find the header that a stream reads.
type headerWanted struct {
	at     uint32
	header *gzHeader
}

// encoded is what gzip writes for h.
func (h *gzHeader) encoded(level int32) []byte {
	if h == nil {
		h = &gzHeader{os: unix}
	}
	effort := byte(0)
	switch {
	case level == 9:
		effort = 2
	case level >= 0 && level < 2:
		effort = 4
	}
	b := []byte{0x1f, 0x8b, methodDeflate, h.flags}
	b = append(little32(b, h.time), effort, h.os)
	if h.flags&flagExtra != 0 {
		b = append(b, byte(len(h.extra)), byte(len(h.extra)>>8))
		b = append(b, h.extra...)
	}
	if h.flags&flagName != 0 {
		b = append(append(b, h.name...), 0)
	}
	if h.flags&flagComment != 0 {
		b = append(append(b, h.comment...), 0)
	}
	if h.flags&flagHCRC != 0 {
		sum := crc32.ChecksumIEEE(b)
		b = append(b, byte(sum), byte(sum>>8))
	}
	return b
}

// none says that the data has no header of gzip.
func (h *gzHeader) none() {
	if h != nil {
		h.done = -1
	}
}

// readGzipHeader reads the header of gzip behind start.
func (i *inflater) readGzipHeader(start []byte) error {
	var h gzHeader
	sum := crc32.ChecksumIEEE(start)
	take := func(n int) ([]byte, error) {
		b, err := i.source.take(n)
		sum = crc32.Update(sum, crc32.IEEETable, b)
		return b, err
	}
	b, err := take(8)
	if err != nil {
		return err
	}
	if b[0] != methodDeflate || b[1]&flagUnknown != 0 {
		return errDamaged
	}
	h.flags, h.time, h.xflags, h.os = b[1], abi.Get32(b[2:]), b[6], b[7]
	if h.flags&flagExtra != 0 {
		n, err := take(2)
		if err == nil {
			h.extra, err = take(int(abi.Get16(n)))
		}
		if err != nil {
			return err
		}
	}
	if h.flags&flagName != 0 {
		if h.name, err = field(take); err != nil {
			return err
		}
	}
	if h.flags&flagComment != 0 {
		if h.comment, err = field(take); err != nil {
			return err
		}
	}
	if h.flags&flagHCRC != 0 {
		want := sum & 0xffff
		got, err := i.source.take(2)
		if err != nil {
			return err
		}
		if i.verify && uint32(abi.Get16(got)) != want {
			return errDamaged
		}
	}
	if i.header != nil {
		h.done = 1
		*i.header = h
	}
	return nil
}

// field is a field that ends with a zero, with it, or the start of one that is too long.
func field(take func(int) ([]byte, error)) ([]byte, error) {
	var text []byte
	for {
		b, err := take(1)
		if err != nil {
			return nil, err
		}
		if len(text) < maxField {
			text = append(text, b[0])
		}
		if b[0] == 0 {
			return text, nil
		}
	}
}

// getHeader has the header told, that the stream is to read, at the second argument.
func (c call) getHeader() (int32, error) {
	p, at := c.word(0), c.word(1)
	if c.has(p) {
		if i, is := c.streams[p].(*inflater); is && i.wrap >= gzipWrapped {
			i.header = new(gzHeader)
			c.headers[p] = headerWanted{at, i.header}
		}
	}
	code, err := c.onInflater(func(_ *transfer, i *inflater) int32 {
		if i.header == nil {
			return streamError
		}
		return success
	})
	if err != nil {
		delete(c.headers, p)
	}
	return code, err
}

// headerAt is the gz_header that is wanted of the stream at p, and what the guest has room for.
func (c call) headerAt(p uint32) (w headerWanted, place []byte, is bool) {
	w, is = c.headers[p]
	if !is {
		return w, nil, true
	}
	place, is = c.memory.Bytes(abi.Ptr(w.at), gzSize)
	return w, place, is
}

// checkHeader ends the guest if what it wants of a header is outside of its memory.
func (c call) checkHeader(p uint32) error {
	_, place, in := c.headerAt(p)
	if !in {
		return c.fail("[" + c.label() + "-SyncRun] Out-of-bounds gzip header.")
	}
	if place == nil {
		return nil
	}
	for _, at := range []int{gzExtra, gzName, gzComment} {
		most := at + 4
		if at == gzExtra {
			most = gzExtraMax
		}
		if _, ok := c.memory.Bytes(abi.Ptr(abi.Get32(place[at:])), abi.Size(abi.Get32(place[most:]))); !ok {
			return c.fail("[" + c.label() + "-SyncRun] Out-of-bounds gzip header buffer.")
		}
	}
	return nil
}

// tellHeader tells the guest the header of the stream at p once it is read.
func (c call) tellHeader(p uint32) {
	w, place, _ := c.headerAt(p)
	if place == nil || w.header.done == 0 {
		return
	}
	h := w.header
	abi.Put32(place[gzDone:], uint32(h.done))
	delete(c.headers, p)
	if h.done < 0 {
		return
	}
	abi.Put32(place[gzText:], uint32(h.flags&flagText))
	abi.Put32(place[gzTime:], h.time)
	abi.Put32(place[gzXFlags:], uint32(h.xflags))
	abi.Put32(place[gzOS:], uint32(h.os))
	abi.Put32(place[gzHCRC:], uint32(h.flags&flagHCRC)>>1)
	abi.Put32(place[gzExtraLen:], uint32(len(h.extra)))
	c.tellField(place[gzExtra:], place[gzExtraMax:], h.extra, h.flags&flagExtra != 0)
	c.tellField(place[gzName:], place[gzNameMax:], h.name, h.flags&flagName != 0)
	c.tellField(place[gzComment:], place[gzCommentMax:], h.comment, h.flags&flagComment != 0)
}

// tellField tells a field where its place says, as far as there is room, or that there is none.
func (c call) tellField(place, most, field []byte, there bool) {
	if !there {
		abi.Put32(place, 0)
		return
	}
	if to, in := c.memory.Bytes(abi.Ptr(abi.Get32(place)), abi.Size(abi.Get32(most))); in {
		copy(to, field)
	}
}

// setHeader has the stream write the header at the second argument.
func (c call) setHeader() (int32, error) {
	if !c.memory.Exists() {
		return 0, c.fail("Memory instance not found.")
	}
	outside := func(what string) error {
		return c.fail("[" + c.label() + "] Out-of-bounds gzip header" + what + ".")
	}
	place, in := c.memory.Bytes(c.ptr(1), gzSize)
	if !in {
		return 0, outside("")
	}
	h := &gzHeader{time: abi.Get32(place[gzTime:]), os: place[gzOS]}
	if n := abi.Get32(place[gzExtraLen:]); abi.Get32(place[gzExtra:]) != 0 {
		extra, in := c.memory.Bytes(abi.Ptr(abi.Get32(place[gzExtra:])), abi.Size(n))
		if !in {
			return 0, outside(" extra field")
		}
		h.extra = append(h.extra, extra[:n&0xffff]...)
		h.flags |= flagExtra
	}
	for _, f := range []struct {
		at   int
		what string
		flag byte
		to   *[]byte
	}{{gzName, " name field", flagName, &h.name}, {gzComment, " comment field", flagComment, &h.comment}} {
		p := abi.Get32(place[f.at:])
		if p == 0 {
			continue
		}
		text, in := c.text(abi.Ptr(p))
		if !in {
			return 0, outside(f.what)
		}
		*f.to = []byte(text)
		h.flags |= f.flag
	}
	if abi.Get32(place[gzText:]) != 0 {
		h.flags |= flagText
	}
	if abi.Get32(place[gzHCRC:]) != 0 {
		h.flags |= flagHCRC
	}
	return c.onDeflater(func(_ *transfer, d *deflater) int32 {
		if d.wrap != gzipWrapped {
			return streamError
		}
		d.header = h
		return success
	})
}
