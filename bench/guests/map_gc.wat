;; run N: N times adds to the boxed number under one of 65536 keys of a hash map with chains, making a new box
;; each time; gives a checksum over the map. Map, entries and boxes are for the collector.
(module
  (type $box (struct (field $number i64)))
  (type $entry
    (struct (field $key i32) (field $value (mut (ref $box))) (field $next (ref null $entry))))
  (type $buckets (array (mut (ref null $entry))))
  (global $map (ref $buckets) (array.new $buckets (ref.null $entry) (i32.const 16384)))

  ;; the bucket of a key, by multiplication
  (func $bucket (param $key i32) (result i32)
    (i32.shr_u (i32.mul (local.get $key) (i32.const 0x9E3779B1)) (i32.const 18)))

  (func $find (param $key i32) (result (ref null $entry)) (local $e (ref null $entry))
    (local.set $e (array.get $buckets (global.get $map) (call $bucket (local.get $key))))
    (block $done
      (loop $l
        (br_if $done (ref.is_null (local.get $e)))
        (br_if $done (i32.eq (struct.get $entry $key (local.get $e)) (local.get $key)))
        (local.set $e (struct.get $entry $next (local.get $e)))
        (br $l)))
    (local.get $e))

  (func $add (param $key i32) (param $number i64) (local $e (ref null $entry)) (local $b i32)
    (if (ref.is_null (local.tee $e (call $find (local.get $key))))
      (then
        (local.set $b (call $bucket (local.get $key)))
        (array.set $buckets (global.get $map) (local.get $b)
          (struct.new $entry (local.get $key) (struct.new $box (local.get $number))
            (array.get $buckets (global.get $map) (local.get $b)))))
      (else
        (struct.set $entry $value (local.get $e)
          (struct.new $box
            (i64.add (local.get $number)
              (struct.get $box $number (struct.get $entry $value (local.get $e)))))))))

  (func (export "run") (param $n i32) (result i64)
    (local $key i32) (local $sum i64) (local $e (ref null $entry))
    (loop $again
      (local.set $key (i32.add (i32.mul (local.get $key) (i32.const 1664525)) (i32.const 1013904223)))
      (call $add (i32.shr_u (local.get $key) (i32.const 16)) (i64.extend_i32_u (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.set $key (i32.const 65535))
    (loop $l
      (if (i32.eqz (ref.is_null (local.tee $e (call $find (local.get $key)))))
        (then
          (local.set $sum
            (i64.xor
              (i64.mul (local.get $sum) (i64.const 31))
              (struct.get $box $number (struct.get $entry $value (local.get $e)))))))
      (br_if $l (i32.ge_s (local.tee $key (i32.sub (local.get $key) (i32.const 1))) (i32.const 0))))
    (local.get $sum)))
