package cells

import (
	"encoding/binary"
	"strings"
	"testing"
)

// program is the beginning of a program with program headers of these types.
func program(kinds ...uint32) string {
	b := make([]byte, elfHeader+programHeader*len(kinds))
	copy(b, elfMagic)
	binary.LittleEndian.PutUint64(b[32:], elfHeader)
	binary.LittleEndian.PutUint16(b[54:], programHeader)
	binary.LittleEndian.PutUint16(b[56:], uint16(len(kinds)))
	for n, kind := range kinds {
		binary.LittleEndian.PutUint32(b[elfHeader+n*programHeader:], kind)
	}
	return string(b)
}

// TestStatic states which programs are refused as wazedge: those that need a loader.
func TestStatic(t *testing.T) {
	cut := program(1, 1, interpreter)
	for name, tc := range map[string]struct {
		file    string
		refused bool
	}{
		"static":            {program(1, 1, 6), false},
		"with a loader":     {program(6, interpreter, 1), true},
		"a script":          {"#!/bin/sh\n", false},
		"empty":             {"", false},
		"cut off":           {cut[:len(cut)-programHeader], false},
		"headers elsewhere": {strings.Replace(program(interpreter), "\x40\x00\x00\x00\x00\x00\x00\x00", "\xff\xff\xff\xff\xff\xff\xff\xff", 1), false},
	} {
		if err := static(strings.NewReader(tc.file)); (err != nil) != tc.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}
