package wasm_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/wazedge/wazedge/internal/wasm"
)

const everything = wasm.Wasm3 | wasm.Threads

// corpus calls f with every binary module at hand: our guests, the recorded runs'
// guests when they are there, and those in wazero's source when Go has it.
func corpus(t testing.TB, f func(name string, bin []byte)) {
	dirs := []string{filepath.Join("..", "..", "testdata")}
	if dir := os.Getenv("WAZEDGE_SHARED"); dir != "" {
		dirs = append(dirs, filepath.Join(dir, "golden", "guests"))
	} else {
		dirs = append(dirs, filepath.Join("..", "..", "..", "shared", "golden", "guests"))
	}
	if dir := wazeroSource(); dir != "" {
		dirs = append(dirs, dir)
	}
	n := 0
	for _, dir := range dirs {
		_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(path, ".wasm") {
				return nil
			}
			if bin, err := os.ReadFile(path); err == nil {
				n++
				f(path, bin)
			}
			return nil
		})
	}
	if n == 0 {
		t.Error("no modules found")
	}
}

// wazeroSource is where Go keeps the source of wazero, or nothing.
func wazeroSource() string {
	cache := os.Getenv("GOMODCACHE")
	if cache == "" {
		home, _ := os.UserHomeDir()
		cache = filepath.Join(home, "go", "pkg", "mod")
	}
	dirs, _ := filepath.Glob(filepath.Join(cache, "github.com", "tetratelabs", "wazero@*"))
	if len(dirs) == 0 {
		return ""
	}
	return dirs[len(dirs)-1]
}

// accepted is what wazero can be told to accept.
const accepted = api.CoreFeaturesV2 | experimental.CoreFeaturesThreads | experimental.CoreFeaturesTailCall |
	experimental.CoreFeaturesExtendedConst | experimental.CoreFeaturesExceptionHandling

// TestWazeroAcceptsThenWeDecode compares with wazero's decoder and validator.
func TestWazeroAcceptsThenWeDecode(t *testing.T) {
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(accepted))
	defer r.Close(ctx)
	both := 0
	corpus(t, func(name string, bin []byte) {
		if len(bin) > 1<<20 {
			return // would take the interpreter a while to prepare
		}
		c, err := r.CompileModule(ctx, bin)
		if err != nil {
			return
		}
		c.Close(ctx)
		both++
		if err := load(bin, everything); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
	t.Logf("%d modules accepted by both", both)
}

// canonical reports whether bin is its own encoding, telling apart files that
// could not be: those with padded numbers, as linkers leave them for relocation.
func canonical(bin []byte) (got []byte, same bool, err error) {
	m, err := wasm.Decode(bin, everything)
	if err != nil {
		return nil, false, err
	}
	got = wasm.Encode(m)
	return got, bytes.Equal(got, bin), nil
}

// TestEncodeIsInverseOfDecode holds every module that decodes to one of two: its
// encoding is the file itself, or shorter and then stays as it is.
func TestEncodeIsInverseOfDecode(t *testing.T) {
	same, shorter := 0, 0
	corpus(t, func(name string, bin []byte) {
		got, ok, err := canonical(bin)
		switch {
		case err != nil:
			return
		case ok:
			same++
			return
		case len(got) >= len(bin):
			t.Errorf("%s: encoding differs and is not shorter", name)
			return
		}
		shorter++
		if _, ok, err := canonical(got); !ok {
			t.Errorf("%s: the encoding does not encode to itself: %v", name, err)
		}
	})
	if same < 20 {
		t.Errorf("only %d modules encode to themselves", same)
	}
	t.Logf("%d to themselves, %d shorter", same, shorter)
}
