package cli

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// hintAtFiles tells a person why a guest that has failed may have found no files.
// Scripts that know wasmedge do not expect that line.
func (r *runner) hintAtFiles(status uint32) {
	if status == 0 || r.tool() != wazedge || r.quiet {
		return
	}
	if hint := r.uncovered(); hint != "" {
		r.say("hint: %s", hint)
	} else if hint := r.vm.FilesHint(); hint != "" {
		r.say("hint: %s", hint)
	}
}

// uncovered names the first argument that is a file here which no mapping leads to, or the option
// that was to be one, if the guest has looked what is mapped.
func (r *runner) uncovered() string {
	sought := r.vm.Sought()
	if !sought.Listed {
		return ""
	}
	if slices.ContainsFunc(r.args, func(arg string) bool { return arg == "--dir" || strings.HasPrefix(arg, "--dir=") }) {
		return "--dir stands behind the file, where words are the guest's; options stand before it"
	}
	for _, arg := range r.args {
		if _, err := os.Stat(arg); arg == "" || err != nil || r.covers(arg) {
			continue
		}
		if sought.LikeGo {
			return fmt.Sprintf("no --dir covers %q; Go programs need --dir /:.", arg)
		}
		return fmt.Sprintf("no --dir covers %q: --dir %s lets the guest reach it; Go programs need --dir /:.", arg, filepath.Dir(arg))
	}
	return ""
}

// covers reports whether one of the directories of --dir is, by its name for the guest, where
// the path begins. Guests take / for their working directory.
func (r *runner) covers(name string) bool {
	name = path.Clean(filepath.ToSlash(name))
	for _, text := range r.options.Dirs {
		guest, _, _ := strings.Cut(text, ":")
		guest = path.Clean(guest)
		if guest == "/" || guest == "." && !path.IsAbs(name) {
			return true
		}
		if !path.IsAbs(name) {
			guest = strings.TrimPrefix(guest, "/")
		}
		if name == guest || strings.HasPrefix(name, guest+"/") {
			return true
		}
	}
	return false
}
