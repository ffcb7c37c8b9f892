;; Fills, copies and initializes memory in stretches that are not long, but many.
(module
  (memory 16)
  (data $d "0123456789012345678901234567890123456789012345678901234567890123")
  (func (export "_start")
    (loop $l
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 30000))
      (memory.copy (i32.const 40000) (i32.const 0) (i32.const 30000))
      (memory.init $d (i32.const 0) (i32.const 0) (i32.const 64))
      (br $l))))
