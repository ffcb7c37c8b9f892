package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/inspection"
)

// linked are the modules that --module names, in the order given: NAME=FILE, or NAME:FILE
// as in the next release of WasmEdge.
func (o *Options) linked() ([]inspection.Linked, error) {
	var list []inspection.Linked
	seen := map[string]bool{}
	for _, text := range o.Modules {
		name, path, ok := strings.Cut(text, "=")
		if !ok {
			name, path, ok = strings.Cut(text, ":")
		}
		if !ok || path == "" {
			return nil, fmt.Errorf("--module %q: NAME=FILE is wanted", text)
		}
		if seen[name] {
			return nil, fmt.Errorf("--module %q: the name %q is taken", text, name)
		}
		seen[name] = true
		list = append(list, inspection.Linked{Name: name, Path: path})
	}
	return list, nil
}

// linkError says which module could not be made ready to be imported from, and why.
type linkError struct {
	linked inspection.Linked
	err    error
}

func (e *linkError) Error() string { return fmt.Sprintf("module %q: %v", e.linked.Name, e.err) }
func (e *linkError) Unwrap() error { return e.err }

// link makes instances of the modules that --module names, in the order given, save that one
// which imports from others comes behind them.
func (r *runner) link(ctx context.Context) error {
	foresees := r.foresees
	r.foresees = false
	defer func() { r.foresees = foresees }()
	for waiting := r.linked; len(waiting) > 0; {
		var later []inspection.Linked
		for n, l := range waiting {
			others := append(waiting[n+1:len(waiting):len(waiting)], later...)
			ready, err := r.linkOne(ctx, l, others)
			if err != nil {
				return &linkError{l, err}
			}
			if !ready {
				later = append(later, l)
			}
		}
		if len(later) == len(waiting) {
			return &linkError{later[0], errCircle}
		}
		waiting = later
	}
	return nil
}

// errCircle is why modules cannot be linked.
var errCircle = errors.New("modules that import from each other in a circle cannot be instantiated")

// linkOne makes an instance of l that others import from by its name, unless it imports from
// one of those that wait. The function _initialize, which libraries may have, is called.
func (r *runner) linkOne(ctx context.Context, l inspection.Linked, waiting []inspection.Linked) (ready bool, err error) {
	if err := r.vm.LoadFile(l.Path); err != nil {
		return false, err
	}
	for _, im := range r.vm.Module().Imports() {
		for _, w := range waiting {
			if im.Module == w.Name {
				r.vm.Unload()
				return false, nil
			}
		}
	}
	if err := r.vm.Validate(); err != nil {
		return false, err
	}
	if err := r.instance(ctx); err != nil {
		return false, err
	}
	if err := r.vm.Initialize(ctx); err != nil {
		return false, err
	}
	_, err = r.vm.Register(l.Name)
	return true, err
}

// linkFailed reports that a module cannot be linked.
func (r *runner) linkFailed(failed *linkError) int {
	status := statusFailed
	if exit, ok := errors.AsType[*compat.ExitError](failed.err); ok {
		r.log.Error(fmt.Sprintf("The module has ended itself with %v", exit))
	} else if errors.Is(failed.err, errCircle) || errors.As(failed.err, new(*compat.StartExitError)) {
		r.log.Error(strings.TrimSpace(failed.err.Error()))
	} else {
		status = r.reportOf(failed.linked.Path, failed.err, statusFailed)
	}
	r.log.Error(fmt.Sprintf("Failed to register module %q from: %s", failed.linked.Name, failed.linked.Path))
	return status
}

// tellModule says in which of several modules a guest has trapped.
func (r *runner) tellModule(frames []compat.Frame) {
	if len(frames) == 0 || frames[0].File == "" || len(r.linked) == 0 && frames[0].Instance == 0 {
		return
	}
	r.log.Error(fmt.Sprintf("    In module: %q", frames[0].File))
}

// instantiateModule loads, validates and links the module in the first word of l, and makes
// an instance of it.
func instantiateModule(p *Process, l line) int {
	r, _, err := newRunner(p, l, execution{})
	if err != nil {
		return p.fail(err.Error())
	}
	r.deadline.call("")
	return r.deadline.within(func() int { return r.instantiate(context.Background(), l.words[0]) }, r.giveUp)
}

func (r *runner) instantiate(ctx context.Context, path string) int {
	status := statusOK
	if err := r.prepare(ctx, path); err != nil {
		status = r.refused(path, nil, err)
	} else {
		r.deadline.speak()
		r.log.Info("Instantiation succeeded.")
	}
	r.deadline.finish(status)
	if !r.deadline.over() {
		if err := r.vm.Close(ctx); err != nil {
			r.log.Debug(err.Error())
		}
	}
	return status
}
