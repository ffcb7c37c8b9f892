;; What the lowered modules of a store share: the heap's memory, the shadow
;; stack's end, the function table, and the operations that are too long to stand
;; in every module. Addresses are those of region.go, layout.go and types.go; the
;; numbers given to $trap are WasmEdge's codes.
(module
  ;; Collects if it must, and returns a cell of a size class.
  (import "wazedge:gc" "refill" (func $refill (param $class i32) (result i32)))
  ;; The same for an object without a class.
  (import "wazedge:gc" "large" (func $large (param $bytes i32) (result i32)))
  ;; Sets bytes of a new large object to 0.
  (import "wazedge:gc" "zero" (func $zero (param $at i32) (param $bytes i32)))
  ;; Whether there is room for a large object.
  (import "wazedge:gc" "room" (func $room (param $bytes i32) (result i32)))
  ;; Returns, unless the guest is to end now.
  (import "wazedge:gc" "pause" (func $pause))
  ;; Ends the guest with a code. Does not return.
  (import "wazedge:gc" "trap" (func $trap (param $code i32)))

  (memory (export "memory") 1152 65536)
  (global $sp (export "sp") (mut i32) (i32.const 8388608)) ;; ShadowStack
  (global (export "pending") (mut i32) (i32.const 0))
  (global (export "nothing") (mut i32) (i32.const 0))
  (table (export "funcs") 1 1048576 funcref) ;; entry 0 is the null function

  ;; What takes long is done in pieces, with a pause when they have come to some
  ;; milliseconds. Short ones are not counted.
  (global $work (mut i32) (i32.const 0))

  ;; The length of the next piece where $bytes are left.
  (func $piece (param $bytes i32) (result i32)
    (if (i32.le_u (local.get $bytes) (i32.const 4096)) (then (return (local.get $bytes))))
    (if (i32.gt_u (local.get $bytes) (i32.const 4194304)) (then (local.set $bytes (i32.const 4194304))))
    (global.set $work (i32.add (global.get $work) (local.get $bytes)))
    (if (i32.ge_u (global.get $work) (i32.const 4194304))
      (then
        (global.set $work (i32.const 0))
        (call $pause)))
    (local.get $bytes))

  ;; memory.fill and memory.copy in pieces.
  (func $fill (param $at i32) (param $v i32) (param $bytes i32)
    (local $n i32)
    (loop $next
      (local.set $n (call $piece (local.get $bytes)))
      (memory.fill (local.get $at) (local.get $v) (local.get $n))
      (local.set $at (i32.add (local.get $at) (local.get $n)))
      (br_if $next (local.tee $bytes (i32.sub (local.get $bytes) (local.get $n))))))
  (func $copy (param $to i32) (param $from i32) (param $bytes i32)
    (local $n i32)
    (loop $next
      (local.set $n (call $piece (local.get $bytes)))
      (local.set $bytes (i32.sub (local.get $bytes) (local.get $n)))
      (if (i32.gt_u (local.get $to) (local.get $from))
        (then ;; upwards: the last piece first
          (memory.copy (i32.add (local.get $to) (local.get $bytes)) (i32.add (local.get $from) (local.get $bytes)) (local.get $n)))
        (else
          (memory.copy (local.get $to) (local.get $from) (local.get $n))
          (local.set $to (i32.add (local.get $to) (local.get $n)))
          (local.set $from (i32.add (local.get $from) (local.get $n)))))
      (br_if $next (local.get $bytes))))

  ;; An object of $bytes with nothing in it.
  (func $alloc (export "alloc") (param $bytes i32) (result i32)
    (local $list i32) (local $cell i32)
    (if (i32.gt_u (local.get $bytes) (i32.const 2048))
      (then (return (call $large (local.get $bytes)))))
    (local.set $list (i32.shl
      (i32.load8_u offset=512 (i32.shr_u (i32.add (local.get $bytes) (i32.const 7)) (i32.const 3)))
      (i32.const 2)))
    (if (i32.eqz (local.tee $cell (i32.load offset=64 (local.get $list))))
      (then (return (call $refill (i32.shr_u (local.get $list) (i32.const 2))))))
    (i32.store offset=64 (local.get $list) (i32.load (local.get $cell)))
    (local.get $cell))

  ;; An array of $n elements of 1<<$log bytes, its elements not set.
  (func $array (export "array") (param $desc i32) (param $n i32) (param $log i32) (result i32)
    (local $a i32)
    (if (i32.gt_u (local.get $n) (i32.shr_u (i32.const 0xF0000000) (local.get $log)))
      (then (drop (call $large (i32.const -1)))))
    (local.set $a (call $alloc (i32.add (i32.shl (local.get $n) (local.get $log)) (i32.const 8))))
    (i32.store (local.get $a) (local.get $desc))
    (i32.store offset=4 (local.get $a) (local.get $n))
    (local.get $a))

  ;; The same with elements of zero bits.
  (func $zeroed (export "array_zeroed") (param $desc i32) (param $n i32) (param $log i32) (result i32)
    (local $a i32)
    (local.set $a (call $array (local.get $desc) (local.get $n) (local.get $log)))
    (local.set $n (i32.shl (local.get $n) (local.get $log)))
    (if (i32.gt_u (local.get $n) (i32.const 65536))
      (then (call $zero (i32.add (local.get $a) (i32.const 8)) (local.get $n)))
      (else (memory.fill (i32.add (local.get $a) (i32.const 8)) (i32.const 0) (local.get $n))))
    (local.get $a))

  ;; The address of element $i of the array $a, which has $n from there on.
  (func $range (export "array_range") (param $a i32) (param $i i32) (param $n i32) (param $log i32) (result i32)
    (if (i32.eqz (local.get $a)) (then (call $trap (i32.const 0x415))))
    (if (i64.gt_u (i64.add (i64.extend_i32_u (local.get $i)) (i64.extend_i32_u (local.get $n)))
                  (i64.load32_u offset=4 (local.get $a)))
      (then (call $trap (i32.const 0x409))))
    (i32.add (i32.add (local.get $a) (i32.const 8)) (i32.shl (local.get $i) (local.get $log))))

  (func (export "array_copy") (param $d i32) (param $di i32) (param $s i32) (param $si i32) (param $n i32) (param $log i32)
    (call $copy
      (call $range (local.get $d) (local.get $di) (local.get $n) (local.get $log))
      (call $range (local.get $s) (local.get $si) (local.get $n) (local.get $log))
      (i32.shl (local.get $n) (local.get $log))))

  ;; Set $n elements from the address $at on.
  (func (export "fill8") (param $at i32) (param $v i32) (param $n i32)
    (call $fill (local.get $at) (local.get $v) (local.get $n)))
  (func (export "fill16") (param $at i32) (param $v i32) (param $n i32)
    (local $end i32) (local $stop i32)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $n) (i32.const 1))))
    (loop $piece
      (local.set $stop (i32.add (local.get $at) (call $piece (i32.sub (local.get $end) (local.get $at)))))
      (block $done
        (loop $next
          (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
          (i32.store16 (local.get $at) (local.get $v))
          (local.set $at (i32.add (local.get $at) (i32.const 2)))
          (br $next)))
      (br_if $piece (i32.lt_u (local.get $at) (local.get $end)))))
  (func $fill32 (export "fill32") (param $at i32) (param $v i32) (param $n i32)
    (local $end i32) (local $stop i32)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $n) (i32.const 2))))
    (loop $piece
      (local.set $stop (i32.add (local.get $at) (call $piece (i32.sub (local.get $end) (local.get $at)))))
      (block $done
        (loop $next
          (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
          (i32.store (local.get $at) (local.get $v))
          (local.set $at (i32.add (local.get $at) (i32.const 4)))
          (br $next)))
      (br_if $piece (i32.lt_u (local.get $at) (local.get $end)))))
  (func (export "fill64") (param $at i32) (param $v i64) (param $n i32)
    (local $end i32) (local $stop i32)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $n) (i32.const 3))))
    (loop $piece
      (local.set $stop (i32.add (local.get $at) (call $piece (i32.sub (local.get $end) (local.get $at)))))
      (block $done
        (loop $next
          (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
          (i64.store (local.get $at) (local.get $v))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (br $next)))
      (br_if $piece (i32.lt_u (local.get $at) (local.get $end)))))
  (func (export "fill128") (param $at i32) (param $v v128) (param $n i32)
    (local $end i32) (local $stop i32)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $n) (i32.const 4))))
    (loop $piece
      (local.set $stop (i32.add (local.get $at) (call $piece (i32.sub (local.get $end) (local.get $at)))))
      (block $done
        (loop $next
          (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
          (v128.store (local.get $at) (local.get $v))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $next)))
      (br_if $piece (i32.lt_u (local.get $at) (local.get $end)))))

  ;; References in a row: what an element segment has. It is 0 once dropped.
  (func $refs (export "refs") (param $n i32) (result i32)
    (call $zeroed (i32.const 65584) (local.get $n) (i32.const 2))) ;; RefsDesc
  (func $ref_range (param $refs i32) (param $i i32) (param $n i32) (result i32)
    (local $len i64)
    (if (local.get $refs) (then (local.set $len (i64.load32_u offset=4 (local.get $refs)))))
    (if (i64.gt_u (i64.add (i64.extend_i32_u (local.get $i)) (i64.extend_i32_u (local.get $n))) (local.get $len))
      (then (call $trap (i32.const 0x407))))
    (i32.add (i32.add (local.get $refs) (i32.const 8)) (i32.shl (local.get $i) (i32.const 2))))
  (func (export "refs_set") (param $refs i32) (param $i i32) (param $v i32)
    (i32.store offset=8 (i32.add (local.get $refs) (i32.shl (local.get $i) (i32.const 2))) (local.get $v)))

  ;; An array of $n elements from $from on of the segment $refs, which is in a global.
  (func (export "array_new_elem") (param $from i32) (param $n i32) (param $desc i32) (param $refs i32) (result i32)
    (local $a i32) (local $src i32)
    (local.set $src (call $ref_range (local.get $refs) (local.get $from) (local.get $n)))
    (local.set $a (call $array (local.get $desc) (local.get $n) (i32.const 2)))
    (call $copy (i32.add (local.get $a) (i32.const 8)) (local.get $src) (i32.shl (local.get $n) (i32.const 2)))
    (local.get $a))
  (func (export "array_init_elem") (param $a i32) (param $i i32) (param $from i32) (param $n i32) (param $refs i32)
    (call $copy
      (call $range (local.get $a) (local.get $i) (local.get $n) (i32.const 2))
      (call $ref_range (local.get $refs) (local.get $from) (local.get $n))
      (i32.shl (local.get $n) (i32.const 2))))

  ;; Tables: descriptor, size, maximum, and the references, of which there may be
  ;; more than the size.
  (func (export "table") (param $n i32) (param $max i32) (result i32)
    (local $t i32) (local $sp i32)
    (local.set $t (call $alloc (i32.const 16)))
    (i32.store (local.get $t) (i32.const 65632)) ;; TableDesc
    (i32.store offset=4 (local.get $t) (local.get $n))
    (i32.store offset=8 (local.get $t) (local.get $max))
    (i32.store offset=12 (local.get $t) (i32.const 0))
    (local.set $sp (call $keep (local.get $t)))
    (i32.store offset=12 (local.get $t) (call $refs (local.get $n)))
    (global.set $sp (local.get $sp))
    (local.get $t))

  ;; Put $ref on the shadow stack. The caller sets its end back to the result.
  (func $keep (param $ref i32) (result i32)
    (local $sp i32)
    (i32.store (local.tee $sp (global.get $sp)) (local.get $ref))
    (global.set $sp (i32.add (local.get $sp) (i32.const 4)))
    (local.get $sp))

  (func $table_range (param $t i32) (param $i i32) (param $n i32) (result i32)
    (if (i64.gt_u (i64.add (i64.extend_i32_u (local.get $i)) (i64.extend_i32_u (local.get $n)))
                  (i64.load32_u offset=4 (local.get $t)))
      (then (call $trap (i32.const 0x407))))
    (i32.add (i32.add (i32.load offset=12 (local.get $t)) (i32.const 8)) (i32.shl (local.get $i) (i32.const 2))))
  (func (export "table_get") (param $i i32) (param $t i32) (result i32)
    (i32.load (call $table_range (local.get $t) (local.get $i) (i32.const 1))))
  (func (export "table_set") (param $i i32) (param $v i32) (param $t i32)
    (i32.store (call $table_range (local.get $t) (local.get $i) (i32.const 1)) (local.get $v)))
  (func (export "table_size") (param $t i32) (result i32) (i32.load offset=4 (local.get $t)))
  (func (export "table_fill") (param $i i32) (param $v i32) (param $n i32) (param $t i32)
    (call $fill32 (call $table_range (local.get $t) (local.get $i) (local.get $n)) (local.get $v) (local.get $n)))
  (func (export "table_copy") (param $di i32) (param $si i32) (param $n i32) (param $d i32) (param $s i32)
    (call $copy
      (call $table_range (local.get $d) (local.get $di) (local.get $n))
      (call $table_range (local.get $s) (local.get $si) (local.get $n))
      (i32.shl (local.get $n) (i32.const 2))))
  (func (export "table_init") (param $i i32) (param $from i32) (param $n i32) (param $t i32) (param $refs i32)
    (call $copy
      (call $table_range (local.get $t) (local.get $i) (local.get $n))
      (call $ref_range (local.get $refs) (local.get $from) (local.get $n))
      (i32.shl (local.get $n) (i32.const 2))))
  (func (export "table_grow") (param $v i32) (param $n i32) (param $t i32) (result i32)
    (local $size i32) (local $new i32) (local $room i32) (local $refs i32) (local $sp i32)
    (local.set $size (i32.load offset=4 (local.get $t)))
    (local.set $new (i32.add (local.get $size) (local.get $n)))
    (if (i32.or (i32.lt_u (local.get $new) (local.get $size))
                (i32.gt_u (local.get $new) (i32.load offset=8 (local.get $t))))
      (then (return (i32.const -1))))
    (if (i32.gt_u (local.get $new) (i32.load offset=4 (i32.load offset=12 (local.get $t))))
      (then
        (if (i32.gt_u (local.get $new) (i32.const 10000000)) (then (return (i32.const -1))))
        (local.set $sp (call $keep (local.get $v)))
        (drop (call $keep (local.get $t)))
        (local.set $room (i32.add (local.get $new) (i32.shr_u (local.get $size) (i32.const 1))))
        (if (i32.eqz (call $room (i32.add (i32.shl (local.get $room) (i32.const 2)) (i32.const 8))))
          (then
            (global.set $sp (local.get $sp))
            (return (i32.const -1))))
        (local.set $refs (call $refs (local.get $room)))
        (call $copy (i32.add (local.get $refs) (i32.const 8))
                     (i32.add (i32.load offset=12 (local.get $t)) (i32.const 8))
                     (i32.shl (local.get $size) (i32.const 2)))
        (i32.store offset=12 (local.get $t) (local.get $refs))
        (global.set $sp (local.get $sp))))
    (i32.store offset=4 (local.get $t) (local.get $new))
    (call $fill32 (call $table_range (local.get $t) (local.get $size) (local.get $n)) (local.get $v) (local.get $n))
    (local.get $size))

  ;; The function at $i of a table of functions, if its type is $desc or below.
  (func (export "func_at") (param $i i32) (param $t i32) (param $desc i32) (result i32)
    (local $f i32) (local $type i32) (local $depth i32)
    (if (i32.ge_u (local.get $i) (i32.load offset=4 (local.get $t))) (then (call $trap (i32.const 0x40c))))
    (if (i32.eqz (local.tee $f (i32.load offset=8
          (i32.add (i32.load offset=12 (local.get $t)) (i32.shl (local.get $i) (i32.const 2))))))
      (then (call $trap (i32.const 0x40b))))
    (local.set $type (i32.load offset=4194304 (i32.shl (local.get $f) (i32.const 2)))) ;; FuncTypes
    (if (i32.ne (local.get $type) (local.get $desc))
      (then
        (if (i32.eqz (call $below (local.get $type) (local.get $desc))) (then (call $trap (i32.const 0x40d))))))
    (local.get $f))

  ;; Whether the type $type is $desc or a subtype of it.
  (func $below (export "below") (param $type i32) (param $desc i32) (result i32)
    (local $depth i32)
    (local.set $depth (i32.load offset=4 (local.get $desc)))
    (if (i32.gt_u (local.get $depth) (i32.load offset=4 (local.get $type))) (then (return (i32.const 0))))
    (i32.eq (local.get $desc)
            (i32.load offset=16 (i32.add (local.get $type) (i32.shl (local.get $depth) (i32.const 2))))))
)
