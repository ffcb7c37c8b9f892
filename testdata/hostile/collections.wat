;; Keeps some millions of objects alive and makes garbage without end.
(module
  (type $node (struct (field (ref null $node)) (field i64)))
  (func (export "_start") (local $list (ref null $node)) (local $n i32)
    (loop $l
      (local.set $list (struct.new $node (local.get $list) (i64.const 1)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $n) (i32.const 5000000))))
    (loop $garbage
      (drop (struct.new $node (local.get $list) (i64.const 2)))
      (br $garbage))))
