;; Starts three threads by the bare import and checks what it returns and what they are given.
;; The exit status is 0, or the number of the check that fails.
(module
  (import "env" "memory" (memory 1 1 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (export "memory" (memory 0))
  (global $own (mut i32) (i32.const 0))

  ;; what a thread is given goes to 256 + 16 * argument: number, argument, its own global
  (func (export "wasi_thread_start") (param $tid i32) (param $arg i32) (local $at i32)
    (local.set $at (i32.add (i32.const 256) (i32.shl (local.get $arg) (i32.const 4))))
    (global.set $own (i32.add (global.get $own) (i32.const 1)))
    (i32.store (local.get $at) (local.get $tid))
    (i32.store offset=4 (local.get $at) (local.get $arg))
    (i32.store offset=8 (local.get $at) (global.get $own))
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))

  (func $check (param $number i32) (param $holds i32)
    (if (i32.eqz (local.get $holds)) (then (call $exit (local.get $number)))))

  (func (export "_start") (local $i i32) (local $tid i32) (local $n i32) (local $at i32)
    (loop $next
      (local.set $tid (call $spawn (local.get $i)))
      (call $check (i32.const 1) (i32.gt_s (local.get $tid) (i32.const 0)))
      (call $check (i32.const 2) (i32.lt_u (local.get $tid) (i32.const 0x20000000)))
      (i32.store offset=12 (i32.add (i32.const 256) (i32.shl (local.get $i) (i32.const 4))) (local.get $tid))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
    (loop $wait
      (local.set $n (i32.atomic.load (i32.const 0)))
      (if (i32.lt_u (local.get $n) (i32.const 3)) (then
        (drop (memory.atomic.wait32 (i32.const 0) (local.get $n) (i64.const -1)))
        (br $wait))))
    (local.set $i (i32.const 0))
    (loop $next
      (local.set $at (i32.add (i32.const 256) (i32.shl (local.get $i) (i32.const 4))))
      (call $check (i32.const 3) (i32.eq (i32.load (local.get $at)) (i32.load offset=12 (local.get $at))))
      (call $check (i32.const 4) (i32.eq (i32.load offset=4 (local.get $at)) (local.get $i)))
      (call $check (i32.const 5) (i32.eq (i32.load offset=8 (local.get $at)) (i32.const 1)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
    (call $check (i32.const 6) (i32.ne (i32.load (i32.const 256)) (i32.load (i32.const 272))))
    (call $check (i32.const 7) (i32.ne (i32.load (i32.const 272)) (i32.load (i32.const 288))))))
