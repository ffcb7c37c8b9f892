//go:build linux

package task

import (
	"os"
	"path/filepath"
	"testing"

	cgroups "github.com/containerd/cgroups/v3/cgroup1/stats"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// TestUsed states that what a guest has used is in the message of metrics for who knows the
// field, and nothing for who does not.
func TestUsed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, statisticsFile), []byte(`{"total_ns":3,"instructions":2,"gas":18446744073709551615,"new":1}`), 0o644); err != nil {
		t.Fatal(err)
	}
	u, ok := readUsed(dir)
	if want := (used{Gas: 1<<64 - 1, Instructions: 2, TotalTime: 3}); !ok || u != want {
		t.Fatalf("%+v, %v", u, ok)
	}
	sent := &cgroups.Metrics{Pids: &cgroups.PidsStat{Current: 7}}
	b, err := proto.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	var got cgroups.Metrics
	if err := proto.Unmarshal(u.appendTo(b), &got); err != nil || got.GetPids().GetCurrent() != 7 {
		t.Fatalf("%v, %v", &got, err)
	}
	n, kind, size := protowire.ConsumeTag(got.ProtoReflect().GetUnknown())
	if n != guestField || kind != protowire.BytesType {
		t.Fatalf("field %d of type %d", n, kind)
	}
	m, size := protowire.ConsumeBytes(got.ProtoReflect().GetUnknown()[size:])
	if size < 0 {
		t.Fatal(protowire.ParseError(size))
	}
	numbers := map[protowire.Number]uint64{}
	for len(m) > 0 {
		n, _, size := protowire.ConsumeTag(m)
		v, more := protowire.ConsumeVarint(m[size:])
		if size < 0 || more < 0 {
			t.Fatal("not a message")
		}
		numbers[n], m = v, m[size+more:]
	}
	if len(numbers) != 3 || numbers[1] != 1<<64-1 || numbers[2] != 2 || numbers[3] != 3 {
		t.Errorf("%v", numbers)
	}
}

// TestUnusable states which files say nothing of a guest.
func TestUnusable(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"none":     func(string) error { return nil },
		"no JSON":  func(path string) error { return os.WriteFile(path, []byte("{"), 0o644) },
		"a link":   func(path string) error { return os.Symlink("/etc/passwd", path) },
		"too much": func(path string) error { return os.WriteFile(path, padded(5000), 0o644) },
	} {
		dir := t.TempDir()
		if err := put(filepath.Join(dir, statisticsFile)); err != nil {
			t.Fatal(err)
		}
		if u, ok := readUsed(dir); ok {
			t.Errorf("%s: %+v", name, u)
		}
	}
	if _, ok := readUsed(""); ok {
		t.Error("without a bundle")
	}
}

// padded is JSON of at least n bytes.
func padded(n int) []byte {
	b := []byte(`{"gas":1`)
	for len(b) < n {
		b = append(b, ' ')
	}
	return append(b, '}')
}
