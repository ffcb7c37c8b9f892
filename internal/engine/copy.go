package engine

import (
	"context"
	"fmt"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/fault"
)

// MemoryCopy is a function that copies between the memories of two instances, by
// the rules of memory.copy: destination, source and number of bytes, each an i32.
// The instance that calls it stands for one that is nil.
type MemoryCopy struct {
	Name     string
	Dst, Src *Instance
}

// InstantiateCopies makes an instance named name that exports the functions list.
func (r *Runtime) InstantiateCopies(ctx context.Context, name string, list []MemoryCopy) (*Instance, error) {
	b := r.wazero.NewHostModuleBuilder(name)
	i32 := api.ValueTypeI32
	for _, c := range list {
		b.NewFunctionBuilder().
			WithGoModuleFunction(c.call(), []api.ValueType{i32, i32, i32}, nil).
			Export(c.Name)
	}
	i, err := r.InstantiateHost(ctx, b)
	if err != nil {
		return nil, fmt.Errorf("instantiate %s: %w", name, err)
	}
	return i, nil
}

func (c MemoryCopy) call() api.GoModuleFunc {
	return func(_ context.Context, caller api.Module, stack []uint64) {
		dst, src := caller.Memory(), caller.Memory()
		if c.Dst != nil {
			dst = c.Dst.module.Memory()
		}
		if c.Src != nil {
			src = c.Src.module.Memory()
		}
		if !copyBetween(dst, src, uint32(stack[0]), uint32(stack[1]), uint32(stack[2])) {
			panic(fault.MemoryOutOfBounds)
		}
	}
}

// copyBetween copies n bytes between two different memories, or nothing and
// returns false when they are not all within. wazero's views cannot end at 4 GiB,
// so the last byte goes alone.
func copyBetween(dst, src api.Memory, to, from, n uint32) bool {
	if n == 0 {
		_, inDst := dst.Read(to, 0)
		_, inSrc := src.Read(from, 0)
		return inDst && inSrc
	}
	last, ok := src.ReadByte(from + n - 1)
	if _, inDst := dst.ReadByte(to + n - 1); !ok || !inDst || from+n-1 < from || to+n-1 < to {
		return false
	}
	body, ok := src.Read(from, n-1)
	return ok && dst.Write(to, body) && dst.WriteByte(to+n-1, last)
}
