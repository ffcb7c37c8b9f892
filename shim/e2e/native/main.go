// Command native is the program of containers that run no module: it does in Go what the
// guest of testdata does, as far as it is compared with that, and pauses like a pod's
// first container.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
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
	case "get":
		for {
			answer, err := http.Get("http://127.0.0.1:" + os.Args[2])
			if err != nil {
				time.Sleep(100 * time.Millisecond)
				continue
			}
			io.Copy(os.Stdout, answer.Body)
			return
		}
	default:
		fmt.Fprintln(os.Stderr, "no verb", verb)
		os.Exit(2)
	}
}
