// Command write makes a module proxy of files from the tree that it is called in, and prints the
// environment by which the go command uses it, one NAME=VALUE a line.
//
//	go run ./internal/modproxy/write -version v1.2.3 -time SECONDS -modules "$(go env GOMODCACHE)" DIR
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/wazedge/wazedge/internal/modproxy"
)

func main() {
	path := flag.String("path", "github.com/wazedge/wazedge", "path of the module")
	version := flag.String("version", "", "version of the module")
	seconds := flag.Int64("time", 0, "when the version was made, in seconds since 1970")
	modules := flag.String("modules", "", "module cache that has the other modules")
	flag.Parse()
	files, err := modproxy.Files(".")
	if err == nil {
		v := modproxy.Version{Path: *path, Version: *version, Time: time.Unix(*seconds, 0)}
		err = modproxy.Write(flag.Arg(0), v, ".", files)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "write:", err)
		os.Exit(1)
	}
	fmt.Println(strings.Join(modproxy.Environment(flag.Arg(0), *modules), "\n"))
}
