package native

import "github.com/wazedge/wazedge/internal/wasm"

// vector is a constant of 128 bits.
func (b *builder) vector(low, high uint64) value {
	return b.put(val{op: opVector, typ: v128, imm: b.bits(low, high)})
}

// bits is the index of a constant in vectors.
func (f *fn) bits(low, high uint64) uint64 {
	for i, x := range f.vectors {
		if x == [2]uint64{low, high} {
			return uint64(i)
		}
		if i == 64 {
			break
		}
	}
	f.vectors = append(f.vectors, [2]uint64{low, high})
	return uint64(len(f.vectors) - 1)
}

// vectorInstr builds a 128-bit instruction. Those that access a lane or a part of memory become an
// access and another instruction.
func (b *builder) vectorInstr(in *wasm.Instr) {
	load := func(o wasm.Op, t typ) value {
		index := b.pop()
		base := b.access(index, &wasm.Instr{Op: o, Val: in.Val})
		return b.put(val{op: opLoad, typ: t, a: index, b: base, imm: in.Val, aux: uint16(o), ep: b.ep.mem})
	}
	store := func(o wasm.Op, lane op, t typ) {
		v, index := b.pop(), b.pop()
		base := b.access(index, &wasm.Instr{Op: o, Val: in.Val})
		x := v
		if lane != 0 {
			x = b.put(val{op: lane, typ: t, a: v, aux: uint16(in.Lane)})
		}
		b.ep.mem = b.epoch()
		b.put(val{op: opStore, a: index, b: base, c: x, imm: in.Val, aux: uint16(o), ep: b.ep.mem})
	}
	lane := func(o wasm.Op, t typ, replace wasm.Op) {
		v := b.pop()
		x := load(o, t)
		b.push(b.put(val{op: op(replace), typ: v128, a: v, b: x, aux: uint16(in.Lane)}))
	}
	splat := func(o wasm.Op, t typ, splat wasm.Op) {
		b.push(b.put(val{op: op(splat), typ: v128, a: load(o, t)}))
	}
	switch in.Op {
	case wasm.OpV128Const:
		b.push(b.vector(in.Val, in.Hi))
	case wasm.OpV128Load, wasm.OpV128Load8x8S, wasm.OpV128Load8x8U, wasm.OpV128Load16x4S, wasm.OpV128Load16x4U, wasm.OpV128Load32x2S,
		wasm.OpV128Load32x2U, wasm.OpV128Load32Zero, wasm.OpV128Load64Zero:
		b.push(load(in.Op, v128))
	case wasm.OpV128Load8Splat:
		splat(wasm.OpI32Load8U, i32, wasm.OpI8x16Splat)
	case wasm.OpV128Load16Splat:
		splat(wasm.OpI32Load16U, i32, wasm.OpI16x8Splat)
	case wasm.OpV128Load32Splat:
		splat(wasm.OpF32Load, f32, wasm.OpF32x4Splat)
	case wasm.OpV128Load64Splat:
		splat(wasm.OpF64Load, f64, wasm.OpF64x2Splat)
	case wasm.OpV128Load8Lane:
		lane(wasm.OpI32Load8U, i32, wasm.OpI8x16ReplaceLane)
	case wasm.OpV128Load16Lane:
		lane(wasm.OpI32Load16U, i32, wasm.OpI16x8ReplaceLane)
	case wasm.OpV128Load32Lane:
		lane(wasm.OpI32Load, i32, wasm.OpI32x4ReplaceLane)
	case wasm.OpV128Load64Lane:
		lane(wasm.OpI64Load, i64, wasm.OpI64x2ReplaceLane)
	case wasm.OpV128Store:
		store(in.Op, 0, v128)
	case wasm.OpV128Store8Lane:
		store(wasm.OpI32Store8, op(wasm.OpI8x16ExtractLaneU), i32)
	case wasm.OpV128Store16Lane:
		store(wasm.OpI32Store16, op(wasm.OpI16x8ExtractLaneU), i32)
	case wasm.OpV128Store32Lane:
		store(wasm.OpI32Store, op(wasm.OpI32x4ExtractLane), i32)
	case wasm.OpV128Store64Lane:
		store(wasm.OpI64Store, op(wasm.OpI64x2ExtractLane), i64)
	default:
		sig := wasm.Ops[in.Op].Sig
		v := val{op: op(in.Op), typ: letter(sig[len(sig)-1]), aux: uint16(in.Lane)}
		if wasm.Ops[in.Op].Imm != wasm.ImmLane {
			v.aux = 0
		}
		if in.Op == wasm.OpI8x16Shuffle {
			v.imm = b.bits(in.Val, in.Hi)
		}
		if sig[1] != ':' {
			if sig[2] != ':' {
				v.c = b.pop()
			}
			v.b = b.pop()
		}
		v.a = b.pop()
		if (in.Op == wasm.OpV128Or || in.Op == wasm.OpV128And) && v.a == v.b {
			b.push(v.a)
			return
		}
		b.push(b.put(v))
	}
}
