package logging_test

import (
	"bytes"
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
)

// FuzzLog makes calls with arguments of any kind: each writes one line to one place, or ends the guest,
// and what is written has the text that memory has, and no more.
func FuzzLog(f *testing.F) {
	f.Add("hello", uint32(2), uint32(0), uint32(0), uint32(0), uint32(5))
	f.Add("stdouthello", uint32(0), uint32(0), uint32(6), uint32(6), uint32(5))
	f.Add("stderrhello", uint32(5), uint32(0), uint32(6), uint32(6), uint32(5))
	f.Add("a.log\x00\n", uint32(3), uint32(0), uint32(5), uint32(5), uint32(2))
	f.Add("secret", uint32(2), uint32(0), uint32(6), uint32(0), uint32(0))
	f.Add("x", uint32(6), uint32(0), uint32(0), uint32(0), uint32(1))
	f.Add("x", uint32(1<<31), uint32(1<<32-1), uint32(1<<32-1), uint32(0), uint32(0))
	f.Add("", uint32(2), uint32(0), uint32(0), uint32(0), uint32(0))
	f.Fuzz(func(t *testing.T, text string, level, context, contextLen, message, messageLen uint32) {
		g := newGuest(t)
		defer g.host.Close()
		for range 2 { // the file named last stays open
			err := g.call(text, uint64(level), uint64(context), uint64(contextLen), uint64(message), uint64(messageLen))
			if err != nil && err != error(fault.HostFuncError) {
				t.Fatal(err)
			}
			if err != nil {
				if g.written() > 0 {
					t.Fatalf("a line is written by a call that ends the guest: %q", g.out.String())
				}
				return
			}
		}
		wrote := text[message:][:messageLen]
		if n := g.written(); n > 2*(len(wrote)+64) {
			t.Errorf("%d bytes are written of %d", n, len(wrote))
		}
		if end := []byte("] " + wrote + "\n"); !bytes.HasSuffix(g.last(text[context:][:contextLen]), end) {
			t.Errorf("%q does not end in %q", g.last(text[context:][:contextLen]), end)
		}
		if g.told.Len() > 0 {
			t.Errorf("told %q of a call that is right", g.told.String())
		}
	})
}

// written is how much has been written anywhere.
func (g *guest) written() int {
	n := g.out.Len() + g.err.Len()
	for _, b := range g.files.text {
		n += b.Len()
	}
	return n
}

// last is what has been written for context.
func (g *guest) last(context string) []byte {
	switch context {
	case "", "stdout":
		return g.out.Bytes()
	case "stderr":
		return g.err.Bytes()
	}
	return g.files.text[context].Bytes()
}
