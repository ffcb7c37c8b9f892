package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// screens are what the first hour with wazedge may bring: what is typed, in a directory
// with the files of testdata/screen.txtar, and what the screen then shows: all of it
// without the lines of the log, or where it ends in "...", its beginning.
var screens = []struct {
	typed  string
	status int
	shows  string
}{
	// No such file, command or option.
	{"wazedge nosuch.wasm", 1, "wazedge: no such file: nosuch.wasm\n"},
	{"wazedge ad.wat", 1, "wazedge: no such file: ad.wat; did you mean add.wat?\n"},
	{"wazedge add", 1, "wazedge: no such file: add; did you mean add.wat?\n"},
	{"wazedge compi add.wat out.wasm", 1, "wazedge: no such file: compi; did you mean the command compile?\n"},
	{"wazedge exec add.wat", 1, "wazedge: no such file: exec; did you mean the command run?\n"},
	{"wazedge https://example.org/app.wasm", 1, "wazedge: no such file: https://example.org/app.wasm; a module is a file here: get it first, with curl -LO https://example.org/app.wasm\n"},
	{"wazedge --env A=1 B=2 add.wat", 1, "wazedge: no such file: B=2; did you mean --env B=2?\n"},
	{"wazedge .", 1, "wazedge: . is a directory, not a module; in it are add.wat and 20 others\n"},
	{"wazedge data", 1, "wazedge: data is a directory, not a module; a guest gets to see it by --dir data\n"},
	{"wazedge -", 1, "wazedge: standard input is empty; give the module there: wazedge - <app.wasm\n"},
	{"wazedge help compi", 1, "wazedge: no help on \"compi\"; did you mean compile?\n"},
	{"wazedge cache", 1, "wazedge: cache needs a command: list, stat, verify, prune, clear, path; see wazedge help cache\n"},
	{"wazedge cache lst", 1, "wazedge: cache has no command \"lst\"; did you mean list?\n"},
	{"wazedge --reacter add.wat", 1, "wazedge: unknown option: reacter; did you mean --reactor?\n"},
	{"wazedge --time_limit 1 add.wat", 1, "wazedge: unknown option: time_limit; did you mean --time-limit?\n"},
	{"wazedge --frobnicate add.wat", 1, "wazedge: unknown option: frobnicate; see wazedge help\n"},
	{"wazedge --optimize 3 add.wat", 1, "wazedge: unknown option: optimize; it is one of compile: wazedge compile --optimize ...\n"},
	{"wazedge -=x add.wat", 1, "wazedge: unknown option: -=x; see wazedge help\n"},
	{"wazedge --=x add.wat", 1, "wazedge: unknown option: --=x; see wazedge help\n"},
	{"wasmedge --=x add.wat", 1, "unknown option: \n"},
	{"wazedge record -o a.wzr add.wat", 1, "wazedge: unknown option: o; did you mean --output?\n"},
	{"wazedge -V", 1, "wazedge: unknown option: V; -V of Wasmtime and Wasmer is here --version\n"},
	{"wazedge -dir=. add.wat", 1, "wazedge: unknown option: -dir=.; options have two dashes: --dir=.\n"},

	// Options of other runtimes.
	{"wazedge run --invoke add add.wat 1 2", 1, "wazedge: unknown option: invoke; --invoke of Wasmtime and Wasmer is here wazedge --reactor FILE NAME [ARG ...]\n"},
	{"wazedge --mapdir /data:data add.wat", 1, "wazedge: unknown option: mapdir; --mapdir of Wasmer and older Wasmtime is here --dir GUEST:HOST, like --dir /data:data\n"},
	{"wazedge run -mount=.:/ add.wat", 1, "wazedge: unknown option: -mount=.:/; -mount of wazero is here --dir GUEST:HOST, with the guest's name first, like --dir /:.\n"},
	{"wazedge --fuel 100 add.wat", 1, "wazedge: unknown option: fuel; --fuel of Wasmtime is here --gas-limit GAS\n"},
	{"wazedge -W fuel=100 add.wat", 1, "wazedge: unknown option: W; -W of Wasmtime is here options of their own; see wazedge help limits and wazedge help proposals\n"},

	// What is missing, and what is too much.
	{"wazedge --dir", 1, "wazedge: --dir needs a value: --dir GUEST[:HOST[:MODE]], like --dir .\n"},
	{"wazedge --dir --env A=1 add.wat", 1, "wazedge: --dir needs a value: --dir GUEST[:HOST[:MODE]], like --dir .\n"},
	{"wazedge --dir add.wat", 1, "wazedge: no module is named: --dir has taken add.wat for its value: --dir GUEST[:HOST[:MODE]] add.wat\n"},
	{"wazedge --reactor", 1, "wazedge: no module is named: wazedge [OPTIONS] FILE.wasm [ARG ...]\n"},
	{"wazedge --", 1, "wazedge: no module is named: wazedge [OPTIONS] FILE.wasm [ARG ...]\n"},
	{"wazedge run", 1, "wazedge: no module is named: wazedge run [OPTIONS] FILE.wasm [ARG ...]\n"},
	{"wazedge compile", 1, "wazedge: compile needs WASM WASM_SO, like wazedge compile app.wasm app-compiled.wasm\n"},
	{"wazedge compile add.wat", 1, "wazedge: compile needs WASM WASM_SO, like wazedge compile app.wasm app-compiled.wasm\n"},
	{"wazedge compile add.wat -o out.wasm", 1, "wazedge: unknown option: o; the file to write stands behind the module: wazedge compile app.wasm app-compiled.wasm\n"},
	{"wazedge compile add.wat --optimize=2", 1, "wazedge: compile needs WASM WASM_SO, like wazedge compile app.wasm app-compiled.wasm\n"},
	{"wasmedge compile add.wat -o out.wasm", 1, "positional argument exceeds maximum consuming.\n"},
	{"wazedge compile a b c", 1, "wazedge: compile takes WASM WASM_SO: \"c\" is one too many\n"},
	{"wazedge completion", 1, "wazedge: completion needs SHELL [WORD ...], like wazedge completion bash\n"},
	{"wazedge version 2", 1, "wazedge: version takes no words, and got \"2\"\n"},
	{"wazedge --reactor=yes add.wat", 1, "wazedge: --reactor takes no value\n"},

	// Directories and variables.
	{"wazedge --dir nosuch fails.wat", 1, "wazedge: --dir nosuch: no such directory: nosuch\n"},
	{"wazedge --dir data:/data fails.wat", 1, "wazedge: --dir data:/data: no such directory: /data; the guest's name stands first: --dir /data:data\n"},
	{"wazedge --dir data::/data fails.wat", 1, "wazedge: --dir data::/data: Wasmtime's HOST::GUEST is GUEST:HOST here: --dir /data:data\n"},
	{"wazedge --dir add.wat:add.wat fails.wat", 1, "wazedge: --dir add.wat:add.wat: add.wat is a file, not a directory: map the one that it is in: --dir .\n"},
	{"wazedge --dir data:data:ro fails.wat", 1, "wazedge: --dir data:data:ro: no mode \"ro\": readonly, writeonly or readwrite\n"},
	{"wazedge --env A=1 --env-file variables environ.wat", 0, "B=2\nC=two words\nA=1\n"},
	{"wazedge --env SCREEN --env A=1 --env A=2 environ.wat", 0, "SCREEN=shown\nA=2\n"},
	{"wazedge --env NOSUCH environ.wat", 0, "wazedge: --env NOSUCH: there is no such variable to inherit; set it: --env NOSUCH=VALUE\n"},
	{"wazedge --env =x environ.wat", 1, "wazedge: --env \"=x\": want NAME=VALUE, or NAME to inherit it\n"},
	{"wazedge --env-file wide environ.wat", 1, "wazedge: --env-file wide is text in UTF-16; save it as UTF-8\n"},
	{"wazedge --plugin x=nosuch add.wat add 1 2", 1, "wazedge: --plugin x=nosuch: stat nosuch: no such file or directory\n"},
	{"wazedge --allow-net https://example.org/x add.wat", 1, "wazedge: --allow-net https://example.org/x: want HOST:PORT and no address of the web, like example.org:443\n"},
	{"wazedge --env-file nosuch environ.wat", 1, "wazedge: --env-file: open nosuch: no such file or directory\n"},
	{"wazedge --env-file page.wasm environ.wat", 1, "wazedge: --env-file page.wasm: line 2: want NAME=VALUE\n"},
	{"wasmedge --env SCREEN --env A=1 --env A=2 environ.wat", 0, "SCREEN\nA=1\nA=2\n"},

	// Numbers with their units.
	{"wazedge --time-limit 10s add.wat add 1 2", 0, "3\n"},
	{"wazedge --max-memory 1GiB --memory-page-limit 64MiB add.wat add 1 2", 0, "3\n"},
	{"wazedge --time-limit 1x add.wat add 1 2", 1, "wazedge: --time-limit: invalid time: 1x; want milliseconds, or a time like 1.5s, 500ms or 2m\n"},
	{"wazedge --gas-limit=-1 add.wat add 1 2", 1, "wazedge: --gas-limit: invalid integer value: -1; want a whole number, like 1000000, 1_000_000, 1e6 or 1M\n"},

	{"wazedge --max-memory 1KB add.wat add 1 2", 1, "wazedge: hint: --max-memory of 1.0 KiB is less than the 64.0 KiB of memory that add.wat begins with: give it that or more\n"},
	{"wazedge shared.wat f", 1, "wazedge: shared.wat needs a proposal that this command line leaves off: wazedge inspect shared.wat names it\n"},
	{"wazedge --disable-multi-memory several.wat f", 1, "wazedge: several.wat needs a proposal that this command line leaves off: wazedge inspect several.wat names it\n"},
	{"wazedge --memory-page-limit 0 holds.wat f", 1, "wazedge: hint: --memory-page-limit 0 is less than the 1 page that holds.wat begins with: give it that or more\n"},
	{"wazedge --memory-page-limit 99999999999 add.wat", 1, "wazedge: --memory-page-limit: integer value out of range: 99999999999; want pages of 64 KiB, or a size like 64MiB\n"},
	{"wazedge --profile nosuch/x add.wat add 1 2", 1, "3\nwazedge: cannot write the profile: open nosuch/x: no such file or directory\n"},

	// What is called, and with what.
	{"wazedge add.wat", 1, "wazedge: add.wat exports no _start, so it is no program: name the function to call behind it\nits functions:\n  add (i32, i32) -> i32\n  half (f64) -> f64\n  both () -> (i32, i64)\n"},
	{"wazedge add.wat ad 1 2", 1, "wazedge: add.wat exports no function \"ad\"; did you mean \"add\"?\nits functions:\n  add (i32, i32) -> i32\n..."},
	{"wazedge add.wat memory", 1, "wazedge: add.wat exports \"memory\", but that is a memory and no function\nits functions:\n..."},
	{"wazedge add.wat --reactor add 1 2", 1, "wazedge: add.wat exports no function \"--reactor\"; options stand before the file, what stands behind it is the guest's\n..."},
	{"wazedge --reactor fails.wat", 1, "wazedge: --reactor calls a function: name it behind fails.wat\nits functions:\n  _start ()\n"},
	{"wazedge add.wat add 0x10 0x20", 0, "48\n"},
	{"wazedge add.wat half 0x1.8p1", 0, "1.5\n"},
	{"wazedge add.wat half nan", 0, "nan\n"},
	{"wazedge add.wat add 1.5 2", 1, "wazedge: argument 1 of add: \"1.5\" is no i32, which is a whole number, like 42 or 0x2a: add (i32, i32) -> i32\n"},
	{"wazedge add.wat add 1 99999999999", 1, "wazedge: argument 2 of add: \"99999999999\" is no i32, which is from -2147483648 to 4294967295: add (i32, i32) -> i32\n"},
	{"wazedge add.wat half one", 1, "wazedge: argument 1 of half: \"one\" is no f64, which is a number, like 1.5, 1e-3, 0x1.8p0, inf or nan: half (f64) -> f64\n"},
	{"wazedge add.wat add 1", 1, "wazedge: add takes 2 arguments, and 1 is given: add (i32, i32) -> i32\n"},
	{"wazedge add.wat add 1 2 3", 1, "wazedge: add takes 2 arguments, and 3 are given: add (i32, i32) -> i32\n"},
	{"wazedge add.wat add -1 -2", 0, "-3\n"},
	{"wazedge add.wat add -- 1 2", 1, "wazedge: add takes 2 arguments, and 3 are given: add (i32, i32) -> i32; behind the file, -- is an argument too: leave it out\n"},
	{"wazedge kinds.wat v 1", 1, "wazedge: argument 1 of v: \"1\" is no v128, which is 0x and up to 32 hexadecimal digits: v (v128) -> v128\n"},
	{"wazedge kinds.wat e 1", 1, "wazedge: argument 1 of e: \"1\" is no externref, which is null: e (externref) -> externref\n"},
	{"wazedge kinds.wat f 1e999", 1, "wazedge: argument 1 of f: \"1e999\" is no f32, which is up to 3.4e38: f (f32) -> f32\n"},
	{"wazedge kinds.wat l 99999999999999999999", 1, "wazedge: argument 1 of l: \"99999999999999999999\" is no i64, which is from -9223372036854775808 to 18446744073709551615: l (i64) -> i64\n"},
	{"wazedge starts.wat f 1", 1, "wazedge: f takes no argument, and 1 is given: f ()\n"},

	// What files are that are no modules.
	{"wazedge page.wasm", 1, "wazedge: page.wasm is a page of HTML; the address it came from gave a page in place of the file (of GitHub, take the \"raw\" link or that of a release): download it again\n"},
	{"wazedge empty.wasm", 1, "wazedge: empty.wasm is an empty file; whatever was to write it has failed: build or download it again\n"},
	{"wazedge cut.wasm", 1, "wazedge: cut.wasm is the beginning of a module; the file was cut: build or download it again\n"},
	{"wazedge windows.wasm", 1, "wazedge: windows.wasm is a module that was changed as if it were text: its line ends are those of Windows; get it again, as a binary file (for Git: *.wasm binary in .gitattributes)\n"},
	{"wazedge more.wasm", 1, "wazedge: more.wasm is a module with something else behind it, from byte 12 on; cut that off: head -c 12 more.wasm > app.wasm\n"},
	{"wazedge version2.wasm", 1, "wazedge: version2.wasm is a module of version 2 of the format, of which only version 1 is in use; build it with a compiler of today\n"},
	{"wazedge invalid.wasm", 1, "wazedge: invalid.wasm is a module that breaks the rules of the format; it was damaged, or what made it has a fault: get or build it again\n"},
	{"wazedge dump.wasm", 1, "wazedge: dump.wasm is a core dump, not a program; a debugger reads it (wasmgdb), wazedge inspect shows what it has; what is run is the module it was made of\n"},
	{"wazedge program", 1, "wazedge: program is machine code for Linux or the like (ELF); run the WebAssembly module that it was made from, or build one from the same sources\n"},
	{"wazedge inspect program", 1, "wazedge: program is machine code for Linux or the like (ELF); run the WebAssembly module that it was made from, or build one from the same sources\n"},
	{"wazedge of-wasmtime.cwasm", 1, "wazedge: of-wasmtime.cwasm is code that Wasmtime has compiled (.cwasm); run the module that it was made from\n"},
	{"wazedge pointer.wasm", 1, "wazedge: pointer.wasm is a pointer of Git LFS, which stands for the file; get the file itself: git lfs pull\n"},
	{"wazedge script.wast", 1, "wazedge: script.wast is a script of tests (.wast), not one module; take out one (module ...), and name the file .wat\n"},
	{"wazedge component.wat", 1, "wazedge: component.wat exports no function: there is nothing to run; wazedge inspect tells what it has\n"},
	{"wazedge compile page.wasm out.wasm", 1, "wazedge: page.wasm is a page of HTML; ..."},
	{"wazedge validate page.wasm", 1, "wazedge: page.wasm is a page of HTML; ..."},
	{"wazedge parse page.wasm", 1, "wazedge: page.wasm is a page of HTML; ..."},
	{"wazedge inspect page.wasm", 1, "wazedge: page.wasm: loading failed: magic header not detected, Code: 0x103; Bytecode offset: 0x00000000; At AST node: module\nwazedge: page.wasm is a page of HTML; ..."},
	{"wazedge bundle page.wasm -o app", 1, "wazedge: page.wasm: loading failed: magic header not detected, Code: 0x103; ..."},
	{"wazedge preinit bad.wat -o out.wasm", 1, "wazedge: bad.wat: loading failed: ..."},
	{"wazedge serve page.wasm", 1, "wazedge: page.wasm is a page of HTML; ..."},
	{"wazedge serve nosuch.wasm", 1, "wazedge: no such file: nosuch.wasm\n"},
	{"wazedge inspect ad.wat", 1, "wazedge: no such file: ad.wat; did you mean add.wat?\n"},
	{"wazedge bundle ad.wat -o app", 1, "wazedge: no such file: ad.wat; did you mean add.wat?\n"},
	{"wazedge preinit data -o out.wasm", 1, "wazedge: data is a directory, not a module; a guest gets to see it by --dir data\n"},
	{"wazedge --module lib=page.wasm add.wat add 1 2", 1, "wazedge: page.wasm is a page of HTML; ..."},
	{"wazedge --module lib=ad.wat add.wat add 1 2", 1, "wazedge: no such file: ad.wat; did you mean add.wat?\n"},
	{"wazedge --module lib=bad.wat add.wat add 1 2", 1, "wazedge: bad.wat:3:5: unknown operator i32.cnst\n    3 |     i32.cnst 1))\n      |     ^\n"},
	{"wazedge --module lib=forjs.wat add.wat add 1 2", 1, "wazedge: forjs.wat imports function \"runtime.wasmExit\" of \"gojs\": ..."},
	{"wazedge mixed.wat f 1", 1, "wazedge: mixed.wat:3:5: type mismatch\n    3 |     (i32.add (local.get 0)\n      |     ^\n"},
	{"wazedge bad.wat", 1, "wazedge: bad.wat:3:5: unknown operator i32.cnst\n    3 |     i32.cnst 1))\n      |     ^\n"},
	{"wazedge forjs.wat", 1, "wazedge: forjs.wat imports function \"runtime.wasmExit\" of \"gojs\": it was built by Go for a browser; build it with GOOS=wasip1 GOARCH=wasm\n"},
	{"wazedge --log-level off page.wasm", 1, ""},
	{"wasmedge page.wasm", 1, ""},
	{"wasmedge nosuch.wasm", 1, ""},
}

