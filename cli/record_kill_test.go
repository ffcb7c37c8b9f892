package cli_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestRecordOfAKilledRun states that of a run that is killed, a record is left that plays
// back what the guest did up to a moment not long before.
func TestRecordOfAKilledRun(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r")
	cmd := exec.Command("wazedge", "record", "--output", path, "../testdata/hostile/flood.wasm")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said []byte
	var sizes []int64 // that the record has had: it is written in pieces
	for len(sizes) < 3 && len(said) < 512<<20 {
		piece := make([]byte, 1<<20)
		if _, err := io.ReadFull(stdout, piece); err != nil {
			t.Fatal(err)
		}
		said = append(said, piece...)
		if info, err := os.Stat(path); err == nil && info.Size() > 0 && (len(sizes) == 0 || info.Size() > sizes[len(sizes)-1]) {
			sizes = append(sizes, info.Size())
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(stdout)
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	said = append(said, rest...)
	var errs bytes.Buffer
	again := exec.Command("wazedge", "replay", path)
	again.Stderr = &errs
	got, err := again.Output()
	failed, ok := errors.AsType[*exec.ExitError](err)
	if !ok || failed.ExitCode() != 1 || !bytes.Contains(errs.Bytes(), []byte("the recorded run was ended from outside")) {
		t.Errorf("replay: %v, %s", err, &errs)
	}
	if len(got) == 0 || !bytes.HasPrefix(said, got) {
		t.Errorf("%d bytes of %d are played back, from the beginning on: %v", len(got), len(said), bytes.HasPrefix(said, got))
	}
}
