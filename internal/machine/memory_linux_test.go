package machine

import "testing"

func TestConfined(t *testing.T) {
	const most = 1 << 34
	for _, tc := range []struct {
		name, groups string
		files        map[string]string
		want         uint64
	}{
		{name: "no groups", want: most},
		{name: "version 2", groups: "0::/a/b\n", files: map[string]string{"/sys/fs/cgroup/a/b/memory.max": "1000000\n"}, want: 1000000},
		{name: "version 2, above", groups: "0::/a/b\n", files: map[string]string{
			"/sys/fs/cgroup/a/b/memory.max": "max\n", "/sys/fs/cgroup/a/memory.max": "2000000\n"}, want: 2000000},
		{name: "version 1", groups: "3:cpu,cpuacct:/x\n2:memory:/c\n", files: map[string]string{
			"/sys/fs/cgroup/memory/c/memory.limit_in_bytes": "3000000\n"}, want: 3000000},
		{name: "version 1 in a container", groups: "2:memory:/docker/1\n", files: map[string]string{
			"/sys/fs/cgroup/memory/memory.limit_in_bytes": "4000000\n"}, want: 4000000},
		{name: "no limit", groups: "2:memory:/\n", files: map[string]string{
			"/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, want: most},
		{name: "other text", groups: "nonsense\n::\n0::\n", want: most},
	} {
		if got := confined(most, tc.groups, func(name string) string { return tc.files[name] }); got != tc.want {
			t.Errorf("%s: %d bytes, want %d", tc.name, got, tc.want)
		}
	}
}

func TestThisMachineHasMemory(t *testing.T) {
	if n := Memory(); n < 16<<20 {
		t.Errorf("%d bytes", n)
	}
}

func TestThisProcessIsResident(t *testing.T) {
	if n := Resident(); n < 1<<20 || n > Memory() {
		t.Errorf("%d bytes", n)
	}
}
