package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/wazedge/wazedge/shim/internal/config"
	"github.com/wazedge/wazedge/shim/internal/convert"
	"github.com/wazedge/wazedge/shim/internal/guest"
	"github.com/wazedge/wazedge/shim/internal/runtimeline"
)

// Variables by which our shim tells where containerd is, and which containers are meant.
const (
	addressVariable   = "WAZEDGE_OCI_CONTAINERD"
	namespaceVariable = "WAZEDGE_OCI_NAMESPACE"
)

// artifact is the module of a container whose image has no files, being an OCI artifact; nil if
// it is not that, or if there is no shim of ours to ask.
func artifact(line runtimeline.Line, c *config.Config) (*convert.Module, error) {
	address, namespace, words := os.Getenv(addressVariable), os.Getenv(namespaceVariable), line.Words()
	if address == "" || namespace == "" || len(words) != 1 {
		return nil, nil
	}
	if _, err := c.Files().Open(path.Join("/", c.Process.Cwd, c.Process.Args[0])); !errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	kept, err := convert.Store()
	if err != nil {
		return nil, err
	}
	helper := filepath.Join(filepath.Dir(kept.Wazedge), "wazedge-artifact")
	if _, err := os.Stat(helper); err != nil {
		return nil, nil // it is not installed; the runtime says that there is no such file
	}
	cmd := exec.Command(helper, address, namespace, words[0], filepath.Join(kept.Dir, "artifacts"))
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("look for the module of an artifact: %w: %s", err, strings.TrimSpace(said.String()))
	}
	if len(out) == 0 {
		return nil, nil
	}
	file, err := os.Open(string(out))
	if err != nil {
		return nil, err
	}
	return convert.Looked(file, "/"+filepath.Base(string(out)), guest.Required)
}
