// Follows a list past its end: its last node has no next one.
package main

type node struct {
	value int32
	next  *node
}

//go:noinline
func sum(n *node, count int32) (total int32) {
	for ; count > 0; count-- {
		total += n.value
		n = n.next
	}
	return total
}

//go:wasmexport run
func run(count int32) int32 {
	return sum(&node{1, &node{2, &node{3, nil}}}, count)
}

func main() {}
