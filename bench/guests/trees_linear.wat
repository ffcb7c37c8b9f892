;; run DEPTH: as trees_gc, with nodes of 8 bytes in linear memory that are given back to a free list by hand.
(module
  (memory 1)
  (global $top (mut i32) (i32.const 8)) ;; above it nothing was ever used; 0 is the null pointer
  (global $free (mut i32) (i32.const 0)) ;; first free node; each holds the next one in its first word

  (func $new (param $left i32) (param $right i32) (result i32) (local $n i32)
    (if (local.tee $n (global.get $free))
      (then (global.set $free (i32.load (local.get $n))))
      (else
        (local.set $n (global.get $top))
        (global.set $top (i32.add (local.get $n) (i32.const 8)))
        (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16)))
          (then
            (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable))))))
    (i32.store (local.get $n) (local.get $left))
    (i32.store offset=4 (local.get $n) (local.get $right))
    (local.get $n))

  (func $drop (param $n i32)
    (if (local.get $n)
      (then
        (call $drop (i32.load (local.get $n)))
        (call $drop (i32.load offset=4 (local.get $n)))
        (i32.store (local.get $n) (global.get $free))
        (global.set $free (local.get $n)))))

  (func $make (param $depth i32) (result i32)
    (if (result i32) (i32.eqz (local.get $depth))
      (then (call $new (i32.const 0) (i32.const 0)))
      (else
        (call $new
          (call $make (i32.sub (local.get $depth) (i32.const 1)))
          (call $make (i32.sub (local.get $depth) (i32.const 1)))))))

  (func $count (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 0))
      (else
        (i32.add (i32.const 1)
          (i32.add
            (call $count (i32.load (local.get $n)))
            (call $count (i32.load offset=4 (local.get $n))))))))

  (func (export "run") (param $depth i32) (result i32)
    (local $long i32) (local $tree i32) (local $d i32) (local $times i32) (local $total i32)
    (local.set $long (call $make (local.get $depth)))
    (local.set $d (i32.const 4))
    (loop $deeper
      (local.set $times
        (i32.shl (i32.const 1) (i32.add (i32.sub (local.get $depth) (local.get $d)) (i32.const 4))))
      (loop $again
        (local.set $tree (call $make (local.get $d)))
        (local.set $total (i32.add (local.get $total) (call $count (local.get $tree))))
        (call $drop (local.get $tree))
        (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
      (br_if $deeper
        (i32.le_s (local.tee $d (i32.add (local.get $d) (i32.const 4))) (local.get $depth))))
    (i32.add (local.get $total) (call $count (local.get $long)))))
