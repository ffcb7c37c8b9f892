package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/journal"
	"github.com/wazedge/wazedge/internal/machine"
	"github.com/wazedge/wazedge/limits"
)

// recordEnding is what the names of records end in.
const recordEnding = ".wzr"

// recordedGroups and recordedOptions are the options that decide what a guest does, or
// what is said of it, and so are in a record. Of the others, which are about the host,
// nothing is needed to run a guest again.
var (
	recordedGroups  = []group{groupProposals, groupDeprecated}
	recordedOptions = []string{
		"reactor", "run-mode", "forbidden-plugin",
		"time-limit", "gas-limit", "memory-page-limit", "max-call-depth", "max-table-elements", "max-memory", "gc-heap-limit",
		"enable-instruction-count", "enable-gas-measuring", "enable-time-measuring", "enable-all-statistics", "statistics-format",
		"log-level", "log-stream",
	}
)

// recorded reports whether the option, of running, is in a record.
func (o *option) recorded() bool {
	return slices.Contains(recordedGroups, o.group) || slices.Contains(recordedOptions, o.name)
}

// recorder records a run.
type recorder struct {
	file   *os.File
	header journal.Header
	writer *journal.Writer
	record *journal.Record
	loaded chan func() []byte // the module, once it is linked; nil when it never will be
	linked atomic.Bool

	interrupted atomic.Bool // the guest was ended by its time; a run that is given up on goes on
	once        sync.Once
	failed      error
}

// recordModule runs the module and arguments of l as runModule does, and records it.
func recordModule(p *Process, l line) int {
	r, err := newRecorder(l)
	if err != nil {
		return p.fail(err.Error())
	}
	p.tee = r.writer.Tee
	return p.execute(l, execution{recorder: r})
}

// newRecorder begins the record of the run that l asks for.
func newRecorder(l line) (*recorder, error) {
	if len(l.syntax.options.Modules) > 0 {
		return nil, errors.New("a record is of one module: --module cannot be recorded")
	}
	path, module := l.syntax.options.Output, l.words[0]
	if path == "" {
		path = strings.TrimSuffix(filepath.Base(module), filepath.Ext(module)) + recordEnding
	}
	if same, err := sameFile(path, module); err == nil && same {
		return nil, fmt.Errorf("--output %s is the module itself", path)
	}
	f, err := createRecord(path)
	if err != nil {
		return nil, fmt.Errorf("cannot write the record: %w", err)
	}
	r := &recorder{file: f, loaded: make(chan func() []byte, 2)}
	r.header = journal.Header{
		Wazedge: ownVersion(), Engine: "wazero " + moduleVersion(engineModule), Machine: runtime.GOOS + "/" + runtime.GOARCH,
		Date: time.Now().UTC().Format(time.RFC3339), Module: filepath.Base(module), Words: l.words[1:],
	}
	if r.header.Options, r.header.Costs, err = recordable(l); err != nil {
		return nil, errors.Join(err, r.discard())
	}
	r.record = journal.NewRecord(f, &r.header, r.module)
	r.writer = journal.NewWriter(journal.NewMemory(), r.record)
	return r, nil
}

// createRecord makes the file of a record. A regular file is made anew, not written over: it is to be
// its owner's alone, and file systems write what replaces the contents of a file to the disk at once.
func createRecord(path string) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
		_ = os.Remove(path) // where that is not allowed, writing over it may be
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
}

// sameFile reports whether two paths lead to one file.
func sameFile(a, b string) (bool, error) {
	x, err := os.Stat(a)
	if err != nil {
		return false, err
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y), err
}

// recordable are the options of l that a record has, and the text of its table of costs.
func recordable(l line) (options [][2]string, costs string, err error) {
	for _, row := range optionsOf(toolRun) {
		if !row.recorded() || !l.syntax.given(row.name) {
			continue
		}
		values := []string{row.value(l.syntax.options).String()}
		if list, ok := row.value(l.syntax.options).(*texts); ok {
			values = *list
		}
		for _, v := range values {
			options = append(options, [2]string{row.name, v})
		}
	}
	if file := l.syntax.options.GasCostTable; file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, "", fmt.Errorf("cannot read the table of costs: %w", err)
		}
		costs = string(b)
	}
	return options, costs, nil
}

// configure has the run that c is for recorded. The bound of memory, which follows from
// the machine, is set.
func (r *recorder) configure(c *compat.Config) {
	c.Record = r.writer
	if n := machine.Memory(); c.Limits.MaxMemory == 0 && n > 0 {
		c.Limits.MaxMemory = n / 4 * 3
	}
	r.header.MaxMemory = c.Limits.MaxMemory
}

// errThreads is why a guest is not recorded.
var errThreads = &callError{text: "wazedge: the module shares memory between threads, whose order no record can tell: it cannot be recorded"}

// link has the module of vm, which is linked, recorded.
func (r *recorder) link(vm *compat.VM) error {
	if m, _ := vm.Checked(); m.HasSharedMemory() {
		return errThreads
	}
	r.linked.Store(true)
	r.loaded <- vm.Binary()
	return nil
}

// take has a component be recorded that is about to be executed.
func (r *recorder) take(b []byte) {
	r.linked.Store(true)
	r.loaded <- func() []byte { return b }
}

// module waits for the module to be recorded.
func (r *recorder) module() ([]byte, error) {
	read := <-r.loaded
	if read == nil {
		return nil, errors.New("nothing was executed")
	}
	b := read()
	if b == nil {
		return nil, errors.New("the module has changed while it ran")
	}
	r.header.Digest = digestText(b)
	return b, nil
}

