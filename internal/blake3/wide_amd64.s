#include "textflag.h"

// Fields of lanes.
#define IN 0
#define LOW 128
#define HIGH 192
#define KEY 256
#define BLOCKS 288
#define FLAGS 296
#define FIRST 300
#define LAST 304
#define TO 312

DATA initials<>+0(SB)/4, $0x6A09E667
DATA initials<>+4(SB)/4, $0xBB67AE85
DATA initials<>+8(SB)/4, $0x3C6EF372
DATA initials<>+12(SB)/4, $0xA54FF53A
DATA initials<>+16(SB)/4, $64
GLOBL initials<>(SB), RODATA|NOPTR, $20

// What turns 32 bits by 16 and by 8, byte by byte.
DATA turn16<>+0(SB)/8, $0x0504070601000302
DATA turn16<>+8(SB)/8, $0x0D0C0F0E09080B0A
DATA turn16<>+16(SB)/8, $0x0504070601000302
DATA turn16<>+24(SB)/8, $0x0D0C0F0E09080B0A
GLOBL turn16<>(SB), RODATA|NOPTR, $32
DATA turn8<>+0(SB)/8, $0x0407060500030201
DATA turn8<>+8(SB)/8, $0x0C0F0E0D080B0A09
DATA turn8<>+16(SB)/8, $0x0407060500030201
DATA turn8<>+24(SB)/8, $0x0C0F0E0D080B0A09
GLOBL turn8<>(SB), RODATA|NOPTR, $32

// MIX is the mixing of a column or a diagonal, with two words of the block.
#define MIX(a, b, c, d, x, y) \
	VPADDD x, a, a      \
	VPADDD b, a, a      \
	VPXORD a, d, d      \
	VPRORD $16, d, d    \
	VPADDD d, c, c      \
	VPXORD c, b, b      \
	VPRORD $12, b, b    \
	VPADDD y, a, a      \
	VPADDD b, a, a      \
	VPXORD a, d, d      \
	VPRORD $8, d, d     \
	VPADDD d, c, c      \
	VPXORD c, b, b      \
	VPRORD $7, b, b

// ROUND is a round, with the words of the block in the order in which it takes them.
#define ROUND(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15) \
	MIX(Z0, Z4, Z8, Z12, m0, m1)    \
	MIX(Z1, Z5, Z9, Z13, m2, m3)    \
	MIX(Z2, Z6, Z10, Z14, m4, m5)   \
	MIX(Z3, Z7, Z11, Z15, m6, m7)   \
	MIX(Z0, Z5, Z10, Z15, m8, m9)   \
	MIX(Z1, Z6, Z11, Z12, m10, m11) \
	MIX(Z2, Z7, Z8, Z13, m12, m13)  \
	MIX(Z3, Z4, Z9, Z14, m14, m15)

// ROWS turns what four vectors have of each four words of four lanes: a has the first of each four then, and so on.
#define ROWS(a, b, c, d) \
	VPUNPCKLDQ b, a, Z8     \
	VPUNPCKHDQ b, a, Z9     \
	VPUNPCKLDQ d, c, Z10    \
	VPUNPCKHDQ d, c, Z11    \
	VPUNPCKLQDQ Z10, Z8, a  \
	VPUNPCKHQDQ Z10, Z8, b  \
	VPUNPCKLQDQ Z11, Z9, c  \
	VPUNPCKHQDQ Z11, Z9, d

// COLUMNS does the same with the quarters of four vectors.
#define COLUMNS(a, b, c, d) \
	VSHUFI32X4 $0x88, b, a, Z8    \
	VSHUFI32X4 $0xDD, b, a, Z9    \
	VSHUFI32X4 $0x88, d, c, Z10   \
	VSHUFI32X4 $0xDD, d, c, Z11   \
	VSHUFI32X4 $0x88, Z10, Z8, a  \
	VSHUFI32X4 $0x88, Z11, Z9, b  \
	VSHUFI32X4 $0xDD, Z10, Z8, c  \
	VSHUFI32X4 $0xDD, Z11, Z9, d

// LANE reads the block of a lane, whose address is at.
#define LANE(at, to) \
	MOVQ IN+at(DI), AX \
	VMOVDQU32 (AX)(DX*1), to

// OUT writes the chaining values of four lanes, the first of them at, and the others 128 bytes apart.
#define OUT(low, high, at) \
	VEXTRACTI32X4 $0, low, (at)(DI)        \
	VEXTRACTI32X4 $0, high, (at+16)(DI)    \
	VEXTRACTI32X4 $1, low, (at+128)(DI)    \
	VEXTRACTI32X4 $1, high, (at+144)(DI)   \
	VEXTRACTI32X4 $2, low, (at+256)(DI)    \
	VEXTRACTI32X4 $2, high, (at+272)(DI)   \
	VEXTRACTI32X4 $3, low, (at+384)(DI)    \
	VEXTRACTI32X4 $3, high, (at+400)(DI)

