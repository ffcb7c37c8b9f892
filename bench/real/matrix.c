// The product of two matrices of 32-bit numbers: of integers, so that the order of sums does not matter, and of
// floating point numbers that are exact. VECTORS lets the compiler use vectors.
#include <stdio.h>
#include <stdlib.h>

enum { N = 512 };
static float a[N][N], b[N][N], c[N][N];
static int i1[N][N], i2[N][N], i3[N][N];

int main(int argc, char **argv) {
	int rounds = argc > 1 ? atoi(argv[1]) : 3;
	unsigned state = 2463534242u;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			state ^= state << 13, state ^= state >> 17, state ^= state << 5;
			a[i][j] = state % 16, b[i][j] = state / 16 % 16, i1[i][j] = state % 1000, i2[i][j] = state / 1000 % 1000;
		}
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < N; i++)
			for (int k = 0; k < N; k++) {
				float x = a[i][k];
				int y = i1[i][k];
#ifndef VECTORS
#pragma clang loop vectorize(disable)
#endif
				for (int j = 0; j < N; j++) c[i][j] += x * b[k][j], i3[i][j] += y * i2[k][j];
			}
	}
	double s = 0;
	unsigned h = 0;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) s += c[i][j], h = h * 31 + i3[i][j];
	printf("%.0f %08x\n", s, h);
	return 0;
}
