//go:build linux

package cli_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestStatisticsOfRunningGuest states that --statistics-interval writes what a guest has used while it computes, each
// time a whole file, into one that this process is only given open as well as into one that has a name.
func TestStatisticsOfRunningGuest(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"name", "descriptor"} {
		t.Run(how, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "statistics")
			file, at := (*os.File)(nil), name
			cmd := exec.Command(released(t))
			if how == "descriptor" {
				var err error
				if file, err = os.Create(name); err != nil {
					t.Fatal(err)
				}
				defer file.Close()
				cmd.ExtraFiles, at = []*os.File{file}, "/proc/self/fd/3"
			}
			cmd.Args = append(cmd.Args, "--no-cache", "--enable-all-statistics", "--statistics-format", "json", "--statistics-interval", "1",
				"--statistics-file", at, guest(t, spin))
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Wait()
			defer cmd.Process.Kill()
			var last uint64
			deadline := time.Now().Add(time.Minute)
			for rises := 0; rises < 20; {
				text, err := os.ReadFile(name)
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Fatal(err)
				}
				var s struct{ Instructions, Gas uint64 }
				if len(text) > 0 && json.Unmarshal(text, &s) != nil && how == "name" {
					t.Fatalf("part of a file: %q", text)
				}
				if s.Instructions > last && s.Gas >= s.Instructions {
					last, rises = s.Instructions, rises+1
				}
				if time.Now().After(deadline) {
					t.Fatalf("%d instructions, last of %d reports: %q", last, rises, text)
				}
			}
		})
	}
}
