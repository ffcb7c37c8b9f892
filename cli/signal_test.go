//go:build unix

package cli_test

import (
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
)

// TestSignals states how the process ends when it is interrupted, terminated, or
// when nobody reads its output any more: by that signal, at once, whatever the
// guest is doing.
func TestSignals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		args   []string
		output bool // wait for output before the end, to know that the guest runs
		end    func(p *os.Process, stdout io.Closer) error
		want   syscall.Signal
	}{
		{
			name: "interrupted while computing", args: []string{"../testdata/hostile/flood.wasm"}, output: true,
			end: func(p *os.Process, _ io.Closer) error { return p.Signal(syscall.SIGINT) }, want: syscall.SIGINT,
		},
		{
			name: "terminated while computing", args: []string{"../testdata/hostile/flood.wasm"}, output: true,
			end: func(p *os.Process, _ io.Closer) error { return p.Signal(syscall.SIGTERM) }, want: syscall.SIGTERM,
		},
		{
			name: "terminated while reading", args: []string{"../testdata/guests/cat.wasm"},
			end: func(p *os.Process, _ io.Closer) error { return p.Signal(syscall.SIGTERM) }, want: syscall.SIGTERM,
		},
		{
			name: "output closed", args: []string{"../testdata/hostile/flood.wasm"}, output: true,
			end: func(_ *os.Process, stdout io.Closer) error { return stdout.Close() }, want: syscall.SIGPIPE,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			// What this process ignores, as one in the background of a shell does, the tool would
			// ignore as well. What is handled here has its default there.
			handled := make(chan os.Signal, 1)
			signal.Notify(handled, tc.want)
			defer signal.Stop(handled)
			cmd := exec.Command("wasmedge", tc.args...)
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close()
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if tc.output {
				if _, err := io.ReadFull(stdout, make([]byte, 1)); err != nil {
					t.Fatalf("no output: %v", err)
				}
			}
			if err := tc.end(cmd.Process, stdout); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if !ok || !status.Signaled() || status.Signal() != tc.want {
				t.Errorf("ended with %v, want %v", cmd.ProcessState, tc.want)
			}
		})
	}
}
