//go:build linux

// Package task is what containerd's shim does for tasks whose runtime is wazedge-oci: it is
// containerd's own shim of runc, told which runtime to use, and speaks the protocols of
// containerd 1.6, 1.7 and 2.
package task

import (
	"context"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2/manager"
	"github.com/containerd/containerd/v2/pkg/shim"

	"github.com/wazedge/wazedge/shim/internal/launch"
)

// NewManager is containerd's manager of shims, under that name.
func NewManager(name string) shim.Manager { return starter{manager.NewShimManager(name)} }

// starter answers whoever starts a shim in a way that all versions of containerd understand.
type starter struct{ shim.Manager }

// Start starts a shim, or finds that of the pod.
func (s starter) Start(ctx context.Context, id string, opts shim.StartOpts) (shim.BootstrapParams, error) {
	params, err := s.Manager.Start(ctx, id, opts)
	if err != nil {
		return params, err
	}
	if err := launch.Answer(os.Stdout, params.Address); err != nil {
		return params, err
	}
	os.Exit(0)
	return params, nil
}

// Stop removes what a shim that has died has left.
func (s starter) Stop(ctx context.Context, id string) (shim.StopStatus, error) {
	dir, err := os.Getwd()
	if err != nil {
		return s.Manager.Stop(ctx, id)
	}
	bundle := filepath.Join(filepath.Dir(dir), id)
	launch.Begin(bundle)
	status, err := s.Manager.Stop(ctx, id)
	launch.RemoveGroups(bundle)
	return status, err
}
