// Signs with keys that the host keeps (--crypto-keys DIR), and never sees one.
//
//	new ALGORITHM    makes a key, and prints what it is known by
//	public ID        prints its public key
//	sign ID          signs the standard input, and prints the signature
//	revoke ID        makes the key unusable
#include <stdio.h>
#include <string.h>
#include "wasi_crypto.h"

#define ALL 0xff00000000000002
#define LATEST 0xff00000000000001

#define TRY(call) \
	do { \
		errno_crypto e = (call); \
		if (e) return fprintf(stderr, "%s: errno %d\n", #call, e), 1; \
	} while (0)

static const optional nothing = {1};
static uint8_t buf[1 << 16];

static void print_hex(const uint8_t *b, size_t n) {
	for (size_t i = 0; i < n; i++) printf("%02x", b[i]);
	putchar('\n');
}

static size_t from_hex(const char *s, uint8_t *b) {
	size_t n = 0;
	for (unsigned x; n < 64 && sscanf(s + 2 * n, "%2x", &x) == 1; n++) b[n] = x;
	return n;
}

int main(int argc, char **argv) {
	if (argc != 3) return fprintf(stderr, "usage: signer new ALGORITHM | public ID | sign ID | revoke ID\n"), 2;
	handle manager, pair, key, state, signature, output;
	size_t n;
	uint64_t version;
	TRY(secrets_manager_open(&nothing, &manager));
	if (!strcmp(argv[1], "new")) {
		TRY(keypair_generate_managed(manager, SIGNATURES, argv[2], strlen(argv[2]), &nothing, &pair));
		TRY(keypair_id(pair, buf, sizeof buf, &n, &version));
		print_hex(buf, n);
		return 0;
	}
	uint8_t id[64];
	size_t length = from_hex(argv[2], id);
	if (!strcmp(argv[1], "revoke")) {
		TRY(secrets_manager_invalidate(manager, id, length, ALL));
		return 0;
	}
	TRY(keypair_from_id(manager, id, length, LATEST, &pair));
	if (!strcmp(argv[1], "public")) {
		TRY(keypair_publickey(pair, &key));
		TRY(publickey_export(key, PEM, &output));
		TRY(array_output_pull(output, buf, sizeof buf, &n));
		return fwrite(buf, 1, n, stdout) != n;
	}
	TRY(signature_state_open(pair, &state));
	while ((n = fread(buf, 1, sizeof buf, stdin)) > 0) TRY(signature_state_update(state, buf, n));
	TRY(signature_state_sign(state, &signature));
	TRY(signature_export(signature, SIGNATURE_RAW, &output));
	TRY(array_output_pull(output, buf, sizeof buf, &n));
	print_hex(buf, n);
	return 0;
}
