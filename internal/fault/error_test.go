package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
)

func TestCodeLine(t *testing.T) {
	for _, tc := range []struct {
		code fault.Code
		want string
	}{
		{fault.CostLimitExceeded, "wasmedge runtime failed: cost limit exceeded, Code: 0x003"},
		{fault.UnexpectedEnd, "loading failed: unexpected end, Code: 0x102"},
		{fault.TypeCheckFailed, "validation failed: type mismatch, Code: 0x202"},
		{fault.UnknownImport, "instantiation failed: unknown import, Code: 0x302"},
		{fault.Unreachable, "execution failed: unreachable, Code: 0x40a"},
	} {
		if got := tc.code.Error(); got != tc.want {
			t.Errorf("Code(%#x).Error() = %q, want %q", uint32(tc.code), got, tc.want)
		}
	}
}

func TestErrorIsItsCodeThroughWrapping(t *testing.T) {
	err := fmt.Errorf("load m.wasm: %w", fault.At(fault.MalformedMagic, 0, fault.ByteOffset(0)))
	if !errors.Is(err, fault.MalformedMagic) {
		t.Errorf("errors.Is(%v, MalformedMagic) = false", err)
	}
	if errors.Is(err, fault.MalformedVersion) {
		t.Errorf("errors.Is(%v, MalformedVersion) = true", err)
	}
	if c, ok := fault.CodeOf(err); !ok || c != fault.MalformedMagic {
		t.Errorf("CodeOf(%v) = %v, %v", err, c, ok)
	}
}

func TestInformationLines(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{fault.ByteOffset(0x1b3), "Bytecode offset: 0x000001b3"},
		{fault.FileName(`/a "b"\c`), `File name: "/a \"b\"\\c"`},
		{fault.IndexOutOf("local", 4, 3), "When checking local index: 4 , Out of boundary: 2"},
		{fault.IndexOutOf("label", 1, 0), "When checking label index: 1 , Out of boundary: empty"},
		{fault.Mismatched("value type", "i32", "i64"), "Mismatched value type. Expected: i32 , Got: i64"},
		{fault.Linking("env", "function", "f"), `When linking module: "env" , function name: "f"`},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}
