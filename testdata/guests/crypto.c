// Answers lines of the standard input, each a command and its operands: names as they are, numbers in
// decimal, bytes in hexadecimal, and - for none. An answer is "ok" and bytes, or "errno" and a number.
//
//	hash ALGORITHM MESSAGE SIZE                       a digest of that size
//	mac ALGORITHM KEY MESSAGE                         the tag
//	hkdf HASH KEY SALT INFO SIZE                      a derived key of that size
//	seal ALGORITHM KEY NONCE DATA MESSAGE             the message encrypted, with its tag
//	open ALGORITHM KEY NONCE DATA SEALED              the message
//	sign ALGORITHM ENCODING PAIR MESSAGE              a signature
//	verify ALGORITHM ENCODING PUBLIC MESSAGE SIGNATURE-ENCODING SIGNATURE
//	public TYPE ALGORITHM ENCODING SECRET ENCODING    the public key
//	dh ALGORITHM ENCODING PUBLIC ENCODING SECRET      the shared secret
//	decapsulate ALGORITHM SECRET CAPSULE              the secret
//	exchange ALGORITHM                                that both sides of an exchange have the same secret
#include <string.h>
#include <unistd.h>
#include "wasi_crypto.h"

#define MAX (1 << 20)
static char line[MAX], answer[2 * MAX];
static uint8_t bytes[2 * MAX]; // what the operands of a line come to
static size_t used;

typedef struct { const char *text; size_t length; uint8_t *data; size_t size; uint32_t number; } operand;

