package machine

import (
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func memory() uint64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	most := uint64(info.Totalram) * uint64(info.Unit)
	return confined(most, content("/proc/self/cgroup"), content)
}

// content is what a file that the kernel makes up has, up to a page; "" if it cannot be
// read. Package os would give the file to the runtime's poller first, which takes longer
// than to read it, in each start.
func content(name string) string {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	var page [4096]byte
	n := 0
	for n < len(page) {
		m, err := unix.Read(fd, page[n:])
		if err == unix.EINTR {
			continue
		}
		if err != nil || m <= 0 {
			break
		}
		n += m
	}
	return string(page[:n])
}

// resident is read from the second number of /proc/self/statm, in pages.
func resident() uint64 {
	_, rest, _ := strings.Cut(content("/proc/self/statm"), " ")
	pages, _, _ := strings.Cut(rest, " ")
	n, err := strconv.ParseUint(pages, 10, 64)
	if err != nil {
		return 0
	}
	return n * uint64(os.Getpagesize())
}

// confined is most, or the least of the limits of the control groups in groups, the
// text of /proc/self/cgroup, and of those above them. read is the content of a file.
func confined(most uint64, groups string, read func(name string) string) uint64 {
	for line := range strings.Lines(groups) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // hierarchy, controllers, path
		if len(fields) < 3 {
			continue
		}
		root, file := "/sys/fs/cgroup", "memory.max"
		switch {
		case fields[0] == "0" && fields[1] == "":
		case hasController(fields[1], "memory"):
			root, file = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		for dir := path.Clean("/" + fields[2]); ; dir = path.Dir(dir) {
			if limit, err := strconv.ParseUint(strings.TrimSpace(read(path.Join(root, dir, file))), 10, 64); err == nil {
				most = min(most, limit)
			}
			if dir == "/" {
				break
			}
		}
	}
	return most
}

func hasController(list, name string) bool {
	for c := range strings.SplitSeq(list, ",") {
		if c == name {
			return true
		}
	}
	return false
}
