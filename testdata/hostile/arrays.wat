;; Fills and copies long arrays without end.
(module
  (type $a (array (mut i64)))
  (type $r (array (mut anyref)))
  (func (export "_start") (local $x (ref null $a)) (local $y (ref null $r))
    (local.set $x (array.new_default $a (i32.const 20000000)))
    (local.set $y (array.new_default $r (i32.const 20000000)))
    (loop $l
      (array.fill $a (local.get $x) (i32.const 0) (i64.const 1) (i32.const 20000000))
      (array.copy $a $a (local.get $x) (i32.const 1) (local.get $x) (i32.const 0) (i32.const 19999999))
      (array.fill $r (local.get $y) (i32.const 0) (ref.i31 (i32.const 3)) (i32.const 20000000))
      (br $l))))