// close ends the record of a run that has ended with status. Of a module that was not
// executed, none is left. Only the first call counts.
func (r *recorder) close(status int) error {
	r.once.Do(func() { r.failed = r.finish(status) })
	return r.failed
}

func (r *recorder) finish(status int) error {
	if !r.linked.Load() {
		r.loaded <- nil
		_ = r.record.Close(nil) // it is to go
		return r.discard()
	}
	err := errors.Join(r.record.Close(&journal.End{Status: status, Interrupted: r.interrupted.Load()}), r.file.Close())
	if err != nil {
		return fmt.Errorf("cannot write the record: %w", err)
	}
	return nil
}

// noteEnding notes whether err is one that another run need not end with.
func (r *runner) noteEnding(err error) {
	if c, ok := fault.CodeOf(err); ok && r.recorder != nil {
		r.interrupted.Store(c == fault.Interrupted)
	}
}

// digestText is the digest of a module as records have it.
func digestText(module []byte) string { return fmt.Sprintf("%x", cache.DigestOf(module)) }

// discard removes the file.
func (r *recorder) discard() error {
	return errors.Join(r.file.Close(), os.Remove(r.file.Name()))
}

// replayed is a run that is answered from a record.
type replayed struct {
	path      string
	recording *journal.Recording
	player    *journal.Player
	told      bool // what ended it has been told
}

// replayRecord runs what the record of l has again.
func replayRecord(p *Process, l line) int {
	path := l.words[0]
	f, err := os.Open(path)
	if err != nil {
		return p.fail("cannot read the record: " + err.Error())
	}
	defer f.Close()
	recording, err := journal.OpenRecording(f)
	if err == nil && digestText(recording.Code) != recording.Digest {
		err = journal.ErrCorrupt
	}
	if err == nil {
		err = p.adopt(l, recording.Options)
	}
	if err != nil {
		return p.fail(path + ": " + err.Error())
	}
	player := journal.NewPlayer(recording)
	player.StopAt = l.syntax.options.StopAt
	player.Out[1], player.Out[2] = p.Stdout, p.Stderr
	l.words = append([]string{recording.Module}, recording.Words...)
	return p.execute(l, execution{replayed: &replayed{path: path, recording: recording, player: player}})
}

// adopt sets those options of a record that l does not have. Nobody vouches for them: one
// that is about the host is refused.
func (p *Process) adopt(l line, options [][2]string) error {
	rows := optionsOf(toolRun)
	for _, pair := range options {
		name, value := pair[0], pair[1]
		n := slices.IndexFunc(rows, func(o *option) bool { return o.name == name })
		if n < 0 || !rows[n].recorded() {
			return fmt.Errorf("the record has the option --%q, which a record cannot have", name)
		}
		if l.syntax.given(name) {
			continue
		}
		err := rows[n].check(value)
		if err == nil {
			err = rows[n].value(l.syntax.options).Set(value)
		}
		if err != nil {
			return fmt.Errorf("the option --%s of the record: %w", name, err)
		}
	}
	return nil
}

// configure has the run that c is for answered from the record, and keeps everything else
// of the host from it.
func (r *replayed) configure(c *compat.Config) error {
	c.Replay = &compat.Replay{Player: r.player, From: r.recording}
	c.WASI = compat.WASIConfig{Trace: c.WASI.Trace, Interruptible: c.WASI.Interruptible}
	if most := r.recording.MaxMemory; c.Limits.MaxMemory == 0 && most > 0 {
		if n := machine.Memory(); n > 0 {
			most = min(most, n/4*3)
		}
		c.Limits.MaxMemory = most
	}
	if r.recording.Costs == "" {
		return nil
	}
	var err error
	if c.Limits.Costs, err = limits.ReadCosts(strings.NewReader(r.recording.Costs)); err != nil {
		return fmt.Errorf("the table of costs of the record: %w", err)
	}
	return nil
}

// verdict is the status of a run that has ended with status, and what is to be said about it
// beside what the run itself has said.
func (r *replayed) verdict(status int) (int, string) {
	at := r.player.Calls()
	end, err := r.player.End()
	switch {
	case r.told:
		return status, ""
	case err != nil:
		return statusFailed, fmt.Sprintf("%s: %v", r.path, err)
	case !r.player.Ended():
		return statusFailed, fmt.Sprintf("the run differs: it has ended behind host call %d, where the recorded one went on", at)
	case end == nil:
		return status, fmt.Sprintf("the record ends behind host call %d: the recorded run was ended from outside", at)
	case end.Status != status && !end.Interrupted:
		return statusFailed, fmt.Sprintf("the run differs: its status is %d, that of the recorded one was %d", status, end.Status)
	}
	return status, ""
}

// ended is what there is to say of a guest that err has ended, as the record does not answer it
// any more, the status for that, and whether that is so.
func (r *replayed) ended(err error) (text string, status int, ok bool) {
	if stop, is := errors.AsType[*journal.Stopped](err); is {
		return stop.Error(), statusOK, true
	}
	if d, is := errors.AsType[*journal.Divergence](err); is {
		return "the run differs: " + d.Error(), statusFailed, true
	}
	if journal.Damaged(err) {
		return r.path + ": " + err.Error(), statusFailed, true
	}
	if !errors.Is(err, journal.ErrEnd) {
		return "", 0, false
	}
	at := r.player.Calls()
	if end, err := r.player.End(); err == nil && end == nil {
		return fmt.Sprintf("the record ends behind host call %d: the recorded run was ended from outside", at), statusFailed, true
	}
	return fmt.Sprintf("the run differs: the recorded one made %d host calls, this one makes another", at), statusFailed, true
}
