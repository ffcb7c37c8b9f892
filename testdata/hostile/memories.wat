;; Grows many memories and writes to all of their pages.
(module
  (memory $a 1) (memory $b 1) (memory $c 1) (memory $d 1)
  (func (export "_start")
    (loop $l
      (drop (memory.grow $a (i32.const 1024)))
      (memory.fill $a (i32.const 0) (i32.const 1) (i32.mul (memory.size $a) (i32.const 65536)))
      (drop (memory.grow $b (i32.const 1024)))
      (memory.fill $b (i32.const 0) (i32.const 1) (i32.mul (memory.size $b) (i32.const 65536)))
      (drop (memory.grow $c (i32.const 1024)))
      (memory.fill $c (i32.const 0) (i32.const 1) (i32.mul (memory.size $c) (i32.const 65536)))
      (drop (memory.grow $d (i32.const 1024)))
      (memory.fill $d (i32.const 0) (i32.const 1) (i32.mul (memory.size $d) (i32.const 65536)))
      (br $l))))
