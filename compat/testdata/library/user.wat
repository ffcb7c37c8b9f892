(module
  (import "counter" "next" (func $next (result i32)))
  (import "counter" "memory" (memory 1))
  (export "memory" (memory 0))
  (func (export "twice") (result i32) (drop (call $next)) (call $next)))
