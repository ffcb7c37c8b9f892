package wasm

// OpInfo is one row of the instruction table [Ops].
type OpInfo struct {
	Name   string  // the text format's keyword
	Prefix byte    // 0, 0xFB, 0xFC, 0xFD or 0xFE
	Code   uint32  // the opcode, or the sub-opcode after Prefix
	Imm    ImmKind // how the immediates are read, written and printed

	// Sig is "parameters:results", a letter each: i i32, I i64, f f32, F f64,
	// v v128, a the address type of the memory or table that the immediates
	// name. "*" stands for a rule that the validator spells out.
	Sig string

	Access  uint8    // log2 of the bytes of memory accessed; the natural alignment
	Lanes   uint8    // lanes that a lane immediate may name
	Traps   bool     // may trap, or pass a trap on
	Ends    bool     // control may leave or enter here: a metering segment ends
	Const   bool     // may stand in a constant expression (core 3.4.15)
	Needs   Features // proposals that must be on; none for version 1
	Printed string   // what WasmEdge prints where that is not Name
}

// Cost is what executing an instruction costs unless a cost table says otherwise.
const Cost = 1

// Info is the row of op.
func (op Op) Info() *OpInfo { return &Ops[op] }

// String is the text format's keyword.
func (op Op) String() string { return Ops[op].Name }

// Printed is the name that WasmEdge's messages use.
func (op Op) Printed() string {
	if p := Ops[op].Printed; p != "" {
		return p
	}
	return Ops[op].Name
}

// ImmKind is the shape of an instruction's immediates (core 5.4). Each constant
// says which fields of [Instr] hold them.
type ImmKind uint8

// The shapes of immediates.
const (
	ImmNone         ImmKind = iota
	ImmBlock                // Block
	ImmTryTable             // Block, Catches
	ImmLabel                // X label
	ImmBrTable              // Labels, the default last
	ImmFunc                 // X function
	ImmCallIndirect         // X type, Y table
	ImmType                 // X type
	ImmTag                  // X tag
	ImmSelectTypes          // Types
	ImmLocal                // X local
	ImmGlobal               // X global
	ImmTable                // X table
	ImmMemArg               // Align, X memory, Val offset
	ImmMemArgLane           // as ImmMemArg, and Lane
	ImmMem                  // X memory
	ImmMemMem               // X destination memory, Y source memory
	ImmDataMem              // X data segment, Y memory
	ImmData                 // X data segment
	ImmElem                 // X element segment
	ImmElemTable            // X element segment, Y table
	ImmTableTable           // X destination table, Y source table
	ImmI32                  // Val, sign-extended to 64 bits
	ImmI64                  // Val
	ImmF32                  // Val, the bits
	ImmF64                  // Val, the bits
	ImmV128                 // Val the low, Hi the high eight bytes, little-endian
	ImmShuffle              // as ImmV128: lane indices, the first in the lowest byte
	ImmLane                 // Lane
	ImmHeapType             // Heap
	ImmTypeField            // X type, Y field
	ImmTypeN                // X type, Y count
	ImmTypeData             // X type, Y data segment
	ImmTypeElem             // X type, Y element segment
	ImmTypeType             // X destination type, Y source type
	ImmBrOnCast             // X label, Types[0] source and Types[1] target reference type
	ImmFence                // one zero byte
	numImmKinds
)
