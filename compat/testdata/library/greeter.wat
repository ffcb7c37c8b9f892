(module
  (import "host" "add" (func $add (param i32 i32) (result i32)))
  (import "host" "say" (func $say (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hello, world")
  (func (export "greet") (param i32)
    (call $say (i32.const 16) (call $add (local.get 0) (i32.const 3)))))
