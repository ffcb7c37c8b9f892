//go:build unix

package cache

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestEntriesOfOthersAreNotUsed puts files in an entry's place that somebody else
// may have made or may change: they are removed.
func TestEntriesOfOthersAreNotUsed(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(path string) error
	}{
		{"symbolic link", func(path string) error {
			if err := os.Rename(path, path+".moved"); err != nil {
				return err
			}
			return os.Symlink(path+".moved", path)
		}},
		{"writable by the group", func(path string) error { return os.Chmod(path, 0o660) }},
		{"writable by all", func(path string) error { return os.Chmod(path, 0o602) }},
		{"of another user", func(path string) error {
			if os.Geteuid() != 0 {
				return errors.ErrUnsupported
			}
			return os.Chown(path, 12345, -1)
		}},
	} {
		s, _ := newStore(t, 0)
		c := sample("module", 1)
		put(t, s, c)
		err := test.do(s.path(c.Key))
		if errors.Is(err, errors.ErrUnsupported) {
			continue // only root gives files away
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(c.Key); !errors.Is(err, ErrCorrupt) || !errors.Is(err, ErrNone) {
			t.Errorf("%s: get: %v, want ErrCorrupt and ErrNone", test.name, err)
		}
		if _, err := os.Lstat(s.path(c.Key)); !os.IsNotExist(err) {
			t.Errorf("%s: still there: %v", test.name, err)
		}
	}
}

// TestTheSuperuserSaysWhomToTrust states that the keys in a directory of the superuser's are
// trusted by every user, and those in another user's directory by nobody else. It
// executes itself as the user.
func TestTheSuperuserSaysWhomToTrust(t *testing.T) {
	const variable = "WAZEDGE_TEST_KEYRING"
	if dir := os.Getenv(variable); dir != "" {
		keys, err := NewKeyring(dir, func(text string) { fmt.Println("said:", text) }).Trusted()
		fmt.Println(len(keys), "keys", err)
		_, err = NewKeyring(dir, func(text string) { fmt.Println("said:", text) }).known()
		fmt.Println("no secret:", errors.Is(err, ErrNoSecret))
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("not run: only the superuser becomes another user")
	}
	root, err := os.MkdirTemp("", "keyring")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(root)
	program := filepath.Join(root, "test")
	if out, err := exec.Command("cp", os.Args[0], program).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	dir := filepath.Join(root, "keyring")
	for _, d := range []string{root, dir} {
		os.Mkdir(d, 0o755)
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, trustedFile), []byte(TrustedKey{Public: public}.String()+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		owner int
		mode  os.FileMode
		want  string
	}{
		{owner: 0, mode: 0o755, want: "1 keys <nil>\nno secret: true\n"},
		{owner: 1234, mode: 0o755, want: "1 keys <nil>\nno secret: true\n"},
		{owner: 4321, mode: 0o755, want: "owned by another user"},
		{owner: 0, mode: 0o777, want: "0 keys"},
	} {
		if err := errors.Join(os.Chown(dir, tc.owner, -1), os.Chown(filepath.Join(dir, trustedFile), tc.owner, -1), os.Chmod(dir, tc.mode)); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(program, "-test.run", "^"+t.Name()+"$")
		cmd.Env = []string{variable + "=" + dir}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1234, Gid: 1234}}
		cmd.Dir = root
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), tc.want) {
			t.Errorf("owner %d, mode %o: %v, %s", tc.owner, tc.mode, err, out)
		}
	}
}

func TestDirectoryOfOthersIsNotUsed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := New(dir, Options{Keyring: testKeyring}).Put(sample("module", 1)); err == nil {
		t.Error("put into a directory that others may write to succeeds")
	}
}
