package main_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/wazedge/wazedge"

// rooms gives the rank of each room: a package imports from its own room and from
// rooms of lower rank. The longest matching path counts, save below internal/, where
// every package is a room.
var rooms = map[string]int{
	"":                        90,
	"bench":                   90,
	"spec-tests":              90,
	"compat/wasmedge":         85,
	"cli":                     80,
	"compat":                  73,
	"internal/preinit":        75,
	"internal/inspection":     72,
	"internal/doctor":         69,
	"internal/hosts":          68,
	"internal/link":           67,
	"internal/reach":          68,
	"internal/first":          66,
	"internal/diagnose":       65,
	"internal/engines":        65,
	"internal/prepare":        60,
	"internal/pipeline":       57,
	"cache":                   50,
	"limits":                  50,
	"hostfuncs":               50,
	"hostfuncs/abi":           45,
	"hostfuncs/hostfs":        45,
	"internal/beside":         49,
	"internal/stack":          48,
	"hostfuncs/hostnet":       45,
	"compat/value":            45,
	"compat/logline":          45,
	"internal/engine/objects": 40,
	"internal/engine/guard":   5,
	"internal/lower":          35,
	"internal/heap":           30,
	"internal/estimate":       25,
	"internal/native":         25,
	"internal/refusal":        25,
	"internal/sizes":          25,
	"internal/onnx":           25,
	"internal/ondemand":       25,
	"internal/replay":         25,
	"internal/wasm/validate":  20,
	"internal/wat":            20,
	"internal/engine":         15,
	"internal/engine/private": 10,
	"internal/wasm":           10,
	"internal/bundle":         10,
	"internal/explanation":    10,
	"internal/blake3":         0,
	"internal/legible":        0,
	"internal/machine":        10,
	"internal/sniff":          10,
	"internal/inherit":        10,
	"internal/debuginfo":      20,
	"internal/journal":        10,
	"internal/use":            5,
	"internal/fault":          0,
	"internal/documents":      0,
	"internal/modproxy":       0,
	"internal/modproxy/write": 5,

	"internal/universal":          55,
	"internal/skeleton":           55,
	"internal/component":          18,
	"internal/component/types":    22,
	"internal/component/validate": 23,
	"internal/component/wit":      24,
	"internal/component/exec":     68,
	"internal/component/wave":     69,
	"internal/wasi2":              70,
	"internal/wasihttp":           71,
	"internal/components":         72,
	"internal/serve":              75,
}

// parted are the rooms whose folders do not import each other.
const parted = 50

// engineRooms may use wazero's types.
var engineRooms = []string{"internal/engine", "hostfuncs/abi", "bench", "spec-tests"}

// room is the room that the package in folder dir belongs to.
func room(dir string) string {
	for r := dir; ; r = path.Dir(r) {
		if _, ok := rooms[r]; ok {
			return r
		}
		if r == "." || r == "/" {
			return ""
		}
	}
}

// TestImportsPointOneWay holds the rule of ARCHITECTURE.md for every package of
// the module, tests of packages excepted.
func TestImportsPointOneWay(t *testing.T) {
	for file, imports := range sources(t) {
		dir := path.Dir(file)
		from := room(dir)
		if strings.HasPrefix(dir, "internal/") && from != dir {
			t.Fatalf("%s has no rank of its own", dir)
		}
		for _, imported := range imports {
			if to, ours := strings.CutPrefix(imported, module+"/"); ours && to != dir {
				same := room(to) == from && (rooms[from] != parted || top(to, from) == top(dir, from))
				if !same && rooms[room(to)] >= rooms[from] {
					t.Errorf("%s imports %s: %q must not use %q", file, to, from, room(to))
				}
			}
			if strings.HasPrefix(imported, "github.com/tetratelabs/wazero") && !within(dir, engineRooms) {
				t.Errorf("%s imports %s: the engine's types stay in %v", file, imported, engineRooms)
			}
		}
	}
}

