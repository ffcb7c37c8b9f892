//go:build linux

package task

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	taskAPI "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2/task"
	"github.com/containerd/containerd/v2/pkg/shim"
	"github.com/containerd/containerd/v2/pkg/shutdown"
	"github.com/containerd/containerd/v2/plugins"
	"github.com/containerd/plugin"
	"github.com/containerd/plugin/registry"
	"github.com/containerd/ttrpc"
	"github.com/containerd/typeurl/v2"
)

// Register registers the service of tasks with containerd's shim. The channel is closed when
// the service has been made.
func Register() (made <-chan struct{}) {
	begun := make(chan struct{})
	registry.Register(&plugin.Registration{
		Type:     plugins.TTRPCPlugin,
		ID:       "task",
		Requires: []plugin.Type{plugins.EventPlugin, plugins.InternalPlugin},
		InitFn: func(ic *plugin.InitContext) (any, error) {
			publisher, err := ic.GetByID(plugins.EventPlugin, "publisher")
			if err != nil {
				return nil, err
			}
			stopping, err := ic.GetByID(plugins.InternalPlugin, "shutdown")
			if err != nil {
				return nil, err
			}
			inner, err := task.NewTaskService(ic.Context, publisher.(shim.Publisher), stopping.(shutdown.Service))
			if err != nil {
				return nil, err
			}
			sd := stopping.(shutdown.Service)
			removeSocket(sd)
			if err := tellContainerd(); err != nil {
				return nil, err
			}
			s := &service{TTRPCTaskService: inner, ctx: ic.Context, bundles: map[string]string{}, idle: time.Now()}
			dir, err := os.Getwd()
			if err != nil {
				return nil, err
			}
			go s.watch(dir, sd.Done())
			close(begun)
			return s, nil
		},
	})
	return begun
}

// tellContainerd has wazedge-oci know where containerd is, for images that are artifacts.
func tellContainerd() error {
	for variable, name := range map[string]string{"WAZEDGE_OCI_CONTAINERD": "address", "WAZEDGE_OCI_NAMESPACE": "namespace"} {
		f := flag.Lookup(name)
		if f == nil {
			continue
		}
		if err := os.Setenv(variable, f.Value.String()); err != nil {
			return err
		}
	}
	return nil
}

// service is containerd's service of tasks with wazedge-oci as the runtime.
type service struct {
	taskAPI.TTRPCTaskService
	ctx context.Context // of the shim, with the namespace of its containers

	mu       sync.Mutex
	bundles  map[string]string // by container
	creating int               // containers at the moment
	idle     time.Time         // since when there has been none
}

// RegisterTTRPC offers the service under both versions of its name.
func (s *service) RegisterTTRPC(server *ttrpc.Server) error {
	taskAPI.RegisterTTRPCTaskService(server, s)
	server.RegisterService("containerd.task.v2.Task", second(s))
	return nil
}

// Create creates a container. A runtime that the request names is the one that wazedge-oci
// hands over to.
func (s *service) Create(ctx context.Context, r *taskAPI.CreateTaskRequest) (*taskAPI.CreateTaskResponse, error) {
	s.mu.Lock()
	s.creating++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.creating--
		s.idle = time.Now()
		s.mu.Unlock()
	}()
	o, err := readOptions(r.Options)
	if err != nil {
		return nil, err
	}
	own := runtime()
	other := o.BinaryName
	if filepath.Base(other) == filepath.Base(own) {
		other = ""
	}
	if prepare(r) {
		o.BinaryName = other // runc, unless another is named
	} else {
		if other != "" {
			if err := os.Setenv("WAZEDGE_OCI_RUNTIME", other); err != nil {
				return nil, err
			}
		}
		o.BinaryName = own
	}
	if r.Options, err = typeurl.MarshalAnyToProto(o); err != nil {
		return nil, err
	}
	response, err := s.TTRPCTaskService.Create(ctx, r)
	if err == nil {
		s.mu.Lock()
		s.bundles[r.ID] = r.Bundle
		s.mu.Unlock()
	}
	return response, err
}

// Delete deletes a container or what was executed in it.
func (s *service) Delete(ctx context.Context, r *taskAPI.DeleteRequest) (*taskAPI.DeleteResponse, error) {
	response, err := s.TTRPCTaskService.Delete(ctx, r)
	if err == nil && r.ExecID == "" {
		s.mu.Lock()
		delete(s.bundles, r.ID)
		s.idle = time.Now()
		s.mu.Unlock()
	}
	return response, err
}

// runtime is wazedge-oci: beside this program, or in PATH.
func runtime() string {
	const name = "wazedge-oci"
	if self, err := os.Executable(); err == nil {
		if self, err = filepath.EvalSymlinks(self); err == nil {
			if beside, err := exec.LookPath(filepath.Join(filepath.Dir(self), name)); err == nil {
				return beside
			}
		}
	}
	return name
}
