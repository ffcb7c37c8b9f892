package engine

import (
	"context"
	"errors"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/tetratelabs/wazero"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// Version is the engine's, as the key of anything that is kept of its code.
const Version = "wazero " + private.Version

// Contract is nil where the engine is the one that package private was written for.
// Else no code can be kept or made for other processors, and traps tell less.
func Contract() error { return private.Contract() }

// Build is what this program was built from, as far as the toolchain has written that
// down. It is not to be changed.
func Build() *debug.BuildInfo { return private.Build() }

// Processor is, for the key of anything that is kept of its code, what the compiler
// makes use of in the processor: of this one, or with generic no more than it needs.
// known is false where [Contract] does not hold: nothing must be kept then.
func Processor(generic bool) (features uint64, known bool) {
	return private.Processor(generic), private.Contract() == nil
}

// artifacts is what wazero's compiler takes for its file cache. It pays no
// attention to wazero's keys: what is compiled at a time is known.
type artifacts struct {
	now    *CompileOptions
	loaded bool // the code of now was taken
}

// Get implements [private.FileCache].
func (a *artifacts) Get([32]byte) (io.ReadCloser, bool, error) {
	if a.now == nil || a.now.Load == nil {
		return nil, false, nil
	}
	a.loaded = true
	return a.now.Load, true, nil
}

// Add implements [private.FileCache]. What does not look as compiled code should is
// not saved.
func (a *artifacts) Add(_ [32]byte, content io.Reader) error {
	if a.now == nil || a.now.Save == nil {
		return nil
	}
	var code whole
	if _, err := io.Copy(&code, content); err != nil {
		return err
	}
	if cut, ok := private.ArtifactOf(code); ok {
		a.now.Save(Artifact(cut))
	}
	return nil
}

// quiet has the engine neither look for code nor write any down but while [Runtime.asking] lets it: for what is written down it
// copies what it has compiled twice.
func (r *Runtime) quiet() {
	if off, on, ok := private.Uncached(r.wazero); ok {
		off()
		r.ask = func(yes bool) {
			r.hosts.Lock()
			defer r.hosts.Unlock()
			if yes {
				on()
			} else {
				off()
			}
		}
	}
}

// asking has the engine look for code while compile runs. r.compiling is held alone.
func (r *Runtime) asking(compile func()) {
	if r.ask != nil {
		r.ask(true)
		defer r.ask(false)
	}
	compile()
}

// compileAndSave compiles what CompileModule does, and saves it. Where that can be, the engine is not asked for what is to
// be kept, as it would copy it; else r.artifacts is given it.
func (r *Runtime) compileAndSave(ctx context.Context, wasm []byte, save func(Artifact)) (wazero.CompiledModule, error) {
	m, err := r.wazero.CompileModule(ctx, wasm)
	if err != nil || r.ask == nil {
		return m, err
	}
	if made, ok := private.MadeOf(m); ok {
		save(Artifact(made))
	}
	runtime.KeepAlive(m)
	return m, nil
}

// whole is what was written to it. wazero's artifact comes in one piece from a
// buffer that nobody uses afterwards; it is as large as the code.
type whole []byte

func (w *whole) Write(b []byte) (int, error) {
	if *w == nil {
		*w = b
	} else {
		*w = append(*w, b...)
	}
	return len(b), nil
}

// errOtherVersion refuses an artifact of another version of wazero: what stands
// for the module has no bodies that it could be made from anew.
var errOtherVersion = errors.New("compiled code of another version of wazero")

// Delete implements [private.FileCache]. It is called for code of another version of
// wazero.
func (a *artifacts) Delete([32]byte) error { return errOtherVersion }

// Artifact is the compiled code of a module as it is kept, in three parts: Body is
// the machine code, which is independent of where it is. Who has Body longer than the
// call in which it was given has Owner as well.
type Artifact private.Artifact
