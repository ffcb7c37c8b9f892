package wasi

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// entry is what a listing tells of a name.
type entry struct {
	name string
	kind Filetype
	next uint64
}

// list lists fd from cookie on with a buffer of n bytes, calling as often as it
// takes if all is set.
func (g *guest) list(fd fdnum, n int, cookie uint64, all bool) (entries []entry, calls int) {
	g.t.Helper()
	defer func(at ptr) { g.next = at }(g.next)
	buf, out := g.alloc(n), g.alloc(4)
	for {
		calls++
		g.must("fd_readdir", fd, buf, n, cookie, out)
		used := int(abi.Get32(g.bytes(out, 4)))
		b, whole := g.bytes(buf, used), 0
		for len(b) >= direntSize {
			end := direntSize + int(abi.Get32(b[16:]))
			if end > len(b) {
				break
			}
			cookie = abi.Get64(b)
			entries = append(entries, entry{string(b[direntSize:end]), Filetype(b[20]), cookie})
			b = b[end:]
			whole++
		}
		if !all || used < n {
			return entries, calls
		}
		if whole == 0 {
			g.t.Fatalf("a buffer of %d bytes holds no entry", n)
		}
	}
}

func names(entries []entry) string {
	var list []string
	for _, e := range entries {
		list = append(list, e.name)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func TestReaddir(t *testing.T) {
	g, _ := newDirGuest(t, ReadWrite, "a", "sub/", "link => a")
	entries, _ := g.list(3, 4096, 0, true)
	if got, want := names(entries), ". .. a link sub"; got != want {
		t.Errorf("listed %q, want %q", got, want)
	}
	for _, e := range entries {
		want := map[string]Filetype{"a": filetypeRegularFile, "link": filetypeSymbolicLink}[e.name]
		if want == 0 {
			want = filetypeDirectory
		}
		if e.kind != want {
			t.Errorf("%s is of type %d, want %d", e.name, e.kind, want)
		}
	}
	fd := g.mustOpen(3, "a", 0, readRights)
	g.want(ENOTDIR, "fd_readdir", fd, 0, 0, 0, g.alloc(4))
	g.want(EINVAL, "fd_readdir", 3, 0, 0, uint64(1)<<63, g.alloc(4))
}

// A long listing ends when the guest is interrupted.
func TestReaddirIsInterrupted(t *testing.T) {
	g, _ := newDirGuest(t, ReadWrite, "a")
	buf := g.alloc(4096)
	g.h.guest.Interrupt(errors.New("time is up"))
	g.want(EINTR, "fd_readdir", 3, buf, 4096, 0, g.alloc(4))
}

// Whatever the size of the buffer, a listing in pieces is the listing.
func TestReaddirInPieces(t *testing.T) {
	var files []string
	for i := range 300 {
		files = append(files, strings.Repeat("n", i%90)+fmt.Sprint(i))
	}
	g, _ := newDirGuest(t, ReadWrite, files...)
	whole, calls := g.list(3, 64<<10, 0, true)
	if len(whole) != 302 || calls != 1 {
		t.Fatalf("%d entries in %d calls", len(whole), calls)
	}
	for _, n := range []int{direntSize + 92, 128, 200, 777, 4096} {
		if got, _ := g.list(3, n, 0, true); names(got) != names(whole) {
			t.Errorf("pieces of %d bytes: %d entries", n, len(got))
		}
	}
	// Every cookie leads to what followed its entry, in any order.
	for i := len(whole) - 1; i > 0; i -= 7 {
		got, _ := g.list(3, 64<<10, whole[i-1].next, true)
		if names(got) != names(whole[i:]) {
			t.Errorf("from cookie %d: %d entries, want %d", i, len(got), len(whole)-i)
		}
	}
}

// Cookies stay good while entries are removed, and a listing from the start sees
// what is new.
func TestReaddirWhileChanging(t *testing.T) {
	var files []string
	for i := range 2000 {
		files = append(files, fmt.Sprintf("file%d", i))
	}
	g, dir := newDirGuest(t, ReadWrite, files...)
	seen := map[string]bool{}
	for cookie := uint64(0); ; {
		got, _ := g.list(3, 1024, cookie, false)
		if len(got) == 0 {
			break
		}
		for _, e := range got {
			if seen[e.name] {
				t.Fatalf("%s is listed twice", e.name)
			}
			seen[e.name] = true
			if e.kind == filetypeRegularFile {
				g.must("path_unlink_file", 3, e.name)
			}
		}
		cookie = got[len(got)-1].next
		g.next = 8 // forget the names
	}
	if len(seen) != 2002 {
		t.Errorf("listed %d entries, want 2002", len(seen))
	}
	if err := os.WriteFile(filepath.Join(dir, "late"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, _ := g.list(3, 4096, 0, true); names(got) != ". .. late" {
		t.Errorf("listed %q after the removal", names(got))
	}
}
