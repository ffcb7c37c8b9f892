// Command kills kills runs with SIGKILL while they compile, keep and load modules, and looks whether the
// cache stays sound: every entry verifies, no run fails or prints something else, and nothing is
// left behind that pruning does not remove.
//
//	go run ./ci/kills -program wazedge -rounds 10000
package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	program := flag.String("program", "", "the command")
	rounds := flag.Int("rounds", 10000, "runs to kill")
	each := flag.Int("each", 250, "look at the cache after so many")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "unknown word: %s\n", flag.Arg(0))
		os.Exit(2)
	}
	dir, err := os.MkdirTemp("", "kills")
	if err == nil {
		k := killer{program: *program, dir: dir, random: rand.New(rand.NewPCG(1, uint64(*rounds)))}
		err = k.run(*rounds, *each)
		os.RemoveAll(dir)
	}
	if err != nil {
		fmt.Println("FAILED:", err)
		os.Exit(1)
	}
}

// killer kills runs in a directory with a cache of its own.
type killer struct {
	program, dir string
	random       *rand.Rand
	killed, late int
}

// run kills rounds runs, at times from their start to a little beyond their end.
func (k *killer) run(rounds, each int) error {
	if err := k.writeModule(); err != nil {
		return err
	}
	began := time.Now()
	for range 3 { // how long one takes that compiles
		if err := k.sound(0); err != nil {
			return err
		}
	}
	whole := time.Since(began) / 3
	for i := range rounds {
		if err := k.kill(i, whole); err != nil {
			return err
		}
		if (i+1)%each == 0 {
			if err := k.sound(i + 1); err != nil {
				return err
			}
		}
	}
	if err := k.sound(rounds + 1); err != nil {
		return err
	}
	fmt.Printf("%d runs killed, %d more had ended before; the cache was sound each time\n", k.killed, k.late)
	return nil
}

// functions is how many the module has, so that it is kept and takes a while to compile.
const functions = 400

// writeModule writes the guest: f calls each function once.
func (k *killer) writeModule() error {
	var b strings.Builder
	b.WriteString("(module\n")
	for i := range functions {
		fmt.Fprintf(&b, "(func $f%d (param i32) (result i32) (i32.add (i32.mul (local.get 0) (i32.const %d)) (i32.const %d)))\n", i, 2*i+1, i)
	}
	b.WriteString("(func (export \"f\") (param i32) (result i32)\n")
	for i := range functions {
		fmt.Fprintf(&b, "(local.set 0 (call $f%d (local.get 0)))\n", i)
	}
	b.WriteString("(local.get 0)))\n")
	return os.WriteFile(filepath.Join(k.dir, "guest.wat"), []byte(b.String()), 0o666)
}

// command is a run whose code is that for a limit of gas, and so an entry of its own in the cache.
func (k *killer) command(limit int) *exec.Cmd {
	cmd := exec.Command(k.program, "--gas-limit", fmt.Sprint(1000000+limit), "--log-level", "error", "guest.wat", "f", "1")
	cmd.Dir, cmd.Env = k.dir, k.env()
	return cmd
}

func (k *killer) env() []string {
	return []string{"HOME=" + k.dir, "WAZEDGE_CACHE_DIR=" + filepath.Join(k.dir, "cache"), "WAZEDGE_TRUST_DIR=" + filepath.Join(k.dir, "trust")}
}

// kill starts a run and kills it; limits come again, so that some runs compile and others load.
func (k *killer) kill(i int, whole time.Duration) error {
	cmd := k.command(1 + i%97)
	if err := cmd.Start(); err != nil {
		return err
	}
	time.Sleep(time.Duration(k.random.Int64N(int64(whole) * 5 / 4)))
	cmd.Process.Kill()
	if cmd.Wait() == nil {
		k.late++
	} else {
		k.killed++
	}
	if i%97 == 96 { // or all would be loaded from then on
		entries, _ := filepath.Glob(filepath.Join(k.dir, "cache", "*.entry"))
		for _, name := range entries {
			os.Remove(name)
		}
	}
	return nil
}

// sound looks at the cache after a number of rounds.
func (k *killer) sound(round int) error {
	out, err := k.command(round).CombinedOutput()
	if err != nil || !bytes.Equal(bytes.TrimSpace(out), []byte(k.result())) {
		return fmt.Errorf("after %d rounds a run prints %q, want %s: %v", round, out, k.result(), err)
	}
	for _, verb := range []string{"verify", "prune", "verify"} {
		cmd := exec.Command(k.program, "cache", verb)
		cmd.Env = k.env()
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("after %d rounds, cache %s: %v: %s", round, verb, err, out)
		}
	}
	return nil
}

// result is what the guest returns for 1.
func (k *killer) result() string {
	n := int32(1)
	for i := range int32(functions) {
		n = n*(2*i+1) + i
	}
	return fmt.Sprint(n)
}
