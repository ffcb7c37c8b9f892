package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/wazedge/wazedge/cli/suggest"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/legible"
	"github.com/wazedge/wazedge/internal/sniff"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// explains reports whether a person reads what is said beside the log: scripts that know
// wasmedge do not expect it.
func (p *Process) explains() bool {
	return !p.quiet && (p.tool() == wazedge || term.IsTerminal(int(p.Stderr.Fd())))
}

// say tells a person something beside the log.
func (p *Process) say(format string, args ...any) {
	p.tell(fmt.Sprintf(format, args...))
}

// explain tells a person what is wrong with the file path, which was refused for err, and
// what to do about it. It looks at the file again, as nothing was kept of it.
func (p *Process) explain(path string, err error) {
	if !p.explains() {
		return
	}
	code, _ := fault.CodeOf(err)
	if errors.Is(err, compat.ErrNative) && p.explainFile(path, code) {
		return
	}
	if cause := explaining(err); cause != nil {
		p.say("%v", cause)
		return
	}
	switch {
	case needsProposal(err) && p.needsMore(path):
		p.say("%s needs a proposal that this command line leaves off: wazedge inspect %s names it", path, path)
	case path == stdinName && code == fault.UnexpectedEnd && offsetOf(err) == 0:
		p.say("standard input is empty; give the module there: wazedge - <app.wasm")
	case code == fault.IllegalPath:
		p.explainPath(path, err)
	case p.explainFile(path, code) || p.explainText(path, err):
	case code.Phase() == fault.TypeCheckFailed.Phase():
		p.say("%s is a module that breaks the rules of the format; it was damaged, or what made it has a fault: get or build it again", path)
	}
}

// needsProposal reports whether err, that of a module, may be that it needs a proposal that is off.
func needsProposal(err error) bool {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return false
	}
	return e.Code.Phase() == fault.UnexpectedEnd.Phase() || e.RequiresProposal()
}

// needsMore reports whether the module in the file path is valid with more proposals than it was read with.
func (p *Process) needsMore(path string) bool {
	if path == stdinName {
		return false
	}
	b, err := compat.ReadModule(path, false)
	if err != nil {
		return false
	}
	features := compat.Features(wasm.Wasm3 | wasm.Threads)
	vm := compat.New(compat.Config{Features: &features})
	defer vm.Close(context.Background())
	return vm.Load(b) == nil && vm.Validate() == nil
}

// stdinName stands for standard input in the place of a file.
const stdinName = "-"

// offsetOf is where in a module err is, -1 where that is not said.
func offsetOf(err error) int64 {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return int64(e.Offset)
	}
	return -1
}

// explaining is the cause of err, if that is one which says all there is to say, or nil.
func explaining(err error) error {
	for _, cause := range []error{wasm.ErrComponent, compat.ErrNative, wasm.ErrLegacyExceptions} {
		if errors.Is(err, cause) {
			return cause
		}
	}
	return nil
}

// refuseFile reports that the file path was refused for err, by a command that has no log, and
// explains it as [Process.explain] does.
func (p *Process) refuseFile(path string, err error) int {
	if code, _ := fault.CodeOf(err); p.explains() &&
		(code == fault.IllegalPath && p.explainPath(path, err) || errors.Is(err, compat.ErrNative) && p.explainFile(path, code)) {
		return statusFailed
	}
	status := p.fail(fmt.Sprintf("%s: %s", legible.Name(path), legible.Name(err.Error())))
	if explaining(err) == nil { // else the text has it
		p.explain(path, err)
	}
	return status
}

// explainFile says what the file is, if it was refused while it was loaded and is
// something else than a module. It reports whether it did.
func (p *Process) explainFile(path string, code fault.Code) bool {
	if code.Phase() != fault.IllegalPath.Phase() || path == stdinName {
		return false
	}
	found, ok := sniffed(path)
	if ok {
		p.say("%s", found)
	}
	return ok
}

// sniffed says what the file is that is no module, or none that can be run, and what to do about it.
func sniffed(path string) (string, bool) {
	f, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	found, ok := sniff.File(f, info.Size(), path)
	return fmt.Sprintf("%s is %s; %s", path, found.What, strings.ReplaceAll(found.Advice, "FILE", path)), ok
}

// explainText shows the place in a text that could not be read. It reports whether it did.
func (p *Process) explainText(path string, err error) bool {
	at, ok := errors.AsType[*wat.Error](err)
	refused, is := errors.AsType[*fault.Error](err)
	if !ok && !(is && refused.Offset >= 0 && filepath.Ext(path) == ".wat") {
		return false
	}
	text, readErr := os.ReadFile(path)
	if readErr != nil {
		return false
	}
	if !ok {
		if at = instructionAt(text, refused); at == nil {
			return false
		}
	}
	p.say("%s:%d:%d: %s%s", path, at.Line, at.Column, at.Msg, pointedAt(text, at, p.widthOf(p.Stderr)))
	return true
}

