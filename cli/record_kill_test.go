package cli_test

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestRecordOfAKilledRun states that of a run that is killed, a record is left that plays
// back what the guest did up to a moment not long before.
func TestRecordOfAKilledRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r")
	cmd := exec.Command("wazedge", "record", "--output", path, "../testdata/hostile/flood.wasm")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 32<<20)
	if _, err := io.ReadFull(stdout, said); err != nil {
		t.Fatal(err)
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
	if len(got) < len(said)/8 || !bytes.HasPrefix(said, got) {
		t.Errorf("%d bytes of %d are played back, from the beginning on: %v", len(got), len(said), bytes.HasPrefix(said, got))
	}
}
