package cli

import "testing"

// BenchmarkParse is what every start of the program pays for its command line.
func BenchmarkParse(b *testing.B) {
	args := []string{"wasmedge", "--dir", ".", "m.wasm", "a"}
	for b.Loop() {
		var version toggle
		p := Process{Args: args}
		if _, err := p.syntax(&version).parse(args[:1], args[1:]); err != nil {
			b.Fatal(err)
		}
	}
}
