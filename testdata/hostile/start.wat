;; A start function that never returns, so that instantiation does not end.
(module
  (memory (export "memory") 1)
  (func $start (loop $l (br $l)))
  (start $start)
  (func (export "_start")))
