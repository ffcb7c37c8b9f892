package sniff

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// textKinds are the kinds of text. The first that fits counts.
var textKinds = sync.OnceValue(func() []kind {
	return []kind{
		{startsWith("<!doctype html", "<html", "<head", "<body", "<!-- "), Found{"a page of HTML", "the address it came from gave a page in place of the file (of GitHub, take the \"raw\" link or that of a release): download it again"}},
		{startsWith("<?xml", "<error", "<svg"), Found{"XML", "it may tell why a download failed; get the module itself"}},
		{startsWith("version https://git-lfs.github.com/"), Found{"a pointer of Git LFS, which stands for the file", "get the file itself: git lfs pull"}},
		{func(f *file) bool { return strings.Contains(line(f.text), "/annex/objects/") }, Found{"a pointer of git-annex, which stands for the file", "get the file itself: git annex get FILE"}},
		{startsWith("agfzb"), Found{"a module in base64", "decode it first: base64 -d FILE > app.wasm"}},
		{startsWith("data:application/wasm;base64,"), Found{"a module in base64", "decode what stands behind the comma: base64 -d > app.wasm"}},
		{startsWith("0061736d", "00 61 73 6d"), Found{"a module in hexadecimal", "decode it first: xxd -r -p FILE > app.wasm"}},
		{startsWith("00000000: 0061 736d"), Found{"a dump of a module", "make the module of it again: xxd -r FILE > app.wasm"}},
		{startsWith("\ufeff"), Found{"text behind a byte order mark", "save it as UTF-8 without the mark; a module in the text format is named .wat"}},
		{isScript, Found{"a script of tests (.wast), not one module", "take out one (module ...), and name the file .wat"}},
		{form("component"), Found{"a component in the text format, not a core module", "build a core module, for wasm32-wasip1"}},
		{func(f *file) bool { return f.extension() != ".wat" && form("module")(f) }, Found{"a module in the text format", "give it a name that ends in .wat"}},
		{isWIT, Found{"a description of interfaces (WIT)", "build a module that implements it, and run that"}},
		{isJSON, Found{"JSON", "name the module instead; where this was downloaded, it may tell what went wrong"}},
		{startsWith("404", "not found", "403", "access denied", "<nil>", "too many requests"), Found{"a message that a download failed", "get the file again"}},
		{startsWith("#!"), Found{"a script", "name the module that it starts"}},
		{isJavaScript, Found{"JavaScript", "the module is the .wasm file beside it; where that is built for a browser, build it for WASI (wasm32-wasip1)"}},
		{startsWith("%pdf-"), Found{"a PDF document", "name the module instead"}},
	}
})

// texts looks at a text.
func texts(f *file) (Found, bool) {
	if source, ok := sources()[f.extension()]; ok && !strings.HasPrefix(f.text, "<") {
		return source, true
	}
	for _, k := range textKinds() {
		if k.is(f) {
			return k.Found, true
		}
	}
	if f.extension() == ".wat" {
		return Found{}, false
	}
	return Found{"text: " + clipped(line(strings.TrimSpace(string(f.head)))), "name a module: a file that begins with the bytes 00 61 73 6d, or one in the text format that is named .wat"}, true
}

// startsWith recognises text by its beginning, in small letters.
func startsWith(beginnings ...string) func(*file) bool {
	return func(f *file) bool {
		for _, b := range beginnings {
			if strings.HasPrefix(f.text, b) {
				return true
			}
		}
		return false
	}
}

// sources are the languages that people build modules of, by the ends of the names of
// their files.
var sources = sync.OnceValue(func() map[string]Found {
	return map[string]Found{
		".rs":  source("Rust", "cargo build --target wasm32-wasip1 --release, or rustc --target wasm32-wasip1"),
		".go":  source("Go", "GOOS=wasip1 GOARCH=wasm go build -o app.wasm"),
		".c":   source("C", "clang --target=wasm32-wasip1 -O2 -o app.wasm, of the WASI SDK"),
		".cc":  source("C++", "clang++ --target=wasm32-wasip1 -O2 -o app.wasm, of the WASI SDK"),
		".cpp": source("C++", "clang++ --target=wasm32-wasip1 -O2 -o app.wasm, of the WASI SDK"),
		".zig": source("Zig", "zig build-exe -target wasm32-wasi"),
		".ts":  source("TypeScript or AssemblyScript", "asc, for AssemblyScript"),
		".py":  {"source code in Python", "run it by a Python that is built for WASI: wazedge --dir . python.wasm FILE"},
		".rb":  {"source code in Ruby", "run it by a Ruby that is built for WASI: wazedge --dir . ruby.wasm FILE"},
		".lua": {"source code in Lua", "run it by a Lua that is built for WASI: wazedge --dir . lua.wasm FILE"},
	}
})

func source(language, command string) Found {
	return Found{"source code in " + language, "build a module of it: " + command}
}

// isScript recognises the scripts of the specification's tests.
func isScript(f *file) bool {
	for _, command := range []string{"(assert_", "(invoke ", "(register ", "(module definition", "(module instance", "(thread "} {
		if strings.Contains(f.text, command) {
			return strings.Contains(f.text, "(module") || f.extension() == ".wast" || strings.HasPrefix(withoutComments(f.text), command)
		}
	}
	return false
}

// form recognises text whose first expression has that keyword.
func form(keyword string) func(*file) bool {
	return func(f *file) bool {
		rest, ok := strings.CutPrefix(withoutComments(f.text), "(")
		rest, is := strings.CutPrefix(strings.TrimLeft(rest, " \t\r\n"), keyword)
		return ok && is && (rest == "" || !isWordByte(rest[0]))
	}
}

func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}

// withoutComments is text behind the comments of the text format that it begins with.
func withoutComments(text string) string {
	for {
		text = strings.TrimLeft(text, " \t\r\n\f\v")
		end := -1
		switch {
		case strings.HasPrefix(text, ";;"):
			end = strings.IndexByte(text, '\n')
		case strings.HasPrefix(text, "(;"):
			if end = strings.Index(text, ";)"); end >= 0 {
				end++
			}
		default:
			return text
		}
		if end < 0 {
			return ""
		}
		text = text[end+1:]
	}
}

func isWIT(f *file) bool {
	first := line(f.text)
	return f.extension() == ".wit" || strings.HasPrefix(first, "package ") && strings.Contains(first, ":") && strings.Contains(first, ";")
}

// isJSON recognises JSON by its first tokens: its end may be cut.
func isJSON(f *file) bool {
	if !startsWith("{", "[")(f) {
		return false
	}
	d := json.NewDecoder(strings.NewReader(f.text))
	for range 3 {
		if _, err := d.Token(); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
	return true
}

// javaScript is what lines of JavaScript begin with.
var javaScript = []string{"import ", "export ", "function ", "var ", "let ", "const ", "\"use strict\"", "'use strict'", "async function", "class ", "(function", "!function", "module.exports", "require("}

func isJavaScript(f *file) bool {
	switch f.extension() {
	case ".js", ".mjs", ".cjs":
		return true
	}
	lines := bufio.NewScanner(strings.NewReader(f.text))
	for lines.Scan() {
		for _, beginning := range javaScript {
			if strings.HasPrefix(lines.Text(), beginning) {
				return true
			}
		}
	}
	return false
}

// line is the first line of text.
func line(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return strings.TrimSuffix(first, "\r")
}

// clipped is the beginning of a line of the file, quoted.
func clipped(s string) string {
	const most = 48
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "..."
	}
	return strconv.Quote(s)
}
