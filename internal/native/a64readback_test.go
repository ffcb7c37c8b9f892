package native

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
)

// a64readBack reads each instruction of the code of a function; what is to be proven of it has been.
func a64readBack(c *machineCode) error {
	for at := 0; at < c.end; at += 4 {
		if _, err := arm64asm.Decode(c.text[at:]); err != nil {
			return fmt.Errorf("%d: % x cannot be read: %v", at, c.text[at:at+4], err)
		}
	}
	return nil
}

// TestA64Forms states that the decoder reads each form of the assembler as what was to be written.
func TestA64Forms(t *testing.T) {
	for want, write := range map[string]func(*a64asm){
		"ADD X1, X2, X3":        func(a *a64asm) { a.op(aAdd|wide, 1, 2, 3) },
		"ADD X27, X2, W3, UXTW": func(a *a64asm) { a.op(aAddExt|wide, x27, 2, 3) },
		"CMP X2, W3, UXTW":      func(a *a64asm) { a.op(aCmpExt|wide, xzr, 2, 3) },
	} {
		var a a64asm
		write(&a)
		var list []string
		for at := 0; at < len(a.b); at += 4 {
			in, err := arm64asm.Decode(a.b[at:])
			if err != nil {
				t.Fatalf("%s: % x: %v", want, a.b[at:at+4], err)
			}
			list = append(list, in.String())
		}
		if got := strings.Join(list, "; "); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
