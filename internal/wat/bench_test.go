package wat

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

// guest is a program of some size, as module and as text.
func guest(b *testing.B) (*wasm.Module, []byte) {
	b.Helper()
	bin, err := os.ReadFile("../../testdata/guests/files_rust.wasm")
	if err != nil {
		b.Fatal(err)
	}
	m, err := wasm.Decode(bin, everything)
	if err != nil {
		b.Fatal(err)
	}
	var text bytes.Buffer
	if err := Print(&text, m); err != nil {
		b.Fatal(err)
	}
	return m, text.Bytes()
}

func BenchmarkParse(b *testing.B) {
	_, text := guest(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPrint(b *testing.B) {
	m, text := guest(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := Print(io.Discard, m); err != nil {
			b.Fatal(err)
		}
	}
}
