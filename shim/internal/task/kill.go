//go:build linux

package task

import (
	"context"

	taskAPI "github.com/containerd/containerd/api/runtime/task/v3"
	taskTypes "github.com/containerd/containerd/api/types/task"
	"github.com/containerd/containerd/v2/pkg/protobuf/types"
	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/shim/internal/begun"
	"github.com/wazedge/wazedge/shim/internal/config"
	"github.com/wazedge/wazedge/shim/internal/guest"
)

// Kill sends a signal to a process: to one that runs a module when wazedge has begun in it.
func (s *service) Kill(ctx context.Context, r *taskAPI.KillRequest) (*types.Empty, error) {
	if sig := unix.Signal(r.Signal); r.ExecID == "" && sig != unix.SIGKILL && s.runsModule(r.ID) {
		state, err := s.State(ctx, &taskAPI.StateRequest{ID: r.ID})
		if err == nil && state.Status == taskTypes.Status_RUNNING {
			begun.Await(ctx, int(state.Pid), sig)
		}
	}
	return s.TTRPCTaskService.Kill(ctx, r)
}

// runsModule reports whether a container runs a module.
func (s *service) runsModule(id string) bool {
	s.mu.Lock()
	bundle, ok := s.bundles[id]
	s.mu.Unlock()
	if !ok {
		return false
	}
	c, err := config.Read(bundle)
	return err == nil && guest.Handled(c)
}
