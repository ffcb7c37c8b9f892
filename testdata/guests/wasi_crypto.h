// The functions of wasi-crypto that C programs import, with the types of interface 0.10. What is
// optional is passed by the address of a struct; a result is left at the address that is the last
// parameter. Each function returns an errno, 0 if it has succeeded.
#ifndef WASI_CRYPTO_H
#define WASI_CRYPTO_H
#include <stddef.h>
#include <stdint.h>

typedef uint16_t errno_crypto;
typedef uint32_t handle;
typedef struct { uint8_t none; handle some; } optional; // {1} is no handle, {0, h} is h

enum { SIGNATURES, SYMMETRIC, KEY_EXCHANGE };
enum { RAW, PKCS8, PEM, SEC, LOCAL };                // of public and secret keys
enum { PAIR_RAW, PAIR_PKCS8, PAIR_PEM, PAIR_LOCAL }; // of key pairs
enum { SIGNATURE_RAW, SIGNATURE_DER };

#define WASI_CRYPTO(ns, name, ...) \
	__attribute__((import_module("wasi_ephemeral_crypto_" #ns), import_name(#name))) errno_crypto name(__VA_ARGS__)

WASI_CRYPTO(common, options_open, uint32_t type, handle *options);
WASI_CRYPTO(common, options_close, handle options);
WASI_CRYPTO(common, options_set, handle options, const char *name, size_t length, const void *value, size_t size);
WASI_CRYPTO(common, options_set_u64, handle options, const char *name, size_t length, uint64_t value);
WASI_CRYPTO(common, array_output_len, handle output, size_t *size);
WASI_CRYPTO(common, array_output_pull, handle output, void *buf, size_t room, size_t *size);
WASI_CRYPTO(common, secrets_manager_open, const optional *options, handle *manager);
WASI_CRYPTO(common, secrets_manager_close, handle manager);
WASI_CRYPTO(common, secrets_manager_invalidate, handle manager, const void *id, size_t size, uint64_t version);

WASI_CRYPTO(asymmetric_common, keypair_generate, uint32_t type, const char *name, size_t length, const optional *options, handle *pair);
WASI_CRYPTO(asymmetric_common, keypair_import, uint32_t type, const char *name, size_t length, const void *key, size_t size, uint32_t encoding, handle *pair);
WASI_CRYPTO(asymmetric_common, keypair_generate_managed, handle manager, uint32_t type, const char *name, size_t length, const optional *options, handle *pair);
WASI_CRYPTO(asymmetric_common, keypair_id, handle pair, void *id, size_t room, size_t *size, uint64_t *version);
WASI_CRYPTO(asymmetric_common, keypair_from_id, handle manager, const void *id, size_t size, uint64_t version, handle *pair);
WASI_CRYPTO(asymmetric_common, keypair_export, handle pair, uint32_t encoding, handle *output);
WASI_CRYPTO(asymmetric_common, keypair_publickey, handle pair, handle *key);
WASI_CRYPTO(asymmetric_common, keypair_secretkey, handle pair, handle *key);
WASI_CRYPTO(asymmetric_common, keypair_close, handle pair);
WASI_CRYPTO(asymmetric_common, publickey_import, uint32_t type, const char *name, size_t length, const void *key, size_t size, uint32_t encoding, handle *public);
WASI_CRYPTO(asymmetric_common, publickey_export, handle key, uint32_t encoding, handle *output);
WASI_CRYPTO(asymmetric_common, publickey_from_secretkey, handle secret, handle *key);
WASI_CRYPTO(asymmetric_common, publickey_verify, handle key);
WASI_CRYPTO(asymmetric_common, publickey_close, handle key);
WASI_CRYPTO(asymmetric_common, secretkey_import, uint32_t type, const char *name, size_t length, const void *key, size_t size, uint32_t encoding, handle *secret);
WASI_CRYPTO(asymmetric_common, secretkey_close, handle key);

WASI_CRYPTO(signatures, signature_import, const char *name, size_t length, const void *signature, size_t size, uint32_t encoding, handle *imported);
WASI_CRYPTO(signatures, signature_export, handle signature, uint32_t encoding, handle *output);
WASI_CRYPTO(signatures, signature_close, handle signature);
WASI_CRYPTO(signatures, signature_state_open, handle pair, handle *state);
WASI_CRYPTO(signatures, signature_state_update, handle state, const void *data, size_t size);
WASI_CRYPTO(signatures, signature_state_sign, handle state, handle *signature);
WASI_CRYPTO(signatures, signature_state_close, handle state);
WASI_CRYPTO(signatures, signature_verification_state_open, handle key, handle *state);
WASI_CRYPTO(signatures, signature_verification_state_update, handle state, const void *data, size_t size);
WASI_CRYPTO(signatures, signature_verification_state_verify, handle state, handle signature);
WASI_CRYPTO(signatures, signature_verification_state_close, handle state);

WASI_CRYPTO(symmetric, symmetric_key_import, const char *name, size_t length, const void *key, size_t size, handle *imported);
WASI_CRYPTO(symmetric, symmetric_key_generate, const char *name, size_t length, const optional *options, handle *key);
WASI_CRYPTO(symmetric, symmetric_key_close, handle key);
WASI_CRYPTO(symmetric, symmetric_state_open, const char *name, size_t length, const optional *key, const optional *options, handle *state);
WASI_CRYPTO(symmetric, symmetric_state_close, handle state);
WASI_CRYPTO(symmetric, symmetric_state_absorb, handle state, const void *data, size_t size);
WASI_CRYPTO(symmetric, symmetric_state_squeeze, handle state, void *out, size_t size);
WASI_CRYPTO(symmetric, symmetric_state_squeeze_tag, handle state, handle *tag);
WASI_CRYPTO(symmetric, symmetric_state_squeeze_key, handle state, const char *name, size_t length, handle *key);
WASI_CRYPTO(symmetric, symmetric_state_max_tag_len, handle state, size_t *size);
WASI_CRYPTO(symmetric, symmetric_state_encrypt, handle state, void *out, size_t room, const void *data, size_t size, size_t *written);
WASI_CRYPTO(symmetric, symmetric_state_decrypt, handle state, void *out, size_t room, const void *data, size_t size, size_t *written);
WASI_CRYPTO(symmetric, symmetric_tag_len, handle tag, size_t *size);
WASI_CRYPTO(symmetric, symmetric_tag_pull, handle tag, void *out, size_t room, size_t *size);

WASI_CRYPTO(kx, kx_dh, handle key, handle secret, handle *output);
WASI_CRYPTO(kx, kx_encapsulate, handle key, handle *secret, handle *encapsulated);
WASI_CRYPTO(kx, kx_decapsulate, handle secret, const void *encapsulated, size_t size, handle *output);
#endif
