// Command gowork is a Go program with Go's usual mix: strings, a map, a sort, garbage. Its argument says how
// many words it makes.
package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gowork WORDS")
		os.Exit(2)
	}
	words, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "gowork:", err)
		os.Exit(2)
	}
	counts := map[string]int{}
	state := uint32(1)
	for range words {
		state = state*1664525 + 1013904223
		word := strings.Repeat(string(rune('a'+state>>28)), int(state>>20&7)+1)
		counts[word]++
	}
	distinct := slices.Collect(maps.Keys(counts))
	slices.SortFunc(distinct, func(a, b string) int { return counts[b] - counts[a] })
	fmt.Println(len(distinct), counts[distinct[0]])
}
