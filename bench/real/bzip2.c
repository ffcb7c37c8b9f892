// Compresses text made by a rule with bzip2 and unpacks it again.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bzlib.h"
#include "text.h"

void bz_internal_error(int code) { exit(3); }

int main(int argc, char **argv) {
	unsigned size = (argc > 1 ? atoi(argv[1]) : 8) * 1000000u, packed = size + size / 100 + 600, back = size;
	char *text = make_text(size), *small = malloc(packed), *again = malloc(size);
	if (BZ2_bzBuffToBuffCompress(small, &packed, text, size, 9, 0, 0)) return 1;
	if (BZ2_bzBuffToBuffDecompress(again, &back, small, packed, 0, 0)) return 1;
	if (back != size || memcmp(text, again, size)) return 2;
	printf("%u %u %08x\n", size, packed, sum(small, packed));
	return 0;
}
