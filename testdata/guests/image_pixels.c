/* Prints the pixels of an image that is scaled to a size, in hexadecimal, a row a line:

       image_pixels IMAGE WIDTH HEIGHT [float]

   With float, red, green and blue are numbers from 0 to 1. */
#include <stdio.h>
#include <stdlib.h>
#include "wasmedge_image.h"

static unsigned char image[1 << 20];

static void *fail(const char *what) {
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static void *load(const char *name, unsigned width, unsigned height, uint32_t type, size_t size) {
	FILE *f = fopen(name, "rb");
	if (!f) {
		perror(name);
		exit(1);
	}
	uint32_t length = fread(image, 1, sizeof image, f);
	fclose(f);
	void *pixels = malloc(size);
	if (!pixels)
		fail("no memory");
	if (load_image(image, length, width, height, type, pixels, size))
		fail("no image");
	return pixels;
}

int main(int argc, char **argv) {
	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: image_pixels IMAGE WIDTH HEIGHT [float]\n");
		return 2;
	}
	unsigned width = atoi(argv[2]), height = atoi(argv[3]);
	if (width - 1 >= 1024 || height - 1 >= 1024)
		fail("want a size of 1 to 1024");
	size_t n = (size_t)width * height * 3;
	const float *numbers = argc == 5 ? load(argv[1], width, height, IMAGE_RGB32F, n * 4) : 0;
	const unsigned char *bytes = argc == 5 ? 0 : load(argv[1], width, height, IMAGE_RGB8, n);
	for (size_t i = 0; i < n; i++) {
		if (numbers)
			printf("%.3f", numbers[i]);
		else
			printf("%02x", bytes[i]);
		if ((i + 1) % (width * 3) == 0)
			putchar('\n');
		else if (numbers || i % 3 == 2)
			putchar(' ');
	}
}
