;; Fills a table with 64-bit addresses, and a second memory, without end.
(module
  (memory 1)
  (memory $m 4096)
  (table $t i64 5000000 funcref)
  (func (export "_start")
    (loop $l
      (table.fill $t (i64.const 0) (ref.null func) (i64.const 5000000))
      (memory.fill $m (i32.const 0) (i32.const 7) (i32.const 268435456))
      (br $l))))