// func hash16(l *lanes)
TEXT ·hash16(SB), NOSPLIT, $0-8
	MOVQ l+0(FP), DI
	VPBROADCASTD KEY+0(DI), Z0
	VPBROADCASTD KEY+4(DI), Z1
	VPBROADCASTD KEY+8(DI), Z2
	VPBROADCASTD KEY+12(DI), Z3
	VPBROADCASTD KEY+16(DI), Z4
	VPBROADCASTD KEY+20(DI), Z5
	VPBROADCASTD KEY+24(DI), Z6
	VPBROADCASTD KEY+28(DI), Z7
	MOVQ BLOCKS(DI), CX
	XORQ DX, DX
	MOVL FLAGS(DI), R8
	ORL  FIRST(DI), R8

block16:
	CMPQ CX, $1
	JNE  inner16
	ORL  LAST(DI), R8

inner16:
	LANE(0, Z16)
	LANE(8, Z17)
	LANE(16, Z18)
	LANE(24, Z19)
	LANE(32, Z20)
	LANE(40, Z21)
	LANE(48, Z22)
	LANE(56, Z23)
	LANE(64, Z24)
	LANE(72, Z25)
	LANE(80, Z26)
	LANE(88, Z27)
	LANE(96, Z28)
	LANE(104, Z29)
	LANE(112, Z30)
	LANE(120, Z31)
	ROWS(Z16, Z17, Z18, Z19)
	ROWS(Z20, Z21, Z22, Z23)
	ROWS(Z24, Z25, Z26, Z27)
	ROWS(Z28, Z29, Z30, Z31)
	COLUMNS(Z16, Z20, Z24, Z28)
	COLUMNS(Z17, Z21, Z25, Z29)
	COLUMNS(Z18, Z22, Z26, Z30)
	COLUMNS(Z19, Z23, Z27, Z31)
	VPBROADCASTD initials<>+0(SB), Z8
	VPBROADCASTD initials<>+4(SB), Z9
	VPBROADCASTD initials<>+8(SB), Z10
	VPBROADCASTD initials<>+12(SB), Z11
	VMOVDQU32 LOW(DI), Z12
	VMOVDQU32 HIGH(DI), Z13
	VPBROADCASTD initials<>+16(SB), Z14
	VPBROADCASTD R8, Z15
	ROUND(Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23, Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31)
	ROUND(Z18, Z22, Z19, Z26, Z23, Z16, Z20, Z29, Z17, Z27, Z28, Z21, Z25, Z30, Z31, Z24)
	ROUND(Z19, Z20, Z26, Z28, Z29, Z18, Z23, Z30, Z22, Z21, Z25, Z16, Z27, Z31, Z24, Z17)
	ROUND(Z26, Z23, Z28, Z25, Z30, Z19, Z29, Z31, Z20, Z16, Z27, Z18, Z21, Z24, Z17, Z22)
	ROUND(Z28, Z29, Z25, Z27, Z31, Z26, Z30, Z24, Z23, Z18, Z21, Z19, Z16, Z17, Z22, Z20)
	ROUND(Z25, Z30, Z27, Z21, Z24, Z28, Z31, Z17, Z29, Z19, Z16, Z26, Z18, Z22, Z20, Z23)
	ROUND(Z27, Z31, Z21, Z16, Z17, Z25, Z24, Z22, Z30, Z26, Z18, Z28, Z19, Z20, Z23, Z29)
	VPXORD Z8, Z0, Z0
	VPXORD Z9, Z1, Z1
	VPXORD Z10, Z2, Z2
	VPXORD Z11, Z3, Z3
	VPXORD Z12, Z4, Z4
	VPXORD Z13, Z5, Z5
	VPXORD Z14, Z6, Z6
	VPXORD Z15, Z7, Z7
	MOVL FLAGS(DI), R8
	ADDQ $64, DX
	DECQ CX
	JNZ  block16
	MOVQ TO(DI), DI
	ROWS(Z0, Z1, Z2, Z3)
	ROWS(Z4, Z5, Z6, Z7)
	OUT(Z0, Z4, 0)
	OUT(Z1, Z5, 32)
	OUT(Z2, Z6, 64)
	OUT(Z3, Z7, 96)
	VZEROUPPER
	RET

// What the frame of hash8 has: the block, word by word, the chaining values, and what there is no register for.
#define VALUE 512
#define SPARE 768
#define LASTROW 800

