package hostfs

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// mountsBeneath reports whether other file systems, or other parts of this one, are
// mounted below the directory, and whether that of processes is below it or holds it.
// Where that cannot be told, they are.
func mountsBeneath(dir int) (mounts, proc bool) {
	path, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(dir))
	if err != nil {
		return true, true
	}
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return true, true
	}
	proc = ofProcesses(dir)
	if path != "/" {
		path += "/"
	}
	for line := range strings.Lines(string(table)) {
		words := strings.Fields(line)
		if len(words) < 5 {
			continue
		}
		if point := unescapeMount(words[4]) + "/"; strings.HasPrefix(point, path) && point != path && point != "//" {
			mounts = true
			proc = proc || strings.Contains(line, " - proc ")
		}
	}
	return mounts, proc
}

// unescapeMount undoes the octal escapes of the table of mounts.
func unescapeMount(s string) string {
	for _, c := range []string{" ", "\t", "\n", "\\"} {
		s = strings.ReplaceAll(s, `\0`+strconv.FormatUint(uint64(c[0]), 8), c)
		s = strings.ReplaceAll(s, `\`+strconv.FormatUint(uint64(c[0]), 8), c)
	}
	return s
}

// ofProcesses reports whether f is of the file system of processes.
func ofProcesses(f int) bool {
	var s unix.Statfs_t
	return unix.Fstatfs(f, &s) != nil || s.Type == unix.PROC_SUPER_MAGIC
}
