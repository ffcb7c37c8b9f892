;; run DEPTH: one tree of that depth that lives throughout, and very many smaller ones that do not; gives the
;; number of nodes counted. Nodes are structs for the collector.
(module
  (type $node (struct (field $left (ref null $node)) (field $right (ref null $node))))

  (func $make (param $depth i32) (result (ref $node))
    (if (result (ref $node)) (i32.eqz (local.get $depth))
      (then (struct.new $node (ref.null $node) (ref.null $node)))
      (else
        (struct.new $node
          (call $make (i32.sub (local.get $depth) (i32.const 1)))
          (call $make (i32.sub (local.get $depth) (i32.const 1)))))))

  (func $count (param $n (ref null $node)) (result i32)
    (if (result i32) (ref.is_null (local.get $n))
      (then (i32.const 0))
      (else
        (i32.add (i32.const 1)
          (i32.add
            (call $count (struct.get $node $left (local.get $n)))
            (call $count (struct.get $node $right (local.get $n))))))))

  (func (export "run") (param $depth i32) (result i32)
    (local $long (ref null $node)) (local $d i32) (local $times i32) (local $total i32)
    (local.set $long (call $make (local.get $depth)))
    (local.set $d (i32.const 4))
    (loop $deeper
      (local.set $times
        (i32.shl (i32.const 1) (i32.add (i32.sub (local.get $depth) (local.get $d)) (i32.const 4))))
      (loop $again
        (local.set $total (i32.add (local.get $total) (call $count (call $make (local.get $d)))))
        (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
      (br_if $deeper
        (i32.le_s (local.tee $d (i32.add (local.get $d) (i32.const 4))) (local.get $depth))))
    (i32.add (local.get $total) (call $count (local.get $long)))))
