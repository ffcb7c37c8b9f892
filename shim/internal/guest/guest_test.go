package guest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/shim/internal/config"
	"github.com/wazedge/wazedge/shim/internal/guest"
)

// read is a configuration of that text.
func read(t *testing.T, text string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := config.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestRun states which command line of wazedge a configuration becomes.
func TestRun(t *testing.T) {
	const head = "/.wazedge/wazedge run --no-cache --log-stream stderr --log-level warning --inherit-env "
	for _, tc := range []struct{ name, text, args, env string }{
		{
			name: "plain", text: `{"process": {"args": ["/m.wasm", "--x"], "cwd": "/"}}`,
			args: "--dir /:/ --allow-net all -- /p/m.wasm --x",
			env:  "WAZEDGE_TRUST_DIR=/.wazedge/trust WAZEDGE_CONTAINER=1",
		},
		{
			name: "environment", text: `{"process": {"args": ["/m.wasm"], "cwd": "/w", "env": ["A=1", "WAZEDGE_TRUST_DIR=/evil", "GODEBUG=x", "WASMEDGE_PLUGIN_PATH=/p"]}}`,
			args: "--env WAZEDGE_TRUST_DIR=/evil --env GODEBUG=x --env WASMEDGE_PLUGIN_PATH=/p --dir /:/ --allow-net all -- /p/m.wasm",
			env:  "A=1 PWD=/w WAZEDGE_TRUST_DIR=/.wazedge/trust WAZEDGE_CONTAINER=1",
		},
		{
			name: "mounts", text: `{"process": {"args": ["/m.wasm"]}, "root": {"readonly": true}, "mounts": [
				{"destination": "/proc", "type": "proc"}, {"destination": "/dev/shm", "type": "tmpfs"}, {"destination": "/t", "type": "tmpfs"},
				{"destination": "/r", "type": "bind", "source": "/", "options": ["rbind", "ro"]}, {"destination": "/f", "type": "bind", "source": "/proc/self/maps"},
				{"destination": "/a:b", "type": "tmpfs"}, {"destination": "/t/../t", "type": "tmpfs", "options": ["ro"]}]}`,
			args: "--dir /:/:readonly --dir /r:/r:readonly --dir /t:/t:readonly --allow-net all -- /p/m.wasm",
		},
		{
			name: "limits", text: `{"process": {"args": ["/m.wasm"]}, "linux": {"resources": {"memory": {"limit": 67108864}}},
				"annotations": {"wazedge.gas-limit": "10M", "wazedge.time-limit": "2s", "wazedge.allow-net": "10.0.0.0/8:*,[::1]:80", "wazedge.statistics": "true", "other": "x"}}`,
			args: "--dir /:/ --allow-net 10.0.0.0/8:*,[::1]:80 --memory-page-limit 640 --gas-limit 10M --time-limit 2s --enable-all-statistics -- /p/m.wasm",
		},
		{
			name: "little memory", text: `{"process": {"args": ["/m.wasm"]}, "linux": {"resources": {"memory": {"limit": 8388608}}}, "annotations": {"wazedge.deny-net": "true"}}`,
			args: "--dir /:/ --deny-net --memory-page-limit 64 -- /p/m.wasm",
		},
		{
			name: "server", text: `{"process": {"args": ["/m.wasm"]}, "annotations": {"wazedge.serve": ":8080", "wazedge.metrics": "[::1]:9000", "wazedge.gas-limit": "1M"}}`,
			args: "--addr :8080 --metrics-addr [::1]:9000 --dir /:/ --allow-net all --gas-limit 1M -- /p/m.wasm",
		},
		{
			name: "CGI", text: `{"process": {"args": ["/m.wasm"]}, "annotations": {"wazedge.serve-cgi": "0.0.0.0:80", "wazedge.deny-net": "1"}}`,
			args: "--addr 0.0.0.0:80 --cgi --dir /:/ -- /p/m.wasm",
		},
		{
			name: "no limit", text: `{"process": {"args": ["/m.wasm"]}, "linux": {"resources": {"memory": {"limit": -1}}}}`,
			args: "--dir /:/ --allow-net all -- /p/m.wasm",
		},
		{
			name: "a limit of one's own", text: `{"process": {"args": ["/m.wasm"]}, "linux": {"resources": {"memory": {"limit": 8388608}}}, "annotations": {"wazedge.memory-limit": "1MiB"}}`,
			args: "--dir /:/ --allow-net all --memory-page-limit 1MiB -- /p/m.wasm",
		},
	} {
		c := read(t, tc.text)
		o, err := guest.ReadOptions(c.Annotations)
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		guest.Run(c.Process, c, o, "/p/m.wasm", "")
		want := head + tc.args
		if o.Serve != "" {
			want = strings.Replace(want, " run ", " serve ", 1)
		}
		if got := strings.Join(c.Process.Args, " "); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", tc.name, got, want)
		}
		if got := strings.Join(c.Process.Env, " "); tc.env != "" && got != tc.env {
			t.Errorf("%s: environment %s", tc.name, got)
		}
	}
}

// TestOptions states which annotations are refused.
func TestOptions(t *testing.T) {
	for _, tc := range [][2]string{
		{"wazedge.gas-limit", "-1"}, {"wazedge.gas-limit", "--dir"}, {"wazedge.time-limit", "2 s"}, {"wazedge.allow-net", "-x"},
		{"wazedge.allow-net", "a:1 --dir /"}, {"wazedge.deny-net", "perhaps"}, {"wazedge.options", "--dir /:/"}, {"wazedge.memory-limit", ""},
		{"wazedge.serve", "8080"}, {"wazedge.serve", ":80 --dir /:/"}, {"wazedge.serve-cgi", "-x:1"},
	} {
		if o, err := guest.ReadOptions(map[string]string{tc[0]: tc[1]}); err == nil {
			t.Errorf("%q: %+v", tc, o)
		}
	}
}

// TestTogether states which annotations do not go together.
func TestTogether(t *testing.T) {
	for _, annotations := range []map[string]string{
		{"wazedge.serve": ":80", "wazedge.serve-cgi": ":80"}, {"wazedge.metrics": ":80"}, {"wazedge.serve": ":80", "wazedge.statistics": "true"},
	} {
		if o, err := guest.ReadOptions(annotations); err == nil {
			t.Errorf("%v: %+v", annotations, o)
		}
	}
}

// TestAsked states what annotations of other runtimes mean.
func TestAsked(t *testing.T) {
	for _, tc := range []struct {
		name, value string
		want        guest.Asked
	}{
		{"run.oci.handler", "wasm", guest.Required}, {"run.oci.handler", "krun", guest.Unsaid},
		{"module.wasm.image/variant", "compat", guest.Allowed}, {"module.wasm.image/variant", "compat-smart", guest.Allowed}, {"x", "wasm", guest.Unsaid},
	} {
		if got := guest.AskedBy(map[string]string{tc.name: tc.value}); got != tc.want {
			t.Errorf("%s=%s: %v", tc.name, tc.value, got)
		}
	}
}
