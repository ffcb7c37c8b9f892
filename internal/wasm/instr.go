package wasm

// Instr is one instruction. Which fields mean something is the matter of the
// [ImmKind] of its row in [Ops]; a [Reader] leaves the others as they were.
type Instr struct {
	Op     Op
	Lane   uint8
	Align  uint32 // log2, as written
	Offset int64  // file offset of the opcode's first byte

	X, Y uint32
	Val  uint64
	Hi   uint64

	Block BlockType
	Heap  HeapType

	// Slices are the Reader's own until its next call of Next.
	Labels  []uint32
	Types   []ValType
	Catches []Catch
}

// BlockType is the type of a block: nothing, one result, or a type index
// (core 5.4.1).
type BlockType struct {
	Result ValType // Bottom when there is none, or when Indexed
	Index  uint32  // when Indexed
	// Indexed says that Index names a function type.
	Indexed bool
}

// CatchKind tells the handlers of try_table apart; the values are those of the
// binary encoding.
type CatchKind byte

// The kinds of handlers.
const (
	CatchTag    CatchKind = 0 // catch
	CatchTagRef CatchKind = 1 // catch_ref
	CatchAll    CatchKind = 2 // catch_all
	CatchAllRef CatchKind = 3 // catch_all_ref
)

// Catch is one handler of a try_table.
type Catch struct {
	Kind  CatchKind
	Tag   uint32 // for CatchTag and CatchTagRef
	Label uint32
}
