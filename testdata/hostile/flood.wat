;; Writes 64 KiB blocks to standard output for as long as they are taken.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  ;; one iovec {65536, 65536}
  (data (i32.const 0) "\00\00\01\00\00\00\01\00")
  (func (export "_start")
    (memory.fill (i32.const 65536) (i32.const 0x78) (i32.const 65536))
    (loop $l
      (br_if $l
        (i32.eqz (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))))
