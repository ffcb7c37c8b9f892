package wasm

import "sync"

// opcode is what the reader wants to know of an opcode. It repeats some of the
// instruction's row in few bytes, so that reading touches little memory.
type opcode struct {
	op    Op
	imm   ImmKind
	needs Features // see missingFrom
}

// opcodeTable finds instructions by their encoding.
type opcodeTable struct {
	plain    [256]opcode
	prefixed [4][0x114]opcode // by the sub-opcode after 0xFB to 0xFE
	unknown  opcode           // what is no instruction
}

var (
	opcodesOnce sync.Once
	opcodesOf   opcodeTable
)

// opcodes is the way from encodings to [Ops], filled on first use.
func opcodes() *opcodeTable {
	opcodesOnce.Do(func() {
		unknown := opcode{needs: unknownOpcode}
		opcodesOf.unknown = unknown
		for i := range opcodesOf.plain {
			opcodesOf.plain[i] = unknown
		}
		for i := range opcodesOf.prefixed {
			for j := range opcodesOf.prefixed[i] {
				opcodesOf.prefixed[i][j] = unknown
			}
		}
		for op := range NumOps {
			r := &Ops[op]
			e := opcode{op: op, imm: r.Imm, needs: gate(op)}
			if r.Prefix == 0 {
				opcodesOf.plain[r.Code] = e
			} else {
				opcodesOf.prefixed[r.Prefix-0xFB][r.Code] = e
			}
		}
	})
	return &opcodesOf
}

// eitherRefOrBulk stands for "reference types or bulk memory" in a gate: the two
// proposals share the instructions that they both brought.
const eitherRefOrBulk Features = 1 << 31

// unknownOpcode is the gate of what is no instruction: always shut.
const unknownOpcode Features = 1 << 30

// gate is what op needs, in terms of [missingFrom].
func gate(op Op) Features {
	needs := Ops[op].Needs
	if needs == BulkMemory || op == OpRefNull || op == OpRefIsNull || op == OpRefFunc {
		return eitherRefOrBulk
	}
	return needs
}

// missingFrom are the gates that f leaves shut.
func missingFrom(f Features) Features {
	missing := ^f&^eitherRefOrBulk | unknownOpcode
	if f&(ReferenceTypes|BulkMemory) == 0 {
		missing |= eitherRefOrBulk
	}
	return missing
}
