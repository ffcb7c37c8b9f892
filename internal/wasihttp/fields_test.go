package wasihttp

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
)

// FuzzFields states that whatever a component puts into fields, what they take is counted to
// the byte, names compare without case, and what is let through is what net/http sends.
func FuzzFields(f *testing.F) {
	f.Add("Content-Type", []byte("text/plain"), "content-type", []byte("a"))
	f.Add("a b", []byte("1"), "", []byte("\r\n"))
	f.Add("x", []byte("a\x00b"), "X", []byte("\xff\xfe"))
	f.Add("Transfer-Encoding", []byte("chunked"), "\u017f", []byte("\t"))
	f.Fuzz(func(t *testing.T, name1 string, value1 []byte, name2 string, value2 []byte) {
		s := NewState(nil)
		fs := (&fields{state: s}).own()
		kept := http.Header{}
		for _, x := range []field{{name1, string(value1)}, {name2, string(value2)}} {
			if fs.refused(x.name, x.value) >= 0 {
				continue
			}
			if fs.add(x.name, x.value) == nil {
				name := http.CanonicalHeaderKey(x.name)
				kept[name] = append(kept[name], x.value)
			}
		}
		size := 0
		for _, x := range fs.list {
			size += len(x.name) + len(x.value) + overhead
		}
		if size != fs.size || int64(size) != s.taken.Load() {
			t.Fatalf("%d bytes, of which %d and %d are counted", size, fs.size, s.taken.Load())
		}
		h := http.Header{}
		fs.addTo(h)
		var sent, want bytes.Buffer
		if h.Write(&sent) != nil || kept.Write(&want) != nil || sent.String() != want.String() {
			t.Fatalf("%q is sent, not %q", sent.String(), want.String())
		}
		// As one field is one line, nothing of a value becomes a field of its own.
		if n := bytes.Count(sent.Bytes(), []byte("\r\n")); n != len(fs.list) {
			t.Fatalf("%d lines for %d fields", n, len(fs.list))
		}
		fs.remove(name1)
		if len(fs.values(name1)) > 0 {
			t.Fatalf("%q is still there", name1)
		}
		fs.Close()
		if n := s.taken.Load(); n != 0 {
			t.Fatalf("%d bytes are counted when nothing is left", n)
		}
	})
}

// FuzzBody states that a body comes through a pipe as it was written, in whatever pieces,
// within its bounds, and that more or less than was declared is an error.
func FuzzBody(f *testing.F) {
	f.Add([]byte("abc"), uint16(2), int64(-1))
	f.Add([]byte("abc"), uint16(1), int64(2))
	f.Add([]byte(""), uint16(7), int64(1))
	f.Fuzz(func(t *testing.T, b []byte, piece uint16, declared int64) {
		s := NewState(nil)
		p := &pipe{state: s, declared: declared, tooLarge: ResponseBodySize}
		var got []byte
		var failed error
		for rest := b; len(rest) > 0 && failed == nil; {
			n, err := p.Room()
			if err != nil || n == 0 {
				t.Fatalf("room for %d, %v", n, err)
			}
			chunk := rest[:min(int(piece)+1, len(rest), int(n))]
			if failed = p.Write(chunk); failed != nil {
				break
			}
			rest = rest[len(chunk):]
			out, more, err := p.take()
			if err != nil || more != nil {
				t.Fatalf("what is written is not there: %v", err)
			}
			got = append(got, out...)
			p.back(out)
		}
		if failed == nil {
			failed = p.finish(nil)
		}
		if fits := declared < 0 || int64(len(b)) == declared; (failed == nil) != fits {
			t.Fatalf("%d bytes where %d are declared: %v", len(b), declared, failed)
		}
		if failed == nil && !bytes.Equal(got, b) {
			t.Fatalf("%q, not %q", got, b)
		}
		p.close()
		if n := s.taken.Load(); n != 0 {
			t.Fatalf("%d bytes are counted when nothing is left", n)
		}
	})
}

// TestErrorCodesHaveStatuses states that each error-code is told to clients as an error.
func TestErrorCodesHaveStatuses(t *testing.T) {
	for n := range codes {
		e := &Error{Code: Code(n)}
		w := httptest.NewRecorder()
		w.WriteHeader(e.Status())
		if w.Code < 400 || e.Error() == "" {
			t.Errorf("%s: %d", e.Error(), w.Code)
		}
		if v := e.value(); (len(v.List) == 1) != (codes[n].payload != "") {
			t.Errorf("%s has the payload %v", e.Error(), v.List)
		}
	}
}
