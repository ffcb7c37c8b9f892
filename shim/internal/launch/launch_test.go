//go:build linux

package launch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/containerd/containerd/api/types/runtimeoptions/v1"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/containerd/v2/pkg/shim"
	"github.com/containerd/typeurl/v2"
	"google.golang.org/protobuf/proto"
)

// TestLight states that nothing is in the program whose initialisation would cost its two starts for each
// container: the standard library, system calls, and packages of ours.
func TestLight(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "../../cmd/containerd-shim-wazedge-v1").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.FieldsSeq(string(out)) {
		first, _, _ := strings.Cut(name, "/")
		if strings.Contains(first, ".") && name != "golang.org/x/sys/unix" && !strings.HasPrefix(name, "github.com/wazedge/wazedge/shim/") || first == "net" {
			t.Errorf("%s is in it", name)
		}
	}
}

// TestPlain states which options leave the start to the server, which then reads all of them.
func TestPlain(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options any
		plain   bool
	}{
		{"none", nil, true},
		{"none of runc's", &options.Options{}, true},
		{"runc's", &options.Options{ShimCgroup: "/group"}, false},
		{"of a runtime that the CRI plugin does not know", &runtimeoptions.Options{ConfigBody: []byte("SystemdCgroup = true")}, true},
	} {
		var sent []byte
		if tc.options != nil {
			any, err := typeurl.MarshalAnyToProto(tc.options)
			if err != nil {
				t.Fatal(err)
			}
			if sent, err = proto.Marshal(any); err != nil {
				t.Fatal(err)
			}
		}
		name := filepath.Join(t.TempDir(), "options")
		if err := os.WriteFile(name, sent, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if got := plain(file); got != tc.plain {
			t.Errorf("%s: %v", tc.name, got)
		}
		if again, err := io.ReadAll(file); !tc.plain && (err != nil || !bytes.Equal(again, sent)) {
			t.Errorf("%s: read again %q, %v; want %q", tc.name, again, err, sent)
		}
	}
}

// FuzzTypeOf reads what is no message.
func FuzzTypeOf(f *testing.F) {
	for _, seed := range []string{"", "\n", "\n\x01", "\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\n\x04runc\x12\x00", "\n\x04runc"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if name := typeOf(b); len(name) > len(b) {
			t.Error(name)
		}
	})
}

// TestDeleted states that the answer is the message that containerd reads.
func TestDeleted(t *testing.T) {
	at := time.Unix(1790000000, 999_999_999)
	for _, pid := range []int{0, 1, 1 << 22} {
		var got task.DeleteResponse
		if err := proto.Unmarshal(deleted(pid, at), &got); err != nil {
			t.Fatal(err)
		}
		if int(got.Pid) != pid || got.ExitStatus != 137 || !got.ExitedAt.AsTime().Equal(at) || len(got.ProtoReflect().GetUnknown()) > 0 {
			t.Errorf("%v", &got)
		}
	}
}

// TestSocketPath states that the server finds its socket by the same name.
func TestSocketPath(t *testing.T) {
	want, err := shim.SocketAddress(namespaces.WithNamespace(context.Background(), "k8s.io"), "/run/containerd/containerd.sock", "pod", false)
	if got := "unix://" + socketPath("/run/containerd/containerd.sock", "k8s.io", "pod"); err != nil || got != want {
		t.Errorf("%s, want %s, %v", got, want, err)
	}
}

// TestListen states that a socket is its user's alone, that one which is served is left alone, and that
// one which nobody serves any more is replaced.
func TestListen(t *testing.T) {
	dir, err := os.MkdirTemp("", "") // short: the names of sockets are
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s", "socket")
	first, err := listen(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := listen(path); !errors.Is(err, errServed) {
		t.Errorf("served: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "address"), []byte("unix://"+path), 0o600); err != nil {
		t.Fatal(err)
	}
	removeSocket(dir)
	if !connects(path) {
		t.Error("removed while it was served")
	}
	first.Close()
	second, err := listen(path)
	if err != nil || !connects(path) {
		t.Fatalf("after its end: %v", err)
	}
	second.Close()
	removeSocket(dir)
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
}

// TestGone states when there is nothing of a container for the runtime to remove.
func TestGone(t *testing.T) {
	root, empty := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "space", "known"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		options, id string
		want        bool
	}{
		{`{"root": "` + root + `"}`, "known", false},
		{`{"root": "` + root + `"}`, "other", true},
		{`{"root": "` + empty + `"}`, "known", true},
		{`{"root": `, "other", false},
		{`{"root": "` + root + "/space/known\\u0000" + `"}`, "other", false},
	} {
		bundle := filepath.Join(t.TempDir(), tc.id)
		if err := os.Mkdir(bundle, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(bundle, "options.json"), []byte(tc.options), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := gone(bundle, "space", tc.id); got != tc.want {
			t.Errorf("%s, %s: %v", tc.options, tc.id, got)
		}
	}
}

// TestMountedIn states that what is mounted in a bundle is seen.
func TestMountedIn(t *testing.T) {
	const list = "22 1 0:21 / /run/b/one/rootfs rw - overlay overlay rw\n23 1 0:22 / /run/b/two rw - tmpfs tmpfs rw\n"
	for dir, want := range map[string]bool{"/run/b/one": true, "/run/b": true, "/run/b/on": false, "/run/b/two": false, "/rootfs": false, "/a b": true} {
		if got := mountedIn([]byte(list), dir); got != want {
			t.Errorf("%s: %v", dir, got)
		}
	}
}

// TestAnswer states what each version of containerd reads.
func TestAnswer(t *testing.T) {
	for newest, want := range map[string]string{
		"":  "unix:///s",
		"2": `{"version":2,"address":"unix:///s","protocol":"ttrpc"}` + "\n",
		"4": `{"version":2,"address":"unix:///s","protocol":"ttrpc"}` + "\n",
	} {
		t.Chdir(t.TempDir())
		t.Setenv("MAX_SHIM_VERSION", newest)
		var got strings.Builder
		if err := Answer(&got, "unix:///s"); err != nil || got.String() != want {
			t.Errorf("%q: %q, %v", newest, got.String(), err)
		}
		if kept, err := os.ReadFile("address"); err != nil || string(kept) != "unix:///s" {
			t.Errorf("kept %q, %v", kept, err)
		}
	}
}

// TestServerMissing states what is said where the other program is not installed.
func TestServerMissing(t *testing.T) {
	err := Run("containerd-shim-wazedge-v1", []string{"-namespace", "n", "-id", "c", "start"}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), Server+", which belongs beside ") {
		t.Error(err)
	}
}