static int digit(char c) {
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// parse makes the text of an operand what it may be: bytes and a number.
static void parse(operand *o) {
	o->data = bytes + used;
	o->size = 0;
	for (size_t i = 0; i + 1 < o->length && digit(o->text[i]) >= 0 && digit(o->text[i + 1]) >= 0; i += 2)
		o->data[o->size++] = digit(o->text[i]) << 4 | digit(o->text[i + 1]);
	used += o->size;
	o->number = 0;
	for (size_t i = 0; i < o->length && o->text[i] >= '0' && o->text[i] <= '9'; i++)
		o->number = 10 * o->number + o->text[i] - '0';
}

static errno_crypto failure;
#define TRY(call) \
	do { \
		failure = (call); \
		if (failure) return 0; \
	} while (0)

// room is a place for n bytes that are a result.
static uint8_t *room(size_t n) {
	uint8_t *at = bytes + used;
	used += n;
	return used <= sizeof bytes ? at : 0;
}

static const optional nothing = {1};

static int read_output(handle h, uint8_t **out, size_t *n) {
	TRY(array_output_len(h, n));
	if (!(*out = room(*n))) return 0;
	TRY(array_output_pull(h, *out, *n, n));
	return 1;
}

// state opens a state of an algorithm with a key and a nonce, where there are any.
static int state(const char *name, size_t length, const operand *key, const operand *nonce, handle *h) {
	optional k = nothing, o = nothing;
	if (key) {
		k.none = 0;
		TRY(symmetric_key_import(name, length, key->data, key->size, &k.some));
	}
	if (nonce) {
		o.none = 0;
		TRY(options_open(SYMMETRIC, &o.some));
		TRY(options_set(o.some, "nonce", 5, nonce->data, nonce->size));
	}
	errno_crypto e = symmetric_state_open(name, length, &k, &o, h);
	if (key) TRY(symmetric_key_close(k.some));
	if (nonce) TRY(options_close(o.some));
	TRY(e);
	return 1;
}

static int hash(operand *a, uint8_t **out, size_t *n) {
	handle s;
	if (!state(a[0].text, a[0].length, 0, 0, &s)) return 0;
	TRY(symmetric_state_absorb(s, a[1].data, a[1].size));
	*out = room(*n = a[2].number);
	TRY(symmetric_state_squeeze(s, *out, *n));
	TRY(symmetric_state_close(s));
	return 1;
}

static int mac(operand *a, uint8_t **out, size_t *n) {
	handle s, tag;
	if (!state(a[0].text, a[0].length, &a[1], 0, &s)) return 0;
	TRY(symmetric_state_absorb(s, a[2].data, a[2].size));
	TRY(symmetric_state_squeeze_tag(s, &tag));
	TRY(symmetric_tag_len(tag, n));
	*out = room(*n);
	TRY(symmetric_tag_pull(tag, *out, *n, n));
	TRY(symmetric_state_close(s));
	return 1;
}

static int hkdf(operand *a, uint8_t **out, size_t *n) {
	char extract[64] = "HKDF-EXTRACT/", expand[64] = "HKDF-EXPAND/";
	strncat(extract, a[0].text, a[0].length);
	strncat(expand, a[0].text, a[0].length);
	handle s;
	optional key = {0};
	if (!state(extract, strlen(extract), &a[1], 0, &s)) return 0;
	TRY(symmetric_state_absorb(s, a[2].data, a[2].size));
	TRY(symmetric_state_squeeze_key(s, expand, strlen(expand), &key.some));
	TRY(symmetric_state_close(s));
	TRY(symmetric_state_open(expand, strlen(expand), &key, &nothing, &s));
	TRY(symmetric_key_close(key.some));
	TRY(symmetric_state_absorb(s, a[3].data, a[3].size));
	*out = room(*n = a[4].number);
	TRY(symmetric_state_squeeze(s, *out, *n));
	TRY(symmetric_state_close(s));
	return 1;
}

static int cipher(operand *a, int sealing, uint8_t **out, size_t *n) {
	handle s;
	size_t tag, size = a[4].size;
	if (!state(a[0].text, a[0].length, &a[1], &a[2], &s)) return 0;
	TRY(symmetric_state_absorb(s, a[3].data, a[3].size));
	TRY(symmetric_state_max_tag_len(s, &tag));
	if (sealing) {
		*out = room(size + tag);
		TRY(symmetric_state_encrypt(s, *out, size + tag, a[4].data, size, n));
	} else {
		*out = room(size);
		errno_crypto e = symmetric_state_decrypt(s, *out, size < tag ? 0 : size - tag, a[4].data, size, n);
		TRY(symmetric_state_close(s));
		TRY(e);
		return 1;
	}
	TRY(symmetric_state_close(s));
	return 1;
}

static int sign(operand *a, uint8_t **out, size_t *n) {
	handle pair, s, signature, output;
	TRY(keypair_import(SIGNATURES, a[0].text, a[0].length, a[2].data, a[2].size, a[1].number, &pair));
	TRY(signature_state_open(pair, &s));
	TRY(keypair_close(pair));
	TRY(signature_state_update(s, a[3].data, a[3].size));
	TRY(signature_state_sign(s, &signature));
	TRY(signature_state_close(s));
	TRY(signature_export(signature, SIGNATURE_RAW, &output));
	TRY(signature_close(signature));
	return read_output(output, out, n);
}

static int verify(operand *a) {
	handle key, s, signature;
	TRY(publickey_import(SIGNATURES, a[0].text, a[0].length, a[2].data, a[2].size, a[1].number, &key));
	errno_crypto e = signature_import(a[0].text, a[0].length, a[5].data, a[5].size, a[4].number, &signature);
	if (!e) {
		TRY(signature_verification_state_open(key, &s));
		TRY(signature_verification_state_update(s, a[3].data, a[3].size));
		e = signature_verification_state_verify(s, signature);
		TRY(signature_verification_state_close(s));
		TRY(signature_close(signature));
	}
	TRY(publickey_close(key));
	TRY(e);
	return 1;
}

static int public(operand *a, uint8_t **out, size_t *n) {
	handle secret, key, output;
	TRY(secretkey_import(a[0].number, a[1].text, a[1].length, a[3].data, a[3].size, a[2].number, &secret));
	TRY(publickey_from_secretkey(secret, &key));
	TRY(secretkey_close(secret));
	TRY(publickey_verify(key));
	TRY(publickey_export(key, a[4].number, &output));
	TRY(publickey_close(key));
	return read_output(output, out, n);
}

static int dh(operand *a, uint8_t **out, size_t *n) {
	handle key, secret, output;
	TRY(publickey_import(KEY_EXCHANGE, a[0].text, a[0].length, a[2].data, a[2].size, a[1].number, &key));
	errno_crypto e = secretkey_import(KEY_EXCHANGE, a[0].text, a[0].length, a[4].data, a[4].size, a[3].number, &secret);
	if (!e) {
		e = kx_dh(key, secret, &output);
		TRY(secretkey_close(secret));
	}
	TRY(publickey_close(key));
	TRY(e);
	return read_output(output, out, n);
}

static int decapsulate(operand *a, uint8_t **out, size_t *n) {
	handle secret, output;
	TRY(secretkey_import(KEY_EXCHANGE, a[0].text, a[0].length, a[1].data, a[1].size, RAW, &secret));
	errno_crypto e = kx_decapsulate(secret, a[2].data, a[2].size, &output);
	TRY(secretkey_close(secret));
	TRY(e);
	return read_output(output, out, n);
}

static int exchange(operand *a, uint8_t **out, size_t *n) {
	handle mine, public, secret, first, capsule, second;
	uint8_t *x, *y, *c;
	size_t xn, yn, cn;
	TRY(keypair_generate(KEY_EXCHANGE, a[0].text, a[0].length, &nothing, &mine));
	TRY(keypair_publickey(mine, &public));
	TRY(keypair_secretkey(mine, &secret));
	TRY(keypair_close(mine));
	errno_crypto e = kx_encapsulate(public, &first, &capsule);
	if (!e) {
		if (!read_output(capsule, &c, &cn)) return 0;
		TRY(kx_decapsulate(secret, c, cn, &second));
	} else { // Diffie and Hellman's, with another pair
		handle theirs, their_public, their_secret;
		TRY(keypair_generate(KEY_EXCHANGE, a[0].text, a[0].length, &nothing, &theirs));
		TRY(keypair_publickey(theirs, &their_public));
		TRY(keypair_secretkey(theirs, &their_secret));
		TRY(kx_dh(their_public, secret, &first));
		TRY(kx_dh(public, their_secret, &second));
	}
	if (!read_output(first, &x, &xn) || !read_output(second, &y, &yn)) return 0;
	*n = 0;
	return xn == yn && !memcmp(x, y, xn);
}

static int is(const operand *o, const char *name) {
	return o->length == strlen(name) && !memcmp(o->text, name, o->length);
}

// obey carries a command out, and returns its answer's length.
static size_t obey(operand *a, int count) {
	uint8_t *out = 0;
	size_t n = 0;
	int ok = 0;
	failure = 0;
	if (is(a, "hash") && count == 4) ok = hash(a + 1, &out, &n);
	if (is(a, "mac") && count == 4) ok = mac(a + 1, &out, &n);
	if (is(a, "hkdf") && count == 6) ok = hkdf(a + 1, &out, &n);
	if (is(a, "seal") && count == 6) ok = cipher(a + 1, 1, &out, &n);
	if (is(a, "open") && count == 6) ok = cipher(a + 1, 0, &out, &n);
	if (is(a, "sign") && count == 5) ok = sign(a + 1, &out, &n);
	if (is(a, "verify") && count == 7) ok = verify(a + 1);
	if (is(a, "public") && count == 6) ok = public(a + 1, &out, &n);
	if (is(a, "dh") && count == 6) ok = dh(a + 1, &out, &n);
	if (is(a, "decapsulate") && count == 4) ok = decapsulate(a + 1, &out, &n);
	if (is(a, "exchange") && count == 2) ok = exchange(a + 1, &out, &n);
	size_t at = 0;
	if (!ok) {
		memcpy(answer, "errno ", at = 6);
		if (failure >= 10) answer[at++] = '0' + failure / 10;
		answer[at++] = '0' + failure % 10;
	} else {
		memcpy(answer, "ok ", at = 3);
		for (size_t i = 0; i < n; i++) {
			answer[at++] = "0123456789abcdef"[out[i] >> 4];
			answer[at++] = "0123456789abcdef"[out[i] & 15];
		}
		if (!n) answer[at++] = '-';
	}
	answer[at++] = '\n';
	return at;
}

// split is the number of operands in a line of n bytes.
static int split(size_t n, operand *a) {
	int count = 0;
	used = 0;
	for (size_t i = 0; i < n && count < 8;) {
		size_t end = i;
		while (end < n && line[end] != ' ') end++;
		a[count].text = line + i;
		a[count].length = end - i;
		parse(&a[count++]);
		i = end + 1;
	}
	return count;
}

int main(void) {
	static char input[1 << 16];
	size_t n = 0;
	ssize_t got;
	operand a[8];
	while ((got = read(0, input, sizeof input)) > 0)
		for (ssize_t i = 0; i < got; i++) {
			if (input[i] != '\n') {
				if (n < MAX) line[n++] = input[i];
				continue;
			}
			int count = split(n, a);
			size_t length = count ? obey(a, count) : 0;
			n = 0;
			if (write(1, answer, length) != (ssize_t)length) return 1;
		}
	return got < 0;
}
