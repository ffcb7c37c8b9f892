;; Ends in every way a module can. As a command it exits with 42.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $proc_exit (i32.const 42)))
  ;; exits with the status that it is given
  (func (export "exit") (param i32) (call $proc_exit (local.get 0)))
  (func (export "return"))
  (func (export "unreachable") unreachable)
  (func (export "divide") (param i32 i32) (result i32)
    (i32.div_s (local.get 0) (local.get 1)))
  (func (export "load") (param i32) (result i32)
    (i32.load (local.get 0))))
