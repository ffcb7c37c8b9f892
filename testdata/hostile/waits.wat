;; Waits for ten seconds at a time without end.
(module
  (memory 1 1 shared)
  (func (export "_start")
    (loop $l
      (drop (memory.atomic.wait64 offset=8 (i32.const 0) (i64.const 0) (i64.const 10000000000)))
      (br $l))))
