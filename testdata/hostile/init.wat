;; A reactor whose _initialize never returns.
(module
  (func (export "_initialize") (loop $l (br $l)))
  (func (export "f") (result i32) (i32.const 1)))
