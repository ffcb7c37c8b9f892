#include "textflag.h"

// handler is called by the kernel: DI the signal, SI its siginfo, DX the ucontext. It has nothing of Go's and
// needs nothing: no g, and of the stack nothing but where it returns to. The kernel puts back all registers.
//
// In siginfo, si_code is at 8; 2 is SEGV_ACCERR, a page that may not be touched so. In ucontext, the
// instruction's address is at 168.
TEXT ·handler(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	CMPL 8(SI), $2
	JNE  chain
	MOVQ 168(DX), CX
	MOVQ ·used(SB), R8
	LEAQ ·slots(SB), R9

slot:
	TESTQ R8, R8
	JEQ   chain
	MOVQ  0(R9), R10       // begin
	MOVQ  CX, AX
	SUBQ  R10, AX
	CMPQ  AX, 8(R9)        // size
	JAE   next
	MOVQ  16(R9), R11      // sites
	MOVQ  24(R9), R12      // count, from here on the end of what is searched
	CMPQ  R10, 0(R9)       // all four belong together
	JNE   next
	TESTQ R10, R10
	JEQ   next
	XORL  R13, R13         // the begin of what is searched

search:
	CMPQ R13, R12
	JAE  chain
	LEAQ (R13)(R12*1), BX
	SHRQ $1, BX
	MOVL (R11)(BX*8), R10
	CMPQ R10, AX
	JEQ  found
	JHI  lower
	LEAQ 1(BX), R13
	JMP  search

lower:
	MOVQ BX, R12
	JMP  search

found:
	SUBQ AX, CX            // the begin of the code
	MOVL 4(R11)(BX*8), R10
	ADDQ R10, CX
	MOVQ CX, 168(DX)
	RET

next:
	ADDQ $32, R9
	DECQ R8
	JMP  slot

chain:
	MOVQ ·previous(SB), AX
	JMP  AX

// func handlerAddress() uintptr
TEXT ·handlerAddress(SB), NOSPLIT, $0-8
	LEAQ ·handler(SB), AX
	MOVQ AX, ret+0(FP)
	RET

// func probe(p *byte) bool
TEXT ·probe(SB), NOSPLIT, $0-9
	MOVQ p+0(FP), AX
	JMP  ·probeRead(SB)

TEXT ·probeRead(SB), NOSPLIT|NOFRAME, $0-9
	MOVL (AX), AX
	MOVB $1, ret+8(FP)
	RET

TEXT ·probeFaulted(SB), NOSPLIT|NOFRAME, $0-9
	MOVB $0, ret+8(FP)
	RET

// func probeAddresses() (begin, at, to, end uintptr)
TEXT ·probeAddresses(SB), NOSPLIT, $0-32
	LEAQ ·probeRead(SB), AX
	LEAQ ·probeFaulted(SB), BX
	MOVQ AX, at+8(FP)
	MOVQ BX, to+16(FP)
	MOVQ AX, begin+0(FP)
	ADDQ $8, BX
	MOVQ BX, end+24(FP)
	RET
