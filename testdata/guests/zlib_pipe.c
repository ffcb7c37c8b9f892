/* Compresses a file by deflate, or expands what is compressed, in pieces:

       zlib_pipe deflate FROM TO
       zlib_pipe inflate FROM TO

   Prints how many bytes became how many, and the CRC of what is not compressed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wasmedge_zlib.h"

static unsigned char in[4096], out[1000];

static FILE *must_open(const char *name, const char *mode) {
	FILE *f = fopen(name, mode);
	if (!f) {
		perror(name);
		exit(1);
	}
	return f;
}

static void check(const char *what, int32_t result) {
	if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
		fprintf(stderr, "%s: error %" PRId32 "\n", what, result);
		exit(1);
	}
}

int main(int argc, char **argv) {
	int deflating = argc == 4 && !strcmp(argv[1], "deflate");
	if (argc != 4 || (!deflating && strcmp(argv[1], "inflate"))) {
		fprintf(stderr, "usage: zlib_pipe deflate|inflate FROM TO\n");
		return 2;
	}
	FILE *from = must_open(argv[2], "rb"), *to = must_open(argv[3], "wb");
	z_stream z = {0};
	uint32_t crc = crc32(0, in, 0);
	int32_t result = Z_OK;
	check("init", deflating ? deflateInit(&z, 9) : inflateInit(&z));
	while (result != Z_STREAM_END) {
		z.next_in = in;
		z.avail_in = fread(in, 1, sizeof in, from);
		int last = z.avail_in < sizeof in;
		if (deflating)
			crc = crc32(crc, in, z.avail_in);
		do {
			z.next_out = out;
			z.avail_out = sizeof out;
			result = deflating ? deflate(&z, last ? Z_FINISH : Z_NO_FLUSH) : inflate(&z, Z_NO_FLUSH);
			check(argv[1], result);
			uint32_t made = sizeof out - z.avail_out;
			if (!deflating)
				crc = crc32(crc, out, made);
			fwrite(out, 1, made, to);
		} while (z.avail_out == 0 && result != Z_STREAM_END);
		if (last && result != Z_STREAM_END) {
			fprintf(stderr, "%s: the end is missing\n", argv[1]);
			return 1;
		}
	}
	check("end", deflating ? deflateEnd(&z) : inflateEnd(&z));
	if (fclose(to)) {
		perror(argv[3]);
		return 1;
	}
	printf("%" PRIu32 " bytes to %" PRIu32 ", %08" PRIx32 "\n", z.total_in, z.total_out, crc);
}
