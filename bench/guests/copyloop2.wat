;; copy N: as copyloop1, but from one memory to another.
(module
  (memory $from 1)
  (memory $to 1)
  (func (export "copy") (param $n i32) (result i32) (local $i i32)
    (i32.store $from (i32.const 65532) (i32.const 7))
    (loop $again
      (local.set $i (i32.const 0))
      (loop $l
        (i32.store $to (local.get $i) (i32.load $from (local.get $i)))
        (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 65536))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.load $to (i32.const 65532))))