// instructionAt is the place in text of the instruction for which a module was refused, which is valid as text; nil if
// that is not in a function.
func instructionAt(text []byte, refused *fault.Error) *wat.Error {
	n := sniff.ScriptLine(text)
	at, ok := wat.Place(text[n:], refused.Offset)
	if !ok {
		return nil
	}
	if n > 0 {
		at.Line++
	}
	at.Msg = refused.Code.Message()
	return &at
}

// tabWidth is how wide a tab is shown.
const tabWidth = 4

// pointedAt is the line of text that has the place at, behind the end of the line before,
// and a caret below the place. What is wider than width is cut on both sides.
func pointedAt(text []byte, at *wat.Error, width int) string {
	lines := bytes.Split(text, []byte("\n"))
	if at.Line < 1 || at.Line > len(lines) {
		return ""
	}
	line := strings.TrimSuffix(string(lines[at.Line-1]), "\r")
	before := shown(line[:min(max(at.Column-1, 0), len(line))])
	all := []rune(shown(line))
	caret := len([]rune(before))
	number := fmt.Sprintf("%5d | ", at.Line)
	room := max(width-len(number)-1, 20)
	from := 0
	if caret >= room {
		from = caret - room/2
	}
	to := min(len(all), from+room)
	return "\n" + number + string(all[from:to]) + "\n" + strings.Repeat(" ", len(number)-2) + "| " + strings.Repeat(" ", caret-from) + "^"
}

// shown is a text as it is shown: with spaces for tabs, and nothing that a terminal would
// take for a command.
func shown(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '?'
		}
		return r
	}, strings.ReplaceAll(text, "\t", strings.Repeat(" ", tabWidth)))
}

// explainPath says why the file path cannot be read. It reports whether it did.
func (p *Process) explainPath(path string, err error) bool {
	info, statErr := os.Stat(path)
	switch {
	case errors.Is(statErr, fs.ErrNotExist):
		p.say("no such file: %s%s", path, p.insteadOf(path))
	case errors.Is(err, fs.ErrPermission) || errors.Is(statErr, fs.ErrPermission):
		p.say("%s: you may not read it", path)
	case statErr == nil && info.IsDir():
		p.say("%s is a directory, not a module%s", path, modulesIn(path))
	case statErr == nil && !info.Mode().IsRegular():
		p.say("%s is no regular file", path)
	case statErr != nil:
		p.say("%v", statErr)
	default:
		return false
	}
	return true
}

// insteadOf is what may have been meant by the file path, which is not there: a command,
// an option, or another file.
func (p *Process) insteadOf(path string) string {
	if name, value, ok := strings.Cut(path, "="); ok && !strings.Contains(name, "/") {
		return fmt.Sprintf("; did you mean --env %s=%s?", name, value)
	}
	if drive := filepath.ToSlash(strings.ReplaceAll(path, `\`, "/")); filepath.Separator == '/' && len(drive) > 2 && drive[1] == ':' && drive[2] == '/' {
		return "; that is a path of Windows, which is /mnt/" + strings.ToLower(drive[:1]) + drive[2:] + " under WSL"
	}
	for _, scheme := range []string{"http://", "https://"} {
		if strings.HasPrefix(path, scheme) {
			return "; a module is a file here: get it first, with curl -LO " + path
		}
	}
	if p.tool() == wazedge && !strings.ContainsAny(path, `/\.`) {
		if ours, ok := foreignCommands()[path]; ok {
			return fmt.Sprintf("; did you mean the command %s?", ours)
		}
		if meant, ok := suggest.Nearest(path, commandWords(p.commands)); ok {
			return fmt.Sprintf("; did you mean the command %s?", meant)
		}
	}
	if meant, ok := suggest.Nearest(filepath.Base(path), modules(filepath.Dir(path))); ok {
		return fmt.Sprintf("; did you mean %s?", filepath.Join(filepath.Dir(path), meant))
	}
	return ""
}

// mostModules bounds how many files of a directory are looked at.
const mostModules = 1000

// modules are the names of modules in a directory.
func modules(dir string) []string {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	entries, _ := d.ReadDir(mostModules)
	var names []string
	for _, e := range entries {
		if end := filepath.Ext(e.Name()); !e.IsDir() && (end == ".wasm" || end == ".wat") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

// modulesIn says which modules are in a directory.
func modulesIn(dir string) string {
	names := modules(dir)
	switch n := len(names); {
	case n == 0:
		return "; a guest gets to see it by --dir " + dir
	case n > 3:
		return fmt.Sprintf("; in it are %s and %d others", filepath.Join(dir, names[0]), n-1)
	default:
		for i := range names {
			names[i] = filepath.Join(dir, names[i])
		}
		return "; in it: " + strings.Join(names, ", ")
	}
}
