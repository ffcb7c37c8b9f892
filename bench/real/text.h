// Text of words in a fixed disorder, and a sum of bytes.
#include <stdlib.h>

static char *make_text(unsigned size) {
	static const char *words[] = {"the ", "web", "assembly ", "runtime ", "runs ", "a ", "module ", "of ", "bytes, ", "and ", "memory ", "grows.\n", "0x", "4f", "9 ", "stack "};
	char *text = malloc(size);
	unsigned state = 2463534242u, at = 0;
	while (at < size) {
		state ^= state << 13, state ^= state >> 17, state ^= state << 5;
		for (const char *w = words[state % 16]; *w && at < size; w++) text[at++] = *w;
		if (state % 13 == 0 && at < size) text[at++] = 'a' + state / 13 % 26;
	}
	return text;
}

static unsigned sum(const void *bytes, unsigned n) {
	const unsigned char *b = bytes;
	unsigned h = 2166136261u;
	for (unsigned i = 0; i < n; i++) h = (h ^ b[i]) * 16777619u;
	return h;
}
