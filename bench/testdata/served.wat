;; What BenchmarkInstances makes instances of: it imports from WASI, has a memory, data and a
;; table, as what a compiler makes has.
(module
	(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
	(memory (export "memory") 2) (table 4 funcref) (elem (i32.const 0) $add $add)
	(data (i32.const 1024) "some data of a program")
	(global $sp (mut i32) (i32.const 65536))
	(func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
	(func (export "touch") (param i32 i32) (result i32) (local $at i32)
		(loop $l (i32.store8 (local.get $at) (i32.const 1)) (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4096))) (i32.const 65536))))
		(local.get 0))
	(func (export "yield") (param i32) (loop $l (drop (call $yield)) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
	(func (export "spin") (param i32) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
