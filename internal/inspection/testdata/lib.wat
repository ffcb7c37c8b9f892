(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "sub") (param i32) (result i32) (local.get 0))
  (global (export "counter") i32 (i32.const 0)))