// MIX8 is MIX, with words of the block that are in the frame.
#define MIX8(a, b, c, d, x, y) \
	VPADDD x(SP), a, a             \
	VPADDD b, a, a                 \
	VPXOR a, d, d                  \
	VPSHUFB turn16<>(SB), d, d     \
	VPADDD d, c, c                 \
	VPXOR c, b, b                  \
	VPSRLD $12, b, Y15             \
	VPSLLD $20, b, b               \
	VPOR Y15, b, b                 \
	VPADDD y(SP), a, a             \
	VPADDD b, a, a                 \
	VPXOR a, d, d                  \
	VPSHUFB turn8<>(SB), d, d      \
	VPADDD d, c, c                 \
	VPXOR c, b, b                  \
	VPSRLD $7, b, Y15              \
	VPSLLD $25, b, b               \
	VPOR Y15, b, b

// ROUND8 is ROUND. The last word of the state is in the frame but where it is mixed.
#define ROUND8(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15) \
	MIX8(Y0, Y4, Y8, Y12, m0, m1)    \
	MIX8(Y1, Y5, Y9, Y13, m2, m3)    \
	MIX8(Y2, Y6, Y10, Y14, m4, m5)   \
	VMOVDQU Y14, SPARE(SP)           \
	VMOVDQU LASTROW(SP), Y14         \
	MIX8(Y3, Y7, Y11, Y14, m6, m7)   \
	MIX8(Y0, Y5, Y10, Y14, m8, m9)   \
	VMOVDQU Y14, LASTROW(SP)         \
	VMOVDQU SPARE(SP), Y14           \
	MIX8(Y1, Y6, Y11, Y12, m10, m11) \
	MIX8(Y2, Y7, Y8, Y13, m12, m13)  \
	MIX8(Y3, Y4, Y9, Y14, m14, m15)

// ROWS8 is ROWS, with two lanes in a vector.
#define ROWS8(a, b, c, d) \
	VPUNPCKLDQ b, a, Y8     \
	VPUNPCKHDQ b, a, Y9     \
	VPUNPCKLDQ d, c, Y10    \
	VPUNPCKHDQ d, c, Y11    \
	VPUNPCKLQDQ Y10, Y8, a  \
	VPUNPCKHQDQ Y10, Y8, b  \
	VPUNPCKLQDQ Y11, Y9, c  \
	VPUNPCKHQDQ Y11, Y9, d

// HALF reads the half of a block that begins at from of each lane, and writes it to the frame, word by word.
#define HALF(from, to) \
	MOVQ IN+0(DI), AX \
	VMOVDQU from(AX)(DX*1), Y0 \
	MOVQ IN+8(DI), AX \
	VMOVDQU from(AX)(DX*1), Y1 \
	MOVQ IN+16(DI), AX \
	VMOVDQU from(AX)(DX*1), Y2 \
	MOVQ IN+24(DI), AX \
	VMOVDQU from(AX)(DX*1), Y3 \
	MOVQ IN+32(DI), AX \
	VMOVDQU from(AX)(DX*1), Y4 \
	MOVQ IN+40(DI), AX \
	VMOVDQU from(AX)(DX*1), Y5 \
	MOVQ IN+48(DI), AX \
	VMOVDQU from(AX)(DX*1), Y6 \
	MOVQ IN+56(DI), AX \
	VMOVDQU from(AX)(DX*1), Y7 \
	ROWS8(Y0, Y1, Y2, Y3) \
	ROWS8(Y4, Y5, Y6, Y7) \
	VPERM2I128 $0x20, Y4, Y0, Y8 \
	VPERM2I128 $0x31, Y4, Y0, Y12 \
	VPERM2I128 $0x20, Y5, Y1, Y9 \
	VPERM2I128 $0x31, Y5, Y1, Y13 \
	VPERM2I128 $0x20, Y6, Y2, Y10 \
	VPERM2I128 $0x31, Y6, Y2, Y14 \
	VPERM2I128 $0x20, Y7, Y3, Y11 \
	VPERM2I128 $0x31, Y7, Y3, Y15 \
	VMOVDQU Y8, to+0(SP) \
	VMOVDQU Y9, to+32(SP) \
	VMOVDQU Y10, to+64(SP) \
	VMOVDQU Y11, to+96(SP) \
	VMOVDQU Y12, to+128(SP) \
	VMOVDQU Y13, to+160(SP) \
	VMOVDQU Y14, to+192(SP) \
	VMOVDQU Y15, to+224(SP)

// OUT8 is OUT, for two lanes.
#define OUT8(low, high, at) \
	VEXTRACTI128 $0, low, (at)(DI)       \
	VEXTRACTI128 $0, high, (at+16)(DI)   \
	VEXTRACTI128 $1, low, (at+128)(DI)   \
	VEXTRACTI128 $1, high, (at+144)(DI)

