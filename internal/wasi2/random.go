package wasi2

import (
	"crypto/rand"
	"encoding/binary"

	"github.com/wazedge/wazedge/internal/component/exec"
)

// maxRandom bounds how many random bytes a call gives.
const maxRandom = 64 << 20

func randomBytes(_ *Call, a []exec.Value) (exec.Value, error) {
	if a[0].Bits > maxRandom {
		return exec.Value{}, exec.Trapf("more than %d random bytes at once", maxRandom)
	}
	b := make([]byte, a[0].Bits)
	_, err := rand.Read(b)
	return Bytes(b), err
}

func randomNumber(*Call, []exec.Value) (exec.Value, error) {
	var b [8]byte
	_, err := rand.Read(b[:])
	return Number(binary.LittleEndian.Uint64(b[:])), err
}

func randomInterfaces() []*Interface {
	return []*Interface{
		{Name: "wasi:random/random", Functions: []Function{
			{"get-random-bytes", "(len: u64) -> list<u8>", randomBytes},
			{"get-random-u64", "() -> u64", randomNumber},
		}},
		{Name: "wasi:random/insecure", Functions: []Function{
			{"get-insecure-random-bytes", "(len: u64) -> list<u8>", randomBytes},
			{"get-insecure-random-u64", "() -> u64", randomNumber},
		}},
		{Name: "wasi:random/insecure-seed", Functions: []Function{
			{"insecure-seed", "() -> tuple<u64, u64>", func(c *Call, a []exec.Value) (exec.Value, error) {
				first, err := randomNumber(c, a)
				if err != nil {
					return first, err
				}
				second, err := randomNumber(c, a)
				return List(first, second), err
			}},
		}},
	}
}
