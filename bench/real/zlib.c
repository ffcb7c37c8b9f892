// Compresses text made by a rule with zlib, at two levels, and unpacks it again.
#include <stdio.h>
#include <string.h>
#include "zlib.h"
#include "text.h"

int main(int argc, char **argv) {
	unsigned size = (argc > 1 ? atoi(argv[1]) : 16) * 1000000u;
	char *text = make_text(size), *again = malloc(size);
	for (int level = 1; level <= 9; level += 8) {
		uLongf packed = compressBound(size), back = size;
		Bytef *small = malloc(packed);
		if (compress2(small, &packed, (Bytef *)text, size, level)) return 1;
		for (int i = 0; i < 5; i++) {
			back = size;
			if (uncompress((Bytef *)again, &back, small, packed)) return 1;
		}
		if (back != size || memcmp(text, again, size)) return 2;
		printf("%d: %u %lu %08x %08lx\n", level, size, (unsigned long)packed, sum(small, packed), crc32(0, (Bytef *)text, size));
		free(small);
	}
	return 0;
}
