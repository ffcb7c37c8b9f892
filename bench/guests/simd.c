// simd N: N rounds of a saxpy and a dot product over 16384 floats with 128-bit vectors.
#include <stdio.h>
#include <stdlib.h>
#include <wasm_simd128.h>

enum { LENGTH = 16384 };
static float x[LENGTH] __attribute__((aligned(16))), y[LENGTH] __attribute__((aligned(16)));

int main(int argc, char **argv) {
  for (int i = 0; i < LENGTH; i++) {
    x[i] = (float)(i % 97) / 97;
    y[i] = (float)(i % 89) / 89;
  }
  double total = 0;
  for (int n = argc > 1 ? atoi(argv[1]) : 1; n > 0; n--) {
    v128_t a = wasm_f32x4_splat(0.25f), half = wasm_f32x4_splat(0.5f), sum = wasm_f32x4_splat(0);
    for (int i = 0; i < LENGTH; i += 4) {
      v128_t vx = wasm_v128_load(x + i), vy = wasm_v128_load(y + i);
      vy = wasm_f32x4_add(wasm_f32x4_mul(a, vx), wasm_f32x4_mul(half, vy));
      wasm_v128_store(y + i, vy);
      sum = wasm_f32x4_add(sum, wasm_f32x4_mul(vx, vy));
    }
    total += wasm_f32x4_extract_lane(sum, 0) + wasm_f32x4_extract_lane(sum, 1) + wasm_f32x4_extract_lane(sum, 2) +
             wasm_f32x4_extract_lane(sum, 3);
  }
  printf("%.6g\n", total);
  return 0;
}
