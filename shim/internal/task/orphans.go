//go:build linux

package task

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	taskAPI "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/v2/pkg/shutdown"
	"github.com/containerd/log"
	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/shim/internal/launch"
)

// Times of the search for orphans: between two, and for one to be ended.
const (
	orphanInterval = 5 * time.Second
	orphanTimeout  = 30 * time.Second
	// forsaken is how long a shim is without a container: containerd asks for one at once, and
	// ends the shim with the last.
	forsaken = 30 * time.Second
)

// watch removes containers that containerd has given up, until the shim ends, and ends the shim
// that it has given up itself, whose bundle is dir. When containerd is killed while it has a
// container created, and started again before the shim has created it, it finds no
// container, removes the bundle, and never asks for the container or the shim again.
func (s *service) watch(dir string, stopping <-chan struct{}) {
	ticker := time.NewTicker(orphanInterval)
	defer ticker.Stop()
	for {
		select {
		case <-stopping:
			return
		case <-ticker.C:
		}
		for _, id := range s.orphans() {
			s.remove(id)
		}
		if gone(dir) || s.isIdle() {
			s.Shutdown(s.ctx, &taskAPI.ShutdownRequest{}) // unless there are containers
		}
	}
}

// gone reports whether there is nothing of that name any more.
func gone(name string) bool {
	_, err := os.Lstat(name)
	return errors.Is(err, fs.ErrNotExist)
}

// isIdle reports whether there has been no container for long: the last request for one may have
// failed when nobody was there any more to hear of it.
func (s *service) isIdle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.creating == 0 && len(s.bundles) == 0 && time.Since(s.idle) > forsaken
}

// orphans are the containers whose bundles are gone, or which containerd has given up.
func (s *service) orphans() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, bundle := range s.bundles {
		if gone(bundle) || !gone(filepath.Join(bundle, launch.GivenUp)) {
			ids = append(ids, id)
		}
	}
	return ids
}

// remove ends and deletes a container, and then the shim, unless it has others.
func (s *service) remove(id string) {
	ctx, cancel := context.WithTimeout(s.ctx, orphanTimeout)
	defer cancel()
	l := log.G(ctx).WithField("id", id)
	l.Warn("containerd has given up this container")
	if _, err := s.Kill(ctx, &taskAPI.KillRequest{ID: id, Signal: uint32(unix.SIGKILL), All: true}); err != nil {
		l.WithError(err).Info("kill")
	}
	if _, err := s.Wait(ctx, &taskAPI.WaitRequest{ID: id}); err != nil {
		l.WithError(err).Warn("wait")
	}
	if _, err := s.Delete(ctx, &taskAPI.DeleteRequest{ID: id}); err != nil {
		l.WithError(err).Warn("delete")
		return // and again, the next time
	}
	if _, err := s.Shutdown(ctx, &taskAPI.ShutdownRequest{ID: id}); err != nil {
		l.WithError(err).Warn("shutdown")
	}
}

// EndForsaken ends this process, a shim that has been started to serve, when containerd has given
// it up before it has made its service: it waits for containerd to open its log, for ever if
// containerd has been killed.
func EndForsaken(made <-chan struct{}) {
	address := ownSocket()
	dir, err := os.Getwd()
	if address == "" || err != nil {
		return
	}
	ticker := time.NewTicker(orphanInterval)
	defer ticker.Stop()
	begun := time.Now()
	for {
		select {
		case <-made:
			return
		case <-ticker.C:
		}
		if gone(dir) || time.Since(begun) > forsaken {
			os.Remove(address)
			os.Exit(1)
		}
	}
}

// ownSocket is the name of the socket that this process is to serve, or empty if it does
// something else.
func ownSocket() string {
	if listens, err := unix.GetsockoptInt(listener, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err != nil || listens == 0 {
		return ""
	}
	name, err := unix.Getsockname(listener)
	if address, ok := name.(*unix.SockaddrUnix); ok && err == nil && filepath.IsAbs(address.Name) {
		return address.Name
	}
	return ""
}

// listener is the descriptor of the socket that a shim is started with.
const listener = 3

// removeSocket has the socket's file removed at the end of the shim: by its name as the kernel
// knows it, for the directory in which containerd keeps it may be gone by then.
func removeSocket(stopping shutdown.Service) {
	address := ownSocket()
	if address == "" {
		return
	}
	made, err := os.Lstat(address)
	if err != nil {
		return
	}
	stopping.RegisterCallback(func(context.Context) error {
		if now, err := os.Lstat(address); err != nil || !os.SameFile(made, now) {
			return nil // somebody else's by now
		}
		return os.Remove(address)
	})
}
