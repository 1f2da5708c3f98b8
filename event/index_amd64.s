//go:build !purego

#include "textflag.h"

// One byte to look for a register; see indexPortable for what is computed.
DATA bytes<>+0(SB)/1, $0x22 // quote
DATA bytes<>+1(SB)/1, $0x5c // backslash
DATA bytes<>+2(SB)/1, $0x1f // last control character
DATA bytes<>+3(SB)/1, $0x20 // the bit between [ ] and { }
DATA bytes<>+4(SB)/1, $0x7b // {
DATA bytes<>+5(SB)/1, $0x7d // }
DATA bytes<>+6(SB)/1, $0xff
DATA bytes<>+7(SB)/1, $0x00
GLOBL bytes<>(SB), RODATA|NOPTR, $8

// func indexAVX2(buf *byte, n int, out *block, c *carry)
TEXT ·indexAVX2(SB), NOSPLIT, $0-32
	MOVQ buf+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ out+16(FP), DI
	MOVQ c+24(FP), DX
	MOVQ 0(DX), R8  // escaped
	MOVQ 8(DX), R9  // quoted
	MOVQ 16(DX), R10 // stray
	VPBROADCASTB bytes<>+0(SB), Y8
	VPBROADCASTB bytes<>+1(SB), Y9
	VPBROADCASTB bytes<>+2(SB), Y10
	VPBROADCASTB bytes<>+3(SB), Y11
	VPBROADCASTB bytes<>+4(SB), Y12
	VPBROADCASTB bytes<>+5(SB), Y13
	VPBROADCASTB bytes<>+6(SB), X14

loop:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1

	// AX = quotes
	VPCMPEQB Y8, Y0, Y2
	VPCMPEQB Y8, Y1, Y3
	VPMOVMSKB Y2, AX
	VPMOVMSKB Y3, BX
	SHLQ $32, BX
	ORQ BX, AX

	// R11 = backslashes
	VPCMPEQB Y9, Y0, Y2
	VPCMPEQB Y9, Y1, Y3
	VPMOVMSKB Y2, R11
	VPMOVMSKB Y3, BX
	SHLQ $32, BX
	ORQ BX, R11

	// R12 = control characters: the bytes that are the lesser of themselves and 0x1f
	VPMINUB Y10, Y0, Y2
	VPMINUB Y10, Y1, Y3
	VPCMPEQB Y0, Y2, Y2
	VPCMPEQB Y1, Y3, Y3
	VPMOVMSKB Y2, R12
	VPMOVMSKB Y3, BX
	SHLQ $32, BX
	ORQ BX, R12
	ORQ R11, R12
	MOVQ R12, 16(DI) // special

	// R13 = brackets
	VPOR Y11, Y0, Y2
	VPOR Y11, Y1, Y3
	VPCMPEQB Y12, Y2, Y4
	VPCMPEQB Y12, Y3, Y5
	VPCMPEQB Y13, Y2, Y2
	VPCMPEQB Y13, Y3, Y3
	VPOR Y4, Y2, Y2
	VPOR Y5, Y3, Y3
	VPMOVMSKB Y2, R13
	VPMOVMSKB Y3, BX
	SHLQ $32, BX
	ORQ BX, R13

	// BX = escapes(R11), R8 = the next escaped
	MOVQ R8, BX
	NOTQ BX
	ANDQ R11, BX    // BX = slashes &^ escaped
	LEAQ (R8)(BX*2), R12 // R12 = follows (bit 0 of slashes<<1 is free)
	MOVQ R12, DX
	NOTQ DX
	MOVQ $0xaaaaaaaaaaaaaaaa, R8
	ANDQ R8, DX
	ANDQ BX, DX     // DX = oddStarts
	XORL R8, R8
	ADDQ BX, DX     // DX = sum
	SETCS R8
	ADDQ DX, DX
	MOVQ $0x5555555555555555, BX
	XORQ DX, BX
	ANDQ R12, BX

	// AX = quotes that count
	NOTQ BX
	ANDQ BX, AX
	MOVQ AX, 0(DI)

	// AX = quoted
	VMOVQ AX, X2
	VPCLMULQDQ $0, X14, X2, X2
	VMOVQ X2, AX
	XORQ R9, AX
	MOVQ AX, R9
	SARQ $63, R9

	NOTQ AX
	ANDQ AX, R13
	MOVQ R13, 8(DI)
	ANDQ AX, R11
	ORQ R11, R10

	ADDQ $64, SI
	ADDQ $24, DI
	DECQ CX
	JNZ loop

	MOVQ c+24(FP), DX
	MOVQ R8, 0(DX)
	MOVQ R9, 8(DX)
	MOVQ R10, 16(DX)
	VZEROUPPER
	RET
