// A dereference of nil, in a function that is inlined into another. Go's runtime checks for it
// and tells of it itself; the built guest is too large to be kept.
package main

type node struct {
	value int
	next  *node
}

func sum(n *node, count int) (total int) {
	for range count {
		total += n.value
		n = n.next
	}
	return total
}

func main() {
	println(sum(&node{value: 1}, 2))
}
