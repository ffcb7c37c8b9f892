;; Sleeps for 292 years in one poll_oneoff on the monotonic clock.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; subscription: userdata 0, clock event, clock 1, timeout 2^63-1 ns, precision 0, relative
  (data (i32.const 16) "\01\00\00\00\00\00\00\00\ff\ff\ff\ff\ff\ff\ff\7f")
  (func (export "_start")
    (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))))
