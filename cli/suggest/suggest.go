// Package suggest finds the word that a person may have meant by one that there is not.
package suggest

import (
	"strings"
	"unicode/utf8"
)

// maxWord bounds how long words are compared, in characters.
const maxWord = 64

// Nearest is the word that is closest to the misspelt one, and whether any is close
// enough to be meant: the only one that it is the beginning of, else the one with the
// fewest mistakes in it. Of several that are equally close it is the first.
func Nearest(misspelt string, words []string) (string, bool) {
	if w, ok := begun(misspelt, words); ok {
		return w, true
	}
	best, least := "", tolerance(misspelt)+1
	for _, w := range words {
		if d := distance(strings.ToLower(misspelt), strings.ToLower(w)); d < least {
			best, least = w, d
		}
	}
	return best, best != ""
}

// leastBegun is how many characters of a word tell which is meant.
const leastBegun = 3

// begun is the only one of words that begins with beginning.
func begun(beginning string, words []string) (string, bool) {
	found := ""
	for _, w := range words {
		if strings.HasPrefix(w, beginning) {
			if found != "" {
				return "", false
			}
			found = w
		}
	}
	return found, found != "" && len(beginning) >= leastBegun
}

// tolerance is how many mistakes a word may have: one in three characters, and no more
// than three.
func tolerance(word string) int {
	return min(3, (utf8.RuneCountInString(word)+1)/3)
}

// distance is the least number of characters that are to be inserted, removed, replaced
// or exchanged with the next to make b of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > maxWord || len(y) > maxWord {
		return maxWord
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range y {
			replaced := last[j]
			if x[i] != y[j] {
				replaced++
			}
			row[j+1] = min(replaced, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(y)]
}
