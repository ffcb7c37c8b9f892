;; run N: as list_gc, with cells of 16 bytes in linear memory that are given back to a free list by hand.
(module
  (memory 1)
  (global $top (mut i32) (i32.const 16)) ;; above it nothing was ever used; 0 is the null pointer
  (global $free (mut i32) (i32.const 0)) ;; first free cell; each holds the next one where its link was
  (global $head (mut i32) (i32.const 0))
  (global $tail (mut i32) (i32.const 0))

  (func $new (param $value i64) (result i32) (local $c i32)
    (if (local.tee $c (global.get $free))
      (then (global.set $free (i32.load offset=8 (local.get $c))))
      (else
        (local.set $c (global.get $top))
        (global.set $top (i32.add (local.get $c) (i32.const 16)))
        (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16)))
          (then
            (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable))))))
    (i64.store (local.get $c) (local.get $value))
    (i32.store offset=8 (local.get $c) (i32.const 0))
    (local.get $c))

  (func $push (param $value i64) (local $c i32)
    (local.set $c (call $new (local.get $value)))
    (if (i32.eqz (global.get $tail))
      (then (global.set $head (local.get $c)))
      (else (i32.store offset=8 (global.get $tail) (local.get $c))))
    (global.set $tail (local.get $c)))

  (func $pop (result i64) (local $c i32)
    (local.set $c (global.get $head))
    (global.set $head (i32.load offset=8 (local.get $c)))
    (i32.store offset=8 (local.get $c) (global.get $free))
    (global.set $free (local.get $c))
    (i64.load (local.get $c)))

  (func (export "run") (param $n i32) (result i64) (local $i i32) (local $sum i64)
    (loop $fill
      (call $push (i64.extend_i32_u (local.get $i)))
      (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10000))))
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (call $pop)))
      (call $push (i64.extend_i32_u (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