// TestPrivatePartsAreReachedInOnePlace states that nothing but internal/engine/private
// looks behind what wazero exports.
func TestPrivatePartsAreReachedInOnePlace(t *testing.T) {
	const only = "internal/engine/private"
	for file, imports := range sources(t) {
		dir := path.Dir(file)
		if dir == only {
			continue
		}
		for _, imported := range imports {
			ours := imported == "unsafe" && (strings.HasPrefix(path.Base(file), "memory_") || dir == "internal/engine/guard") // memory of our own
			if (imported == "reflect" || imported == "unsafe") && within(dir, []string{"internal/engine"}) && !ours {
				t.Errorf("%s imports %s, which is for %s", file, imported, only)
			}
		}
		text, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "//go:linkname") && strings.Contains(line, "tetratelabs") {
				t.Errorf("%s: %s is for %s", file, strings.TrimSpace(line), only)
			}
		}
	}
}

// ofTheProcess are calls that set something for the whole process, or end it.
var ofTheProcess = regexp.MustCompile(`\b(debug\.Set\w+\(|signal\.(Notify|Ignore|Reset)\(|os\.(Exit|Setenv|Unsetenv|Clearenv|Chdir)\(|log\.(Set|Fatal)|runtime\.GOMAXPROCS\([^0])`)

// mayOwnTheProcess are the files that may call them: programs, what they are made of,
// and the ways of a guest to raise a signal, to have deep calls, or to have its faults taken, which say so.
var mayOwnTheProcess = []string{"main.go", "cli", "bench", "internal/inherit", "internal/engine/depth.go", "internal/engine/guard", "hostfuncs/wasi/raise_bsd.go"}

// TestLibrariesLeaveTheProcessAlone states that nothing which another program may be
// linked with sets what is for the whole process, or ends it.
func TestLibrariesLeaveTheProcessAlone(t *testing.T) {
	for file := range sources(t) {
		text, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			t.Fatal(err)
		}
		if within(file, mayOwnTheProcess) || strings.Contains(string(text), "\npackage main\n") {
			continue
		}
		for line := range strings.Lines(string(text)) {
			code, _, _ := strings.Cut(line, "//")
			if ofTheProcess.MatchString(code) {
				t.Errorf("%s: %s", file, strings.TrimSpace(line))
			}
		}
	}
}

// TestRoomsAreDescribed states that ARCHITECTURE.md names every folder at the top.
func TestRoomsAreDescribed(t *testing.T) {
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && e.Name() != "internal" && !strings.Contains(string(text), "`"+e.Name()+"/`") {
			t.Errorf("ARCHITECTURE.md does not say what %s/ is", e.Name())
		}
	}
}

// maxRoom is how many lines the packages of the library may have, tests excepted: one that
// has more does more than one thing.
const maxRoom = 2500

// maxSDK is the same for compat/wasmedge, where some 350 names have to be in one package,
// as the SDK has them.
const maxSDK = 4000

// TestLibraryStaysSmall holds the packages of compat, and what they have been parted into,
// to maxRoom.
func TestLibraryStaysSmall(t *testing.T) {
	lines := map[string]int{}
	for file := range sources(t) {
		dir := path.Dir(file)
		if !within(dir, []string{"compat", "internal/hosts", "internal/link", "internal/diagnose", "internal/prepare", "internal/pipeline"}) {
			continue
		}
		text, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			t.Fatal(err)
		}
		lines[dir] += strings.Count(string(text), "\n")
	}
	if lines["compat"] == 0 {
		t.Fatal("compat is not there")
	}
	for dir, n := range lines {
		most := maxRoom
		if dir == "compat/wasmedge" {
			most = maxSDK
		}
		if n > most {
			t.Errorf("%s has %d lines, more than %d", dir, n, most)
		}
	}
}

// top is the folder of dir directly below the room, "" for the room itself.
func top(dir, room string) string {
	rest := strings.TrimPrefix(strings.TrimPrefix(dir, room), "/")
	first, _, _ := strings.Cut(rest, "/")
	return first
}

func within(dir string, folders []string) bool {
	for _, f := range folders {
		if dir == f || strings.HasPrefix(dir, f+"/") {
			return true
		}
	}
	return false
}

// sources gives the imports of every Go file of the module that is not a test.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") || exists(filepath.Join(name, "go.mod"))) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		slash := filepath.ToSlash(name)
		files[slash] = nil
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			files[slash] = append(files[slash], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
