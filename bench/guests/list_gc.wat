;; run N: a queue of 10000 numbers, from which N times the oldest is taken and a new one put in; gives the sum
;; of the numbers taken. Cells are structs for the collector.
(module
  (type $cell (struct (field $value i64) (field $next (mut (ref null $cell)))))
  (global $head (mut (ref null $cell)) (ref.null $cell))
  (global $tail (mut (ref null $cell)) (ref.null $cell))

  (func $push (param $value i64) (local $c (ref null $cell))
    (local.set $c (struct.new $cell (local.get $value) (ref.null $cell)))
    (if (ref.is_null (global.get $tail))
      (then (global.set $head (local.get $c)))
      (else (struct.set $cell $next (global.get $tail) (local.get $c))))
    (global.set $tail (local.get $c)))

  (func $pop (result i64) (local $c (ref null $cell))
    (local.set $c (global.get $head))
    (global.set $head (struct.get $cell $next (local.get $c)))
    (struct.get $cell $value (local.get $c)))

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
