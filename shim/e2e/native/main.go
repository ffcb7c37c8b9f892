// Command native is the program of containers that run no module: it does in Go what the
// guest of testdata does, as far as it is compared with that, and pauses like a pod's
// first container.
package main

import (
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	switch verb := append(os.Args, "hello")[1]; verb {
	case "hello":
		fmt.Println("Hello, world!")
	case "pause":
		ended := make(chan os.Signal, 1)
		signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
		<-ended
	case "serve":
		fmt.Println("listening")
		err := http.ListenAndServe(":"+os.Args[2], http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintln(w, "hello from a program")
		}))
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, "no verb", verb)
		os.Exit(2)
	}
}
