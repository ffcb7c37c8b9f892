;; A command that never returns: a loop without a call.
(module
  (memory (export "memory") 1)
  (func (export "_start") (loop $l (br $l))))
