package wasm

// Skim is a set of instructions for which code is skimmed: see [Reader.Until].
type Skim struct {
	wanted [NumOps]bool
	rows   [256]skim // by the bytes that instructions begin with
}

// skim is how an instruction that is not wanted is skipped.
type skim uint8

const (
	skimRead   skim = iota // by reading it, as its byte does not tell whether it is wanted, or how long it is
	skimPlain              // it has no immediates
	skimNumber             // it has one number
	skimAccess             // it has those of an access to memory
	skimBlock              // it has the type of a block
	skimFour               // it has four bytes
	skimEight              // it has eight bytes
)

// NewSkim is the set of those instructions.
func NewSkim(wanted ...Op) *Skim {
	s := new(Skim)
	for _, op := range wanted {
		s.wanted[op] = true
	}
	for op := range NumOps {
		info := op.Info()
		if info.Prefix != 0 || s.wanted[op] {
			continue
		}
		row := skimRead
		switch info.Imm {
		case ImmNone:
			row = skimPlain
		case ImmLocal, ImmLabel, ImmFunc, ImmGlobal, ImmType, ImmTag, ImmTable, ImmElem, ImmI32, ImmI64:
			row = skimNumber
		case ImmMemArg:
			row = skimAccess
		case ImmBlock:
			row = skimBlock
		case ImmF32:
			row = skimFour
		case ImmF64:
			row = skimEight
		}
		s.rows[info.Code] = row
	}
	return s
}

// Until reads on, in code that is valid, until it has read an instruction of s into in. It reports false at the end of the code.
func (r *Reader) Until(s *Skim, in *Instr) (found bool, err error) {
	for {
		r.pos = s.skip(r.buf, r.pos)
		if !r.More() {
			return false, nil
		}
		if err := r.Next(in); err != nil || s.wanted[in.Op] {
			return err == nil, err
		}
	}
}

// skip is the place from p on of the first instruction that is to be read.
func (s *Skim) skip(buf []byte, p int) int {
	for p < len(buf) {
		at := p
		p++
		switch s.rows[buf[at]] {
		case skimPlain:
		case skimNumber:
			p = behindNumber(buf, p)
		case skimAccess:
			if p >= len(buf) || buf[p] >= 0x40 { // it names the memory
				return at
			}
			p = behindNumber(buf, p+1)
		case skimBlock:
			if p >= len(buf) || buf[p] == kindRefNull || buf[p] == kindRef { // which a heap type follows
				return at
			}
			p = behindNumber(buf, p)
		case skimFour:
			p += 4
		case skimEight:
			p += 8
		default:
			return at
		}
	}
	return min(p, len(buf))
}

// behindNumber is the place behind the number in buf at p.
func behindNumber(buf []byte, p int) int {
	for p < len(buf) && buf[p] >= 0x80 {
		p++
	}
	return p + 1
}