// TestScreens types what people type and looks at the screen.
func TestScreens(t *testing.T) {
	dir := screenFiles(t)
	for _, s := range screens {
		t.Run(s.typed, func(t *testing.T) {
			t.Parallel()
			words := strings.Fields(s.typed)
			cmd := exec.Command(words[0], words[1:]...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir(), "WAZEDGE_TRUST_DIR="+t.TempDir(), "SCREEN=shown")
			out, err := cmd.CombinedOutput()
			status := 0
			if failed, ok := errors.AsType[*exec.ExitError](err); ok {
				status = failed.ExitCode()
			} else if err != nil {
				t.Fatal(err)
			}
			got := withoutLog(string(out))
			want, beginning := strings.CutSuffix(s.shows, "...")
			if status != s.status || got != want && !(beginning && strings.HasPrefix(got, want)) {
				t.Errorf("status %d, want %d; shows\n%swant\n%s", status, s.status, got, s.shows)
			}
		})
	}
}

// screenFiles is a directory with the files of testdata/screen.txtar.
func screenFiles(t *testing.T) string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/screen.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range archive.Files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	// Binary files, which an archive of text cannot hold.
	for name, text := range map[string]string{
		"empty.wasm": "", "cut.wasm": "\x00as", "version2.wasm": "\x00asm\x02\x00\x00\x00", "more.wasm": head + "\x00\x02\x01amore",
		"windows.wasm": head + "\x00\x07\x01a\r\n\r\n\r\n\r\n", "dump.wasm": head + "\x00\x0a\x09corestack",
		// func: end, of a type that there is not
		"invalid.wasm": head + "\x03\x02\x01\x07\x0a\x04\x01\x02\x00\x0b",
		"program":      "\x7fELF\x02\x01\x01\x00", "of-wasmtime.cwasm": "\x7fELF\x02\x01\x01\xc8", "wide": "\xff\xfeA\x00=\x00",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// head is what a module begins with.
const head = "\x00asm\x01\x00\x00\x00"

// withoutLog is text without the lines of WasmEdge's log.
func withoutLog(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !timestamp.MatchString(line) {
			b.WriteString(line)
		}
	}
	return b.String()
}
