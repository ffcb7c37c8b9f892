// Spheres above a floor, with shadows and mirrors, in double precision: prints a sum of the picture.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct { double x, y, z; } V;
static V add(V a, V b) { return (V){a.x + b.x, a.y + b.y, a.z + b.z}; }
static V sub(V a, V b) { return (V){a.x - b.x, a.y - b.y, a.z - b.z}; }
static V mul(V a, double k) { return (V){a.x * k, a.y * k, a.z * k}; }
static double dot(V a, V b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static V unit(V a) { return mul(a, 1 / sqrt(dot(a, a))); }

typedef struct { V centre; double radius; V colour; double mirror; } Sphere;
enum { SPHERES = 24 };
static Sphere spheres[SPHERES];
static V light = {-6, 9, -8};

static int nearest(V from, V to, double *at) {
	int found = -1;
	for (int i = 0; i < SPHERES; i++) {
		V d = sub(from, spheres[i].centre);
		double b = dot(d, to), c = dot(d, d) - spheres[i].radius * spheres[i].radius, disc = b * b - c;
		if (disc <= 0) continue;
		double t = -b - sqrt(disc);
		if (t > 1e-6 && t < *at) *at = t, found = i;
	}
	return found;
}

static V trace(V from, V to, int depth) {
	double at = 1e30;
	int s = nearest(from, to, &at);
	V point, normal, colour;
	double mirror;
	if (s >= 0) {
		point = add(from, mul(to, at));
		normal = unit(sub(point, spheres[s].centre));
		colour = spheres[s].colour, mirror = spheres[s].mirror;
	} else if (to.y < 0) {
		at = -(from.y + 1) / to.y;
		point = add(from, mul(to, at));
		normal = (V){0, 1, 0};
		int odd = ((int)floor(point.x) + (int)floor(point.z)) & 1;
		colour = odd ? (V){.9, .9, .9} : (V){.15, .15, .15}, mirror = .2;
	} else {
		double k = to.y;
		return (V){.6 - .4 * k, .75 - .3 * k, 1};
	}
	V way = sub(light, point);
	double far = sqrt(dot(way, way));
	way = mul(way, 1 / far);
	double lit = dot(normal, way);
	if (lit < 0 || nearest(point, way, &far) >= 0) lit = 0;
	V out = mul(colour, .15 + .85 * lit);
	if (depth < 4 && mirror > 0) {
		V back = sub(to, mul(normal, 2 * dot(to, normal)));
		out = add(mul(out, 1 - mirror), mul(trace(point, unit(back), depth + 1), mirror));
	}
	return out;
}

int main(int argc, char **argv) {
	int size = argc > 1 ? atoi(argv[1]) : 512;
	for (int i = 0; i < SPHERES; i++) {
		double a = i * 2.399963, r = .6 + i * .22;
		spheres[i] = (Sphere){{r * cos(a), -.6 + (i % 5) * .35, 4 + r * sin(a)}, .35 + (i % 3) * .12, {.3 + (i % 4) * .2, .9 - (i % 5) * .15, .2 + (i % 7) * .1}, (i % 4) * .2};
	}
	unsigned h = 2166136261u;
	for (int y = 0; y < size; y++)
		for (int x = 0; x < size; x++) {
			V to = unit((V){(x - size / 2.0) / size, (size / 2.0 - y) / size - .1, 1});
			V c = trace((V){0, .6, -3}, to, 0);
			unsigned char rgb[] = {fmin(c.x, 1) * 255, fmin(c.y, 1) * 255, fmin(c.z, 1) * 255};
			for (int k = 0; k < 3; k++) h = (h ^ rgb[k] >> 2) * 16777619u;
		}
	printf("%d %08x\n", size, h);
	return 0;
}
