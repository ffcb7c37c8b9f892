// Command gocgi is a CGI script: it tells what it finds, or does what its path says.
package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	switch path := os.Getenv("PATH_INFO"); path {
	case "/env":
		fmt.Print("Content-Type: text/plain\n\n")
		env := os.Environ()
		slices.Sort(env)
		for _, e := range env {
			fmt.Println(e)
		}
		fmt.Println("args:", strings.Join(os.Args, " "))
	case "/echo":
		fmt.Print("Content-Type: application/octet-stream\r\nStatus: 201 Made\r\nX-Own: 1\r\n\r\n")
		if _, err := io.Copy(os.Stdout, os.Stdin); err != nil {
			os.Exit(1)
		}
	case "/moved":
		fmt.Print("Location: https://example.org/\n\n")
	case "/none":
	case "/nonsense":
		fmt.Print("this is no header\n\nat all\n")
	case "/loop":
		for {
		}
	case "/hang":
		time.Sleep(time.Hour)
	case "/late":
		fmt.Print("Content-Type: text/plain\n\npart")
		os.Exit(3)
	default:
		fmt.Printf("Content-Type: text/html\n\n<p>hello from %s\n", path)
	}
}
