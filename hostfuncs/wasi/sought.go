package wasi

import (
	"slices"
	"sync/atomic"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// Sought is what a guest has done to find files, for whoever is to tell a person
// why it has found none.
type Sought struct {
	Mapped bool // directories are mapped,
	Root   bool // one of them at /
	Listed bool // the guest has asked which directories are mapped, to the end of the list
	Found  bool // the guest has reached something by a path
	// LikeGo is whether the guest imports what every program built by Go does,
	// and nothing that none does.
	LikeGo bool
}

// sought collects that.
type sought struct {
	listed, found atomic.Bool
	likeGo        bool
}

// goImports are functions that Go's runtime imports whatever a program does.
var goImports = []string{"fd_prestat_get", "poll_oneoff", "random_get", "sched_yield", "fd_fdstat_set_flags"}

// libcImports are functions that nothing in Go's runtime and library imports, and that large programs of other languages do.
var libcImports = []string{"clock_res_get", "fd_advise", "fd_allocate", "fd_datasync", "fd_renumber", "fd_tell"}

// Imported implements [abi.Importer].
func (h *Host) Imported(imports []abi.Import) {
	has := func(name string) bool {
		return slices.ContainsFunc(imports, func(i abi.Import) bool { return i.Name == name })
	}
	lacks := func(name string) bool { return !has(name) }
	h.sought.likeGo = h.sought.likeGo || !slices.ContainsFunc(goImports, lacks) && !slices.ContainsFunc(libcImports, has)
}

// outcome notes what came of a call with a path.
func (s *sought) outcome(errno Errno) Errno {
	if errno == Success && !s.found.Load() {
		s.found.Store(true)
	}
	return errno
}

// Sought tells what the guest has done so far to find files.
func (h *Host) Sought() Sought {
	s := Sought{Listed: h.sought.listed.Load(), Found: h.sought.found.Load(), LikeGo: h.sought.likeGo}
	for _, name := range h.mapped {
		s.Mapped = true
		s.Root = s.Root || name == "/"
	}
	return s
}
