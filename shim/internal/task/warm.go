//go:build linux

package task

import (
	"context"
	"os"
	"path/filepath"

	taskAPI "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/v2/core/mount"
	"github.com/containerd/containerd/v2/pkg/protobuf/types"
	"github.com/containerd/log"

	"github.com/wazedge/wazedge/shim/internal/config"
	"github.com/wazedge/wazedge/shim/internal/convert"
	"github.com/wazedge/wazedge/shim/internal/guest"
)

// prepare does in this process what wazedge-oci would, if that takes no more than looking, so that
// the container is runc's from then on: each program between the shim and runc costs each of the
// calls that a container's life has. It reports whether it has. Otherwise wazedge-oci does it, and says
// what is wrong; this process could not wait for a compiler, as it reaps whatever child ends.
func prepare(r *taskAPI.CreateTaskRequest) bool {
	c, err := config.Read(r.Bundle)
	if err != nil {
		return false
	}
	unmount, err := mountRootfs(r)
	if err != nil {
		return false
	}
	done, changed, err := convert.Warm(c)
	if unmount() != nil || err != nil || !done {
		return false
	}
	return !changed || c.Write() == nil
}

// mountRootfs mounts the container's root, to be looked at, where it is mounted later.
func mountRootfs(r *taskAPI.CreateTaskRequest) (unmount func() error, err error) {
	if len(r.Rootfs) == 0 {
		return func() error { return nil }, nil
	}
	dir := filepath.Join(r.Bundle, "rootfs")
	if err := os.Mkdir(dir, 0o711); err != nil && !os.IsExist(err) {
		return nil, err
	}
	mounts := make([]mount.Mount, 0, len(r.Rootfs))
	for _, m := range r.Rootfs {
		mounts = append(mounts, mount.Mount{Type: m.Type, Source: m.Source, Target: m.Target, Options: m.Options})
	}
	if err := mount.All(mounts, dir); err != nil {
		_ = mount.UnmountMounts(mounts, dir, 0) // as far as it has got
		return nil, err
	}
	return func() error { return mount.UnmountMounts(mounts, dir, 0) }, nil
}

// Exec has something executed in a container: in one that runs a module, another module. Where
// wazedge-oci is the runtime, it finds it changed.
func (s *service) Exec(ctx context.Context, r *taskAPI.ExecProcessRequest) (*types.Empty, error) {
	s.mu.Lock()
	bundle, ok := s.bundles[r.ID]
	s.mu.Unlock()
	if !ok || r.GetSpec() == nil {
		return s.TTRPCTaskService.Exec(ctx, r)
	}
	c, err := config.Read(bundle)
	if err != nil || c.Process == nil || !guest.Handled(c) || s.byOCI(bundle) {
		return s.TTRPCTaskService.Exec(ctx, r)
	}
	p, err := config.ParseProcess(r.Spec.Value)
	if err != nil || len(p.Args) == 0 {
		return s.TTRPCTaskService.Exec(ctx, r)
	}
	if err := convert.Execute(c, p); err != nil {
		log.G(ctx).WithError(err).Info("exec")
		return nil, err
	}
	if r.Spec.Value, err = p.JSON(); err != nil {
		return nil, err
	}
	return s.TTRPCTaskService.Exec(ctx, r)
}

// byOCI reports whether wazedge-oci is the runtime of the container in bundle, as containerd's
// shim notes it there.
func (s *service) byOCI(bundle string) bool {
	name, err := os.ReadFile(filepath.Join(bundle, "runtime"))
	return err != nil || filepath.Base(string(name)) == filepath.Base(runtime())
}
