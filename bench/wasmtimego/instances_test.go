// Package wasmtimego measures wasmtime's Go binding beside BenchmarkInstances and
// BenchmarkCalls of bench. It is a module of its own, as it needs cgo and the binding's
// libraries.
package wasmtimego

import (
	"os"
	"testing"

	"github.com/bytecodealliance/wasmtime-go/v39"
)

// module is the text that bench has its instances of.
func module(b *testing.B) (*wasmtime.Engine, *wasmtime.Module) {
	b.Helper()
	text, err := os.ReadFile("../testdata/served.wat")
	if err != nil {
		b.Fatal(err)
	}
	binary, err := wasmtime.Wat2Wasm(string(text))
	if err != nil {
		b.Fatal(err)
	}
	engine := wasmtime.NewEngine()
	m, err := wasmtime.NewModule(engine, binary)
	if err != nil {
		b.Fatal(err)
	}
	return engine, m
}

// instance makes an instance in a store of its own, with WASI.
func instance(b *testing.B, engine *wasmtime.Engine, linker *wasmtime.Linker, m *wasmtime.Module) (*wasmtime.Store, *wasmtime.Instance) {
	store := wasmtime.NewStore(engine)
	store.SetWasi(wasmtime.NewWasiConfig())
	i, err := linker.Instantiate(store, m)
	if err != nil {
		b.Fatal(err)
	}
	return store, i
}

func newLinker(b *testing.B, engine *wasmtime.Engine) *wasmtime.Linker {
	linker := wasmtime.NewLinker(engine)
	if err := linker.DefineWasi(); err != nil {
		b.Fatal(err)
	}
	return linker
}

func BenchmarkInstances(b *testing.B) {
	engine, m := module(b)
	linker := newLinker(b, engine)
	for range b.N {
		store, i := instance(b, engine, linker, m)
		if _, err := i.GetFunc(store, "add").Call(store, int32(1), int32(2)); err != nil {
			b.Fatal(err)
		}
		store.Close()
	}
}

func BenchmarkCalls(b *testing.B) {
	engine, m := module(b)
	store, i := instance(b, engine, newLinker(b, engine), m)
	add, yield, spin := i.GetFunc(store, "add"), i.GetFunc(store, "yield"), i.GetFunc(store, "spin")
	b.Run("export", func(b *testing.B) {
		for range b.N {
			if _, err := add.Call(store, int32(1), int32(2)); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, f := range map[string]*wasmtime.Func{"yield": yield, "spin": spin} {
		b.Run(name, func(b *testing.B) {
			if _, err := f.Call(store, int32(b.N)); err != nil {
				b.Fatal(err)
			}
		})
	}
}