// func hash8(l *lanes)
TEXT ·hash8(SB), 0, $832-8
	MOVQ l+0(FP), DI
	VPBROADCASTD KEY+0(DI), Y0
	VMOVDQU Y0, VALUE+0(SP)
	VPBROADCASTD KEY+4(DI), Y0
	VMOVDQU Y0, VALUE+32(SP)
	VPBROADCASTD KEY+8(DI), Y0
	VMOVDQU Y0, VALUE+64(SP)
	VPBROADCASTD KEY+12(DI), Y0
	VMOVDQU Y0, VALUE+96(SP)
	VPBROADCASTD KEY+16(DI), Y0
	VMOVDQU Y0, VALUE+128(SP)
	VPBROADCASTD KEY+20(DI), Y0
	VMOVDQU Y0, VALUE+160(SP)
	VPBROADCASTD KEY+24(DI), Y0
	VMOVDQU Y0, VALUE+192(SP)
	VPBROADCASTD KEY+28(DI), Y0
	VMOVDQU Y0, VALUE+224(SP)
	MOVQ BLOCKS(DI), CX
	XORQ DX, DX
	MOVL FLAGS(DI), R8
	ORL  FIRST(DI), R8

block8:
	CMPQ CX, $1
	JNE  inner8
	ORL  LAST(DI), R8

inner8:
	HALF(0, 0)
	HALF(32, 256)
	VMOVD R8, X15
	VPBROADCASTD X15, Y15
	VMOVDQU Y15, LASTROW(SP)
	VMOVDQU VALUE+0(SP), Y0
	VMOVDQU VALUE+32(SP), Y1
	VMOVDQU VALUE+64(SP), Y2
	VMOVDQU VALUE+96(SP), Y3
	VMOVDQU VALUE+128(SP), Y4
	VMOVDQU VALUE+160(SP), Y5
	VMOVDQU VALUE+192(SP), Y6
	VMOVDQU VALUE+224(SP), Y7
	VPBROADCASTD initials<>+0(SB), Y8
	VPBROADCASTD initials<>+4(SB), Y9
	VPBROADCASTD initials<>+8(SB), Y10
	VPBROADCASTD initials<>+12(SB), Y11
	VMOVDQU LOW(DI), Y12
	VMOVDQU HIGH(DI), Y13
	VPBROADCASTD initials<>+16(SB), Y14
	ROUND8(0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 480)
	ROUND8(64, 192, 96, 320, 224, 0, 128, 416, 32, 352, 384, 160, 288, 448, 480, 256)
	ROUND8(96, 128, 320, 384, 416, 64, 224, 448, 192, 160, 288, 0, 352, 480, 256, 32)
	ROUND8(320, 224, 384, 288, 448, 96, 416, 480, 128, 0, 352, 64, 160, 256, 32, 192)
	ROUND8(384, 416, 288, 352, 480, 320, 448, 256, 224, 64, 160, 96, 0, 32, 192, 128)
	ROUND8(288, 448, 352, 160, 256, 384, 480, 32, 416, 96, 0, 320, 64, 192, 128, 224)
	ROUND8(352, 480, 160, 0, 32, 288, 256, 192, 448, 320, 64, 384, 96, 128, 224, 416)
	VPXOR Y8, Y0, Y0
	VPXOR Y9, Y1, Y1
	VPXOR Y10, Y2, Y2
	VPXOR Y11, Y3, Y3
	VPXOR Y12, Y4, Y4
	VPXOR Y13, Y5, Y5
	VPXOR Y14, Y6, Y6
	VPXOR LASTROW(SP), Y7, Y7
	VMOVDQU Y0, VALUE+0(SP)
	VMOVDQU Y1, VALUE+32(SP)
	VMOVDQU Y2, VALUE+64(SP)
	VMOVDQU Y3, VALUE+96(SP)
	VMOVDQU Y4, VALUE+128(SP)
	VMOVDQU Y5, VALUE+160(SP)
	VMOVDQU Y6, VALUE+192(SP)
	VMOVDQU Y7, VALUE+224(SP)
	MOVL FLAGS(DI), R8
	ADDQ $64, DX
	DECQ CX
	JNZ  block8
	MOVQ TO(DI), DI
	ROWS8(Y0, Y1, Y2, Y3)
	ROWS8(Y4, Y5, Y6, Y7)
	OUT8(Y0, Y4, 0)
	OUT8(Y1, Y5, 32)
	OUT8(Y2, Y6, 64)
	OUT8(Y3, Y7, 96)
	VZEROUPPER
	RET
