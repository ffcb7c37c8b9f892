(module
  (import "host" "log" (func $log (param i32 i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "from the guest")
  (func (export "add") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
  (func (export "_start")
    (call $log (i32.const 16) (i32.const 14))
    (call $exit (i32.const 7))))
