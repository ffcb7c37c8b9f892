(module
  (import "greeter" "greet" (func $greet (param i32 i32 i32) (result i32)))
  (import "host" "greeted" (func $greeted (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 100) "world")
  (func (export "run") (call $greeted (call $greet (i32.const 100) (i32.const 5) (i32.const 200)))))
