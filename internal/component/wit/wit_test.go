package wit_test

import (
	"testing"

	"github.com/wazedge/wazedge/internal/component/validate"
	"github.com/wazedge/wazedge/internal/component/wit"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestText states how worlds are written: what wasm-tools component wit would read.
func TestText(t *testing.T) {
	for _, tc := range []struct{ name, component, want string }{
		{"nothing", `(component)`, "package root:component;\n\nworld root {\n}\n"},
		{"functions", `(component (import "log" (func (param "type" string))) (import "m" (core module)))`,
			`package root:component;

world root {
  import log: func(%type: string);
  // import "m", a core module
}
`},
		{"interfaces", `(component
			(type (instance
				(export "error" (type (sub resource)))
				(type (list u8)) (type (own 0)) (type (variant (case "failed" 2) (case "closed"))) (export "stream-error" (type (eq 3)))
				(type (record (field "list" u8))) (export "part" (type (eq 5)))
				(type u64) (export "size" (type (eq 7))) (export "length" (type (eq 8)))
				(type (flags "a" "b")) (export "bits" (type (eq 10))) (type (enum "x")) (export "kind" (type (eq 12)))
				(type (func (param "a" string) (result 2))) (export "[constructor]error" (func (type 14)))
				(type (borrow 0)) (type (result 1 (error 4))) (type (func (param "self" 15) (param "n" 8) (result 16))) (export "[method]error.read" (func (type 17)))
				(type (func)) (export "[static]error.reset" (func (type 18)))
				(type (tuple 6 char)) (type (func (result 19))) (export "last" (func (type 20)))))
			(import "a:b/errors@0.2.0" (instance (type 0)))
			(alias export 0 "error" (type)) (alias export 0 "part" (type))
			(type (instance (alias outer 1 1 (type)) (export "error" (type (eq 0))) (type (borrow 1)) (type (func (param "e" 2))) (export "drop" (func (type 3)))))
			(import "a:b/other@0.2.0" (instance (type 3)))
			(type (instance (alias outer 1 2 (type)) (export "piece" (type (eq 0))) (type (option 1)) (type (func (result 2))) (export "next" (func (type 3)))))
			(import "c:d/user" (instance (type 4)))
			(import "plain" (instance (type 3))))`,
			`package root:component;

world root {
  import a:b/errors@0.2.0;
  import a:b/other@0.2.0;
  import c:d/user;
  import plain: interface {
    use a:b/errors@0.2.0.{error};

    drop: func(e: borrow<error>);
  }
}

package a:b@0.2.0 {
  interface errors {
    resource error {
      constructor(a: string);
      read: func(n: size) -> result<list<u8>, stream-error>;
      reset: static func();
    }

    variant stream-error {
      failed(error),
      closed,
    }

    record part {
      %list: u8,
    }

    type size = u64;

    type length = size;

    flags bits {
      a,
      b,
    }

    enum kind {
      x,
    }

    last: func() -> tuple<part, char>;
  }

  interface other {
    use errors.{error};

    drop: func(e: borrow<error>);
  }
}

package c:d {
  interface user {
    use a:b/errors@0.2.0.{part as piece};

    next: func() -> option<piece>;
  }
}
`},
		{"types of the world", `(component (type (record (field "a" u8))) (import "r" (type (eq 0))) (import "h" (type (sub resource)))
			(type (func (param "x" 1))) (import "f" (func (type 3))) (export "g" (func 0)))`,
			`package root:component;

world root {
  import f: func(x: r);

  record r {
    a: u8,
  }

  resource h;

  export g: func(x: r);
}
`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := wat.ParseComponent([]byte(tc.component))
			if err != nil {
				t.Fatal(err)
			}
			r, err := validate.Component(c, validate.Options{Features: wasm.Wasm3, Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			if got := wit.Text(r.Type); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}
