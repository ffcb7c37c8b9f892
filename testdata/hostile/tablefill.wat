;; Fills and copies a long table without end.
(module
  (table $a 10000000 funcref)
  (table $b 10000000 funcref)
  (func (export "_start")
    (loop $l
      (table.fill $a (i32.const 0) (ref.null func) (i32.const 10000000))
      (table.copy $b $a (i32.const 0) (i32.const 0) (i32.const 10000000))
      (table.copy $a $a (i32.const 1) (i32.const 0) (i32.const 9999999))
      (br $l))))
