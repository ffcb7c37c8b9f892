;; Grows many tables at a time without end.
(module
  (table $a 0 funcref) (table $b 0 funcref) (table $c 0 funcref) (table $d 0 funcref)
  (table $e 0 funcref) (table $f 0 funcref) (table $g 0 funcref) (table $h 0 funcref)
  (func $f0)
  (elem declare func $f0)
  (func (export "_start")
    (loop $l
      (drop (table.grow $a (ref.func $f0) (i32.const 5000000)))
      (drop (table.grow $b (ref.func $f0) (i32.const 5000000)))
      (drop (table.grow $c (ref.func $f0) (i32.const 5000000)))
      (drop (table.grow $d (ref.func $f0) (i32.const 5000000)))
      (drop (table.grow $e (ref.func $f0) (i32.const 5000000)))
      (drop (table.grow $f (ref.func $f0) (i32.const 5000000)))
      (drop (table.grow $g (ref.func $f0) (i32.const 5000000)))
      (drop (table.grow $h (ref.func $f0) (i32.const 5000000)))
      (br $l))))
