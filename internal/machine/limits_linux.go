package machine

import "golang.org/x/sys/unix"

// limited are the limits that matter.
var limited = [...]struct {
	name     string
	resource int
}{
	{"openFiles", unix.RLIMIT_NOFILE},
	{"addressSpace", unix.RLIMIT_AS},
	{"fileSize", unix.RLIMIT_FSIZE},
	{"processes", unix.RLIMIT_NPROC},
}

func limits() (list []Limit) {
	for _, l := range limited {
		var r unix.Rlimit
		if unix.Getrlimit(l.resource, &r) == nil {
			list = append(list, Limit{l.name, r.Cur, r.Cur == unix.RLIM_INFINITY})
		}
	}
	return list
}
