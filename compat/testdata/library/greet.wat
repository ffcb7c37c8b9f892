(module
  (import "caller" "read" (func $read (param i32 i32 i32) (result i32)))
  (import "caller" "write" (func $write (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "hello, ")
  (func (export "greet") (param $name i32) (param $len i32) (param $to i32) (result i32)
    (if (call $read (local.get $name) (i32.const 7) (local.get $len)) (then unreachable))
    (if (call $write (local.get $to) (i32.const 0) (i32.add (local.get $len) (i32.const 7))) (then unreachable))
    (i32.add (local.get $len) (i32.const 7))))
