package main

import (
	"path/filepath"
	"strconv"
)

var socketsSuite = Suite{
	Name:  "sockets",
	Title: "a TCP echo server with 200 connections at once",
	Notes: "1 GB of random bytes goes to the server and back, compared byte by byte; the client is in the figures, and the peak is its own. The guest " +
		"is `testdata/guests/tcpecho`, one thread that polls. `native` is a server in Go with a goroutine a connection " +
		"(`bench/echo`).",
	Cases: func(b *Bench) ([]Case, error) {
		const megabytes, connections = 1024, 200
		client := filepath.Join(b.dir, "echo")
		if err := b.goBuild(client, "./bench/echo", "CGO_ENABLED=0"); err != nil {
			return nil, err
		}
		load := []string{strconv.Itoa(megabytes), strconv.Itoa(connections)}
		w := Work{Module: b.Guest("testdata/guests/tcpecho.wasm"), Args: load[1:]}
		var commands []Command
		for _, r := range b.runtimes {
			if r.Name == oursName || r.Name == "wasmedge" { // others lack the functions
				argv := []string{r.Path}
				if r.Name == oursName {
					argv = append(argv, "--allow-net", "all")
				}
				argv = append(argv, r.argv(b, w)...)
				commands = append(commands, Command{Label: r.Name, Path: client, Args: append(load[:2:2], argv...)})
			}
		}
		native := append(load[:2:2], client, "serve", load[1])
		commands = append(commands, Command{Label: "native", Path: client, Args: native})
		return []Case{{Name: "echo, 1 GB", Rounds: 5, Commands: commands}}, nil
	},
}
