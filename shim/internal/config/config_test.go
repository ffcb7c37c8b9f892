package config_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/wazedge/wazedge/shim/internal/config"
)

const text = `{"ociVersion": "1.2.0", "future": {"x": [1.0, 12345678901234567890]},
	"process": {"args": ["/a", "b"], "env": ["A=1", "A=2"], "cwd": "/w", "user": {"uid": 7, "additionalGids": [1]}, "scheduler": {"policy": "SCHED_IDLE"}},
	"root": {"path": "rootfs", "readonly": true},
	"mounts": [{"destination": "/d", "type": "bind", "source": "s", "options": ["rbind", "rw", "ro"], "uidMappings": [{"containerID": 0}]}],
	"annotations": {"k": "v"}, "linux": {"resources": {"memory": {"limit": 1048576}}, "seccomp": {"defaultAction": "SCMP_ACT_ERRNO"}}}`

// TestChange states that what is changed is changed, and everything else stays as it was.
func TestChange(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	c, err := config.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	m := c.Mounts[0]
	if v, ok := c.Process.Lookup("A"); !ok || v != "2" || c.Memory != 1<<20 || !c.Root.Readonly || !m.Bind() || !m.ReadOnly() {
		t.Errorf("%+v", c)
	}
	f := c.Files()
	if f.Root != filepath.Join(dir, "rootfs") || f.Mounts[0].Source != filepath.Join(dir, "s") || f.Mounts[0].Destination != "/d" {
		t.Errorf("%+v", f)
	}
	c.Process.Args = []string{"/new"}
	c.Annotations["n"] = "w"
	if err := c.AddMount(config.Mount{Destination: "/e", Type: "bind", Source: "/x", Options: []string{"ro"}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Write(); err != nil {
		t.Fatal(err)
	}
	var want, got map[string]any
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		t.Fatal(err)
	}
	want["process"].(map[string]any)["args"] = []any{"/new"}
	want["annotations"].(map[string]any)["n"] = "w"
	want["mounts"] = append(want["mounts"].([]any), map[string]any{"destination": "/e", "type": "bind", "source": "/x", "options": []any{"ro"}})
	written, err := os.ReadFile(filepath.Join(dir, config.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(written, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %s", err, written)
	}
	if info, err := os.Stat(filepath.Join(dir, config.FileName)); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("left: %v, %v", list, err)
	}
}
