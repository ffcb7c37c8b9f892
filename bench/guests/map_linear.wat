;; run N: as map_gc, with buckets, entries of 16 bytes and boxes of 8 bytes in linear memory; the box that is
;; replaced goes to a free list.
(module
  (memory 2) ;; 16384 buckets of 4 bytes from 64 on, then what is allocated
  (global $top (mut i32) (i32.const 65600))
  (global $free (mut i32) (i32.const 0)) ;; first free box; each holds the next one; 0 is the null pointer

  (func $take (param $size i32) (result i32) (local $p i32)
    (local.set $p (global.get $top))
    (global.set $top (i32.add (local.get $p) (local.get $size)))
    (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16)))
      (then
        (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable))))
    (local.get $p))

  (func $newbox (param $number i64) (result i32) (local $b i32)
    (if (local.tee $b (global.get $free))
      (then (global.set $free (i32.load (local.get $b))))
      (else (local.set $b (call $take (i32.const 8)))))
    (i64.store (local.get $b) (local.get $number))
    (local.get $b))

  ;; where the bucket of a key is, by multiplication
  (func $bucket (param $key i32) (result i32)
    (i32.add (i32.const 64)
      (i32.shl
        (i32.shr_u (i32.mul (local.get $key) (i32.const 0x9E3779B1)) (i32.const 18)) (i32.const 2))))

  ;; an entry: key, box, next
  (func $find (param $key i32) (result i32) (local $e i32)
    (local.set $e (i32.load (call $bucket (local.get $key))))
    (block $done
      (loop $l
        (br_if $done (i32.eqz (local.get $e)))
        (br_if $done (i32.eq (i32.load (local.get $e)) (local.get $key)))
        (local.set $e (i32.load offset=8 (local.get $e)))
        (br $l)))
    (local.get $e))

  (func $add (param $key i32) (param $number i64) (local $e i32) (local $b i32) (local $old i32)
    (if (i32.eqz (local.tee $e (call $find (local.get $key))))
      (then
        (local.set $b (call $bucket (local.get $key)))
        (local.set $e (call $take (i32.const 16)))
        (i32.store (local.get $e) (local.get $key))
        (i32.store offset=4 (local.get $e) (call $newbox (local.get $number)))
        (i32.store offset=8 (local.get $e) (i32.load (local.get $b)))
        (i32.store (local.get $b) (local.get $e)))
      (else
        (local.set $old (i32.load offset=4 (local.get $e)))
        (i32.store offset=4 (local.get $e)
          (call $newbox (i64.add (local.get $number) (i64.load (local.get $old)))))
        (i32.store (local.get $old) (global.get $free))
        (global.set $free (local.get $old)))))

  (func (export "run") (param $n i32) (result i64) (local $key i32) (local $sum i64) (local $e i32)
    (loop $again
      (local.set $key (i32.add (i32.mul (local.get $key) (i32.const 1664525)) (i32.const 1013904223)))
      (call $add (i32.shr_u (local.get $key) (i32.const 16)) (i64.extend_i32_u (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.set $key (i32.const 65535))
    (loop $l
      (if (local.tee $e (call $find (local.get $key)))
        (then
          (local.set $sum
            (i64.xor
              (i64.mul (local.get $sum) (i64.const 31))
              (i64.load (i32.load offset=4 (local.get $e)))))))
      (br_if $l (i32.ge_s (local.tee $key (i32.sub (local.get $key) (i32.const 1))) (i32.const 0))))
    (local.get $sum)))
