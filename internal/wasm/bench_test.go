package wasm_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

// goModule is a large module: a Go program, built for wasip1 when asked for.
func goModule(b *testing.B) []byte {
	b.Helper()
	out := filepath.Join(b.TempDir(), "guest.wasm")
	if _, err := exec.LookPath("go"); err != nil {
		b.Skip("no go command here: ", err)
	}
	cmd := exec.Command("go", "build", "-o", out, ".")
	cmd.Dir = filepath.Join("..", "..", "testdata", "guests", "gofiles")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if msg, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("cannot build a Go guest: %v\n%s", err, msg)
	}
	bin, err := os.ReadFile(out)
	if err != nil {
		b.Fatal(err)
	}
	return bin
}

// BenchmarkDecode reads all sections, and no body.
func BenchmarkDecode(b *testing.B) {
	bin := goModule(b)
	b.SetBytes(int64(len(bin)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wasm.Decode(bin, wasm.Wasm3); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadBodies streams every instruction of all bodies.
func BenchmarkReadBodies(b *testing.B) {
	m, err := wasm.Decode(goModule(b), wasm.Wasm3)
	if err != nil {
		b.Fatal(err)
	}
	code := 0
	for _, body := range m.Bodies {
		code += len(body.Code)
	}
	b.SetBytes(int64(code))
	b.ReportAllocs()
	var r wasm.Reader
	var in wasm.Instr
	var runs []wasm.LocalRun
	for b.Loop() {
		for i := range m.Bodies {
			if runs, err = m.OpenBody(i, &r, wasm.Wasm3, runs[:0]); err != nil {
				b.Fatal(err)
			}
			for r.More() {
				if err := r.Next(&in); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	bin := goModule(b)
	m, err := wasm.Decode(bin, wasm.Wasm3)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(bin)))
	b.ReportAllocs()
	for b.Loop() {
		wasm.Encode(m)
	}
}

// BenchmarkAppendInstr writes the instructions of all bodies.
func BenchmarkAppendInstr(b *testing.B) {
	m, err := wasm.Decode(goModule(b), wasm.Wasm3)
	if err != nil {
		b.Fatal(err)
	}
	var instrs []wasm.Instr
	var r wasm.Reader
	for i := range min(len(m.Bodies), 200) {
		if _, err := m.OpenBody(i, &r, wasm.Wasm3, nil); err != nil {
			b.Fatal(err)
		}
		for r.More() {
			var in wasm.Instr
			if err := r.Next(&in); err != nil {
				b.Fatal(err)
			}
			in.Labels = append([]uint32(nil), in.Labels...)
			instrs = append(instrs, in)
		}
	}
	var out []byte
	for b.Loop() {
		out = out[:0]
		for i := range instrs {
			out = wasm.AppendInstr(out, &instrs[i])
		}
		b.SetBytes(int64(len(out)))
	}
}
