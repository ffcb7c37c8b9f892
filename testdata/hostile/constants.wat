;; Has constant expressions that make long arrays.
(module
  (type $a (array (mut i8)))
  (type $r (array (mut anyref)))
  (global $x (ref $a) (array.new $a (i32.const 1) (i32.const 0x7fffff00)))
  (global $y (ref $r) (array.new $r (ref.i31 (i32.const 1)) (i32.const 0x0fffff00)))
  (func (export "_start") (loop $l (br $l))))
