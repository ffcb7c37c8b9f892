;; One function for each thing that a reactor call reads and prints.
(module
  (func $f (export "nop"))
  (elem declare func $f)
  (func (export "i32") (param i32) (result i32) (local.get 0))
  (func (export "i64") (param i64) (result i64) (local.get 0))
  (func (export "f32") (param f32) (result f32) (local.get 0))
  (func (export "f64") (param f64) (result f64) (local.get 0))
  ;; the lanes a b c d of a v128
  (func (export "v128") (param i32 i32 i32 i32) (result v128)
    (i32x4.replace_lane 3
      (i32x4.replace_lane 2
        (i32x4.replace_lane 1
          (i32x4.splat (local.get 0)) (local.get 1)) (local.get 2)) (local.get 3)))
  (func (export "funcref") (result funcref) (ref.func $f))
  (func (export "null-funcref") (result funcref) (ref.null func))
  (func (export "null-externref") (result externref) (ref.null extern))
  (func (export "swap") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func (export "all") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
    (local.get 3) (local.get 2) (local.get 1) (local.get 0))
  ;; single-precision bits as a float, for not-a-numbers and subnormals
  (func (export "f32-bits") (param i32) (result f32) (f32.reinterpret_i32 (local.get 0)))
  (func (export "f64-bits") (param i64) (result f64) (f64.reinterpret_i64 (local.get 0))))
