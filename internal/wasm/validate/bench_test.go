package validate_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
)

// goModule is a module that Go's compiler made of the command gofmt.
func goModule(b *testing.B) *wasm.Module {
	out := filepath.Join(b.TempDir(), "gofmt.wasm")
	if _, err := exec.LookPath("go"); err != nil {
		b.Skip("no go command here: ", err)
	}
	cmd := exec.Command("go", "build", "-o", out, "cmd/gofmt")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if msg, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("cannot build a Go guest: %v\n%s", err, msg)
	}
	bin, err := os.ReadFile(out)
	if err != nil {
		b.Fatal(err)
	}
	m, err := wasm.Decode(bin, wasm.Wasm3)
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// BenchmarkModule measures bytes of code per second.
func BenchmarkModule(b *testing.B) {
	m := goModule(b)
	var size int64
	for i := range m.Bodies {
		size += int64(len(m.Bodies[i].Code))
	}
	for _, workers := range []int{1, 2} {
		b.Run("workers="+strconv.Itoa(workers), func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := validate.Module(m, wasm.Wasm3, validate.Options{Workers: workers}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkReader measures reading alone, which bounds what BenchmarkModule can
// reach.
func BenchmarkReader(b *testing.B) {
	m := goModule(b)
	var size int64
	for i := range m.Bodies {
		size += int64(len(m.Bodies[i].Code))
	}
	b.SetBytes(size)
	var r wasm.Reader
	var in wasm.Instr
	var runs []wasm.LocalRun
	for b.Loop() {
		for i := range m.Bodies {
			runs, _ = m.Bodies[i].Open(&r, wasm.Wasm3, runs[:0])
			for r.More() {
				if err := r.Next(&in); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}
