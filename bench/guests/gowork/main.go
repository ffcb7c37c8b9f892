// Command gowork is a Go program with Go's usual mix: strings, a map, a sort, garbage.
package main

import (
	"fmt"
	"slices"
	"strings"
)

func main() {
	counts := map[string]int{}
	state := uint32(1)
	for range 2_000_000 {
		state = state*1664525 + 1013904223
		word := strings.Repeat(string(rune('a'+state>>28)), int(state>>20&7)+1)
		counts[word]++
	}
	words := make([]string, 0, len(counts))
	for word := range counts {
		words = append(words, word)
	}
	slices.SortFunc(words, func(a, b string) int { return counts[b] - counts[a] })
	fmt.Println(len(words), counts[words[0]])
}
