package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// measureArg as first argument makes this program run one command, measure it and say so in JSON on its
// standard error. A process inherits the peak memory of the one that started it: a fresh process per
// measurement keeps that floor at a few megabytes, whatever the bench itself has grown to.
const measureArg = "-measure-one-command"

// A sample is what one run of a command cost.
type sample struct {
	Wall time.Duration // from before the start to after the end
	CPU  time.Duration // user and system time of the process and its children
	Peak int64         // bytes of resident memory at most; 0 where the system does not tell
	Exit int
	Mean int64 // bytes of resident memory in the mean over time, by samples; 0 where it is not told
}

// measure runs cmd once and returns what it cost and what it printed, unless that is to be discarded.
func (b *Bench) measure(cmd Command, discard bool) (sample, string, error) {
	if cmd.Before != nil {
		if err := cmd.Before(); err != nil {
			return sample{}, "", err
		}
	}
	c := exec.Command(b.self, append([]string{measureArg, cmd.Stdin, cmd.Path}, cmd.Args...)...)
	c.Env = append(b.environment(), cmd.Env...)
	c.Dir = cmd.Dir
	if c.Dir == "" {
		c.Dir = b.dir
	}
	var stdout, stderr bytes.Buffer
	c.Stderr = &stderr
	if !discard {
		c.Stdout = &stdout
	}
	if err := c.Run(); err != nil {
		return sample{}, "", fmt.Errorf("%w: %s", err, lastBytes(stderr.Bytes()))
	}
	// The measured command may have written there too: ours is the last line.
	lines := bytes.Split(bytes.TrimSpace(stderr.Bytes()), []byte("\n"))
	var s sample
	if err := json.Unmarshal(lines[len(lines)-1], &s); err != nil {
		return sample{}, "", err
	}
	if s.Exit != 0 {
		text := append(stdout.Bytes(), bytes.Join(lines[:len(lines)-1], []byte("\n"))...)
		return s, "", fmt.Errorf("exit status %d: %s", s.Exit, lastBytes(text))
	}
	return s, stdout.String(), nil
}

func lastBytes(text []byte) []byte {
	text = bytes.TrimSpace(text)
	return text[max(0, len(text)-200):]
}

// measureMain is the process behind measureArg: args are the file for standard input, the command's path
// and its arguments. It exits with 0 if the command could be run, whatever that exited with.
func measureMain(args []string) int {
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if args[0] != "" {
		f, err := os.Open(args[0])
		if err != nil {
			return complain(os.Stderr, err)
		}
		defer f.Close()
		cmd.Stdin = f
	}
	begin := time.Now()
	err := cmd.Start()
	resident := func() int64 { return 0 }
	if err == nil {
		resident = sampleResident(cmd.Process.Pid)
		err = cmd.Wait()
	}
	wall := time.Since(begin)
	mean := resident()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return complain(os.Stderr, err)
	}
	s := sample{
		Wall: wall,
		CPU:  cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		Peak: peakMemory(cmd.ProcessState),
		Exit: cmd.ProcessState.ExitCode(),
		Mean: mean,
	}
	text, err := json.Marshal(s)
	if err != nil {
		return complain(os.Stderr, err)
	}
	fmt.Fprintf(os.Stderr, "\n%s\n", text)
	return 0
}

func complain(w io.Writer, err error) int {
	fmt.Fprintln(w, err)
	return 1
}
