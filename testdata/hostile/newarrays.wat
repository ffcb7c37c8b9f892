;; Makes long arrays without end, and keeps none.
(module
  (type $a (array (mut i8)))
  (func (export "_start")
    (loop $l
      (drop (array.new $a (i32.const 1) (i32.const 100000000)))
      (drop (array.new_default $a (i32.const 100000000)))
      (br $l))))
