package wat

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/component"
)

// componentTexts are components with a bit of everything.
var componentTexts = []string{
	`(component)`,
	`(component (core module (@custom "first" (before first) "x")) (core module $m (@custom "" "y") (func)))`,
	`(component $c (@custom "x" "y\00") (core module $m (func $f (export "f") (param $p i32)) (memory 1)) (@custom "z" "") (core instance $i (instantiate $m)))`,
	`(component (import "a" (func $f (param "x" string) (result u32))) (import "i:j/k@1.0.0" (instance (export "t" (type (sub resource))) (export "f" (func))))
		(core module $m (import "" "f" (func (param i32 i32) (result i32))) (memory (export "m") 1) (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0)
			(func (export "g") (result i32) i32.const 0) (func (export "d") (param i32)))
		(core module $n (memory (export "m") 1) (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0))
		(core instance $n (instantiate $n))
		(core func $l (canon lower (func $f) (memory $n "m") string-encoding=utf16 (realloc (func $n "r"))))
		(core instance $j (export "f" (func $l)))
		(core instance $i (instantiate $m (with "" (instance $j))))
		(type $r (resource (rep i32) (dtor (func $i "d"))))
		(core func (canon resource.new $r)) (core func (canon resource.drop $r)) (canon resource.rep $r (core func))
		(func $g (export "g") (result string) (canon lift (core func $i "g") (memory $i "m")))
		(export $e "e" (func $g) (func (result string))))`,
	`(component (type $a (record (field "x" u8) (field "y" (list string))))
		(type (variant (case "a") (case "b" $a))) (type (enum "a" "b")) (type (flags "f")) (type (tuple u8 $a)) (type (option $a)) (type (result))
		(type (result u8 (error string))) (type (result (error u8))) (type (list u8 4)) (type (map string $a)) (type u64)
		(type (component (type $t (func (param "a" (list char)))) (import "b" (func (type $t))) (export "t" (type $u (sub resource))) (export "o" (func (result (own $u))))))
		(type (instance (alias outer 1 $a (type $b)) (export "b" (type (eq $b))))))`,
	`(component (core rec (type $a (struct (field (ref null $b)))) (type $b (sub (func (param (ref $a)))))) (core type $x (sub (struct)))
		(core type $mt (module (type (sub (func))) (import "a" "b" (func (type 0))) (alias outer 1 $x (type)) (rec (type (struct)) (type (array i8))) (export "m" (memory 1 2))))
		(import "m" (core module $im (type $mt))) (core type (module (export "t" (table 1 funcref)) (export "g" (global (mut i32))))))`,
	`(component $outer (component $in (component $deeper (import "x" (type (sub resource)))) (type $t u8) (export "t" (type $t)))
		(instance $i (instantiate $in)) (alias export $i "t" (type $tt)) (instance (export "t" (type $tt))) (component (alias outer $outer $in (component)) (alias outer 1 0 (core module)))
		(core module) (instance (instantiate $in (with "k" (type $tt)) (with "i" (instance $i)))))`,
	`(component (import "a:b/c" (external-id "x") (instance)) (import "l" (implements "a:b/d") (instance)) (export "a:b/c@1.2" (versionsuffix ".3") (instance 0)))`,
}

// readsBack holds c to come back from its text and from its bytes. Not all that parses decodes,
// such as an empty variant: it reports whether c does.
func readsBack(t *testing.T, c *component.Component) bool {
	t.Helper()
	var text, again strings.Builder
	if err := PrintComponent(&text, c); err != nil {
		t.Fatal(err)
	}
	parsed, err := ParseComponent([]byte(text.String()))
	if err != nil {
		t.Fatalf("the printed text does not parse: %v\n%s", err, text.String())
	}
	bin := component.Encode(c)
	if got := component.Encode(parsed); !bytes.Equal(got, bin) {
		t.Fatalf("another component comes back from the text:\n%x\n%x\n%s", got, bin, text.String())
	}
	decoded, err := component.Decode(bin, everything)
	if err != nil {
		return false
	}
	if !bytes.Equal(component.Encode(decoded), bin) {
		t.Fatalf("encoded again as something else:\n%x\n%s", bin, text.String())
	}
	if err := PrintComponent(&again, decoded); err != nil || again.String() != text.String() {
		t.Fatalf("printed again as\n%s\nfirst\n%s (%v)", again.String(), text.String(), err)
	}
	return true
}

// TestPrintComponents prints components that have everything, and reads them back.
func TestPrintComponents(t *testing.T) {
	for _, text := range componentTexts {
		c, err := ParseComponent([]byte(text))
		if err != nil {
			t.Errorf("%v in\n%s", err, text)
			continue
		}
		if !readsBack(t, c) {
			t.Errorf("does not decode:\n%s", text)
		}
	}
}

// TestPrintOfficialComponents does so with the components of the official scripts, if they
// are there.
func TestPrintOfficialComponents(t *testing.T) {
	shared := os.Getenv("WAZEDGE_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	files, _ := filepath.Glob(filepath.Join(shared, "component-model", "test", "*", "*.wast"))
	if len(files) == 0 {
		t.Skip("no official scripts")
	}
	count := 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		script, err := ParseScript(src)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, c := range script.Commands {
			if c.Module == nil || !c.Module.Component {
				continue
			}
			parsed, err := c.Module.ParseComponent()
			if err != nil {
				continue // some are to be refused, or asynchronous
			}
			if readsBack(t, parsed) {
				count++
			}
		}
	}
	if count < 400 {
		t.Errorf("only %d components", count)
	}
}

// FuzzParseComponent parses anything as a component, and takes what parses through text, bytes
// and back.
func FuzzParseComponent(f *testing.F) {
	for _, text := range componentTexts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var c *component.Component
		var err error
		bounded(t, src, func() { c, err = ParseComponent(src) })
		if err == nil {
			readsBack(t, c)
		}
	})
}
