// Command gohello is the Go program that the start-up measurements use.
package main

import "fmt"

func main() {
	fmt.Println("Hello, world!")
}
