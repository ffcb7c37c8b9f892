package crypto

import (
	"sync"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// What guests import from. WasmEdge has the first five.
const (
	CommonName          = "wasi_ephemeral_crypto_common"
	AsymmetricName      = "wasi_ephemeral_crypto_asymmetric_common"
	KeyExchangeName     = "wasi_ephemeral_crypto_kx"
	SignaturesName      = "wasi_ephemeral_crypto_signatures"
	SymmetricName       = "wasi_ephemeral_crypto_symmetric"
	ExternalSecretsName = "wasi_ephemeral_crypto_external_secrets"
	SignaturesBatchName = "wasi_ephemeral_crypto_signatures_batch"
	SymmetricBatchName  = "wasi_ephemeral_crypto_symmetric_batch"
)

// lazy is a namespace that is made when something is imported from it.
type lazy struct {
	make  func() *abi.Table
	once  sync.Once
	table *abi.Table
}

func (l *lazy) get() abi.Namespace {
	l.once.Do(func() { l.table = l.make() })
	return l.table
}

var (
	commonLazy          = lazy{make: common}
	asymmetricLazy      = lazy{make: asymmetricCommon}
	keyExchangeLazy     = lazy{make: keyExchange}
	signaturesLazy      = lazy{make: signatures}
	symmetricLazy       = lazy{make: symmetricFunctions}
	externalSecretsLazy = lazy{make: externalSecrets}
	signaturesBatchLazy = lazy{make: signaturesBatch}
	symmetricBatchLazy  = lazy{make: symmetricBatch}
)

// Common is the namespace of options, outputs and secrets managers. The state of its functions, as
// of those of the other namespaces, is a [*Host], one for all.
func Common() abi.Namespace { return commonLazy.get() }

// AsymmetricCommon is the namespace of public and secret keys.
func AsymmetricCommon() abi.Namespace { return asymmetricLazy.get() }

// KeyExchange is the namespace of shared secrets.
func KeyExchange() abi.Namespace { return keyExchangeLazy.get() }

// Signatures is the namespace of signatures.
func Signatures() abi.Namespace { return signaturesLazy.get() }

// Symmetric is the namespace of hashes, authentication codes, key derivation and encryption.
func Symmetric() abi.Namespace { return symmetricLazy.get() }

// ExternalSecrets is the namespace of secrets that are none of wasi-crypto's.
func ExternalSecrets() abi.Namespace { return externalSecretsLazy.get() }

// SignaturesBatch is the namespace of batches of signatures.
func SignaturesBatch() abi.Namespace { return signaturesBatchLazy.get() }

// SymmetricBatch is the namespace of batches of symmetric operations.
func SymmetricBatch() abi.Namespace { return symmetricBatchLazy.get() }

func common() *abi.Table {
	return abi.NewTable(CommonName,
		abi.Fn2("array_output_len", "array_output result.size", (*Host).arrayOutputLen),
		abi.Fn4("array_output_pull", "array_output buf buf_len result.size", (*Host).arrayOutputPull),
		abi.Fn2("options_open", "algorithm_type result.options", (*Host).optionsOpen),
		abi.Fn1("options_close", "options", shut[*options]),
		abi.Fn5("options_set", "options text.name name_len value value_len", (*Host).optionsSet),
		abi.Fn4("options_set_u64", "options text.name name_len value", (*Host).optionsSetU64),
		abi.Fn5("options_set_guest_buffer", "options text.name name_len buffer buffer_len", (*Host).optionsSetGuestBuffer),
		abi.Fn2("secrets_manager_open", "options result.secrets_manager", (*Host).secretsManagerOpen),
		abi.Fn1("secrets_manager_close", "secrets_manager", shut[*manager]),
		abi.Fn4("secrets_manager_invalidate", "secrets_manager key_id key_id_len bits.version", (*Host).secretsManagerInvalidate),
	)
}

func asymmetricCommon() *abi.Table {
	return abi.NewTable(AsymmetricName,
		abi.Fn5("keypair_generate", "algorithm_type text.algorithm algorithm_len options result.keypair", (*Host).keypairGenerate),
		abi.Fn7("keypair_import", "algorithm_type text.algorithm algorithm_len encoded encoded_len encoding result.keypair", (*Host).keypairImport),
		abi.Fn6("keypair_generate_managed", "secrets_manager algorithm_type text.algorithm algorithm_len options result.keypair", (*Host).keypairGenerateManaged),
		abi.Fn4("keypair_store_managed", "secrets_manager keypair kp_id kp_id_max_len", storeManaged[*keypair]),
		abi.Fn4("keypair_replace_managed", "secrets_manager kp_old kp_new result.version", replaceManaged[*keypair]),
		abi.Fn5("keypair_id", "keypair kp_id kp_id_max_len result.size result.version", managedID[*keypair]),
		abi.Fn5("keypair_from_id", "secrets_manager kp_id kp_id_len bits.version result.keypair", (*Host).keypairFromID),
		abi.Fn3("keypair_from_pk_and_sk", "publickey secretkey result.keypair", (*Host).keypairFromPkAndSk),
		abi.Fn3("keypair_export", "keypair encoding result.array_output", (*Host).keypairExport),
		abi.Fn2("keypair_publickey", "keypair result.publickey", (*Host).keypairPublickey),
		abi.Fn2("keypair_secretkey", "keypair result.secretkey", (*Host).keypairSecretkey),
		abi.Fn1("keypair_close", "keypair", shut[*keypair]),
		abi.Fn7("publickey_import", "algorithm_type text.algorithm algorithm_len encoded encoded_len encoding result.publickey", (*Host).publickeyImport),
		abi.Fn3("publickey_export", "publickey encoding result.array_output", (*Host).publickeyExport),
		abi.Fn1("publickey_verify", "publickey", (*Host).publickeyVerify),
		abi.Fn2("publickey_from_secretkey", "secretkey result.publickey", (*Host).publickeyFromSecretkey),
		abi.Fn1("publickey_close", "publickey", shut[*publickey]),
		abi.Fn7("secretkey_import", "algorithm_type text.algorithm algorithm_len encoded encoded_len encoding result.secretkey", (*Host).secretkeyImport),
		abi.Fn3("secretkey_export", "secretkey encoding result.array_output", (*Host).secretkeyExport),
		abi.Fn1("secretkey_close", "secretkey", shut[*secretkey]),
	)
}

func keyExchange() *abi.Table {
	return abi.NewTable(KeyExchangeName,
		abi.Fn3("kx_dh", "publickey secretkey result.array_output", (*Host).kxDh),
		abi.Fn3("kx_encapsulate", "publickey result.secret result.encapsulated_secret", (*Host).kxEncapsulate),
		abi.Fn4("kx_decapsulate", "secretkey encapsulated_secret encapsulated_secret_len result.secret", (*Host).kxDecapsulate),
	)
}

func signatures() *abi.Table {
	return abi.NewTable(SignaturesName,
		abi.Fn3("signature_export", "signature encoding result.array_output", (*Host).signatureExport),
		abi.Fn6("signature_import", "text.algorithm algorithm_len encoded encoded_len encoding result.signature", (*Host).signatureImport),
		abi.Fn2("signature_state_open", "keypair result.state", (*Host).signatureStateOpen),
		abi.Fn3("signature_state_update", "state input input_len", (*Host).signatureStateUpdate),
		abi.Fn2("signature_state_sign", "state result.signature", (*Host).signatureStateSign),
		abi.Fn1("signature_state_close", "state", shut[*signing]),
		abi.Fn2("signature_verification_state_open", "publickey result.state", (*Host).signatureVerificationStateOpen),
		abi.Fn3("signature_verification_state_update", "state input input_len", (*Host).signatureVerificationStateUpdate),
		abi.Fn2("signature_verification_state_verify", "state signature", (*Host).signatureVerificationStateVerify),
		abi.Fn1("signature_verification_state_close", "state", shut[*verification]),
		abi.Fn1("signature_close", "signature", shut[*signature]),
	)
}

func symmetricFunctions() *abi.Table {
	return abi.NewTable(SymmetricName,
		abi.Fn4("symmetric_key_generate", "text.algorithm algorithm_len options result.key", (*Host).symmetricKeyGenerate),
		abi.Fn5("symmetric_key_import", "text.algorithm algorithm_len raw raw_len result.key", (*Host).symmetricKeyImport),
		abi.Fn2("symmetric_key_export", "key result.array_output", (*Host).symmetricKeyExport),
		abi.Fn1("symmetric_key_close", "key", shut[*symmetricKey]),
		abi.Fn5("symmetric_key_generate_managed", "secrets_manager text.algorithm algorithm_len options result.key", (*Host).symmetricKeyGenerateManaged),
		abi.Fn4("symmetric_key_store_managed", "secrets_manager key key_id key_id_max_len", storeManaged[*symmetricKey]),
		abi.Fn4("symmetric_key_replace_managed", "secrets_manager key_old key_new result.version", replaceManaged[*symmetricKey]),
		abi.Fn5("symmetric_key_id", "key key_id key_id_max_len result.size result.version", managedID[*symmetricKey]),
		abi.Fn5("symmetric_key_from_id", "secrets_manager key_id key_id_len bits.version result.key", (*Host).symmetricKeyFromID),
		abi.Fn5("symmetric_state_open", "text.algorithm algorithm_len key options result.state", (*Host).symmetricStateOpen),
		abi.Fn2("symmetric_state_clone", "state result.state", (*Host).symmetricStateClone),
		abi.Fn6("symmetric_state_options_get", "state text.name name_len value value_max_len result.size", (*Host).symmetricStateOptionsGet),
		abi.Fn4("symmetric_state_options_get_u64", "state text.name name_len result.value", (*Host).symmetricStateOptionsGetU64),
		abi.Fn1("symmetric_state_close", "state", shut[*symmetricState]),
		abi.Fn3("symmetric_state_absorb", "state data data_len", (*Host).symmetricStateAbsorb),
		abi.Fn3("symmetric_state_squeeze", "state out out_len", (*Host).symmetricStateSqueeze),
		abi.Fn2("symmetric_state_squeeze_tag", "state result.tag", (*Host).symmetricStateSqueezeTag),
		abi.Fn4("symmetric_state_squeeze_key", "state text.algorithm algorithm_len result.key", (*Host).symmetricStateSqueezeKey),
		abi.Fn2("symmetric_state_max_tag_len", "state result.size", (*Host).symmetricStateMaxTagLen),
		abi.Fn6("symmetric_state_encrypt", "state out out_len data data_len result.size", (*Host).symmetricStateEncrypt),
		abi.Fn6("symmetric_state_encrypt_detached", "state out out_len data data_len result.tag", (*Host).symmetricStateEncryptDetached),
		abi.Fn6("symmetric_state_decrypt", "state out out_len data data_len result.size", (*Host).symmetricStateDecrypt),
		abi.Fn8("symmetric_state_decrypt_detached", "state out out_len data data_len tag tag_len result.size", (*Host).symmetricStateDecryptDetached),
		abi.Fn1("symmetric_state_ratchet", "state", (*Host).symmetricStateRatchet),
		abi.Fn2("symmetric_tag_len", "tag result.size", (*Host).symmetricTagLen),
		abi.Fn4("symmetric_tag_pull", "tag buf buf_len result.size", (*Host).symmetricTagPull),
		abi.Fn3("symmetric_tag_verify", "tag expected expected_len", (*Host).symmetricTagVerify),
		abi.Fn1("symmetric_tag_close", "tag", shut[*tag]),
	)
}

func externalSecrets() *abi.Table {
	return abi.NewTable(ExternalSecretsName,
		abi.Fn6("external_secret_store", "secrets_manager secret secret_len expiration secret_id secret_id_max_len", (*Host).externalSecretStore),
		abi.Fn7("external_secret_replace", "secrets_manager secret secret_len expiration secret_id secret_id_len result.version", (*Host).externalSecretReplace),
		abi.Fn5("external_secret_from_id", "secrets_manager secret_id secret_id_len bits.version result.array_output", (*Host).externalSecretFromID),
		abi.Fn4("external_secret_invalidate", "secrets_manager secret_id secret_id_len bits.version", (*Host).secretsManagerInvalidate),
		abi.Fn5("external_secret_encapsulate", "secrets_manager secret secret_len expiration result.array_output", (*Host).externalSecretEncapsulate),
		abi.Fn4("external_secret_decapsulate", "secrets_manager encrypted_secret encrypted_secret_len result.array_output", (*Host).externalSecretDecapsulate),
	)
}

func signaturesBatch() *abi.Table {
	return abi.NewTable(SignaturesBatchName,
		abi.Fn3("batch_signature_state_sign", "states states_len results", (*Host).batchSignatureStateSign),
		abi.Fn3("batch_signature_state_verify", "states states_len results", (*Host).batchSignatureStateVerify),
	)
}

func symmetricBatch() *abi.Table {
	return abi.NewTable(SymmetricBatchName,
		abi.Fn3("batch_symmetric_state_squeeze", "batch batch_len results", (*Host).batchSymmetricStateSqueeze),
		abi.Fn3("batch_symmetric_state_squeeze_tag", "states states_len results", (*Host).batchSymmetricStateSqueezeTag),
		abi.Fn3("batch_symmetric_state_encrypt", "batch batch_len results", (*Host).batchSymmetricStateEncrypt),
		abi.Fn3("batch_symmetric_state_encrypt_detached", "batch batch_len results", (*Host).batchSymmetricStateEncryptDetached),
		abi.Fn3("batch_symmetric_state_decrypt", "batch batch_len results", (*Host).batchSymmetricStateDecrypt),
		abi.Fn3("batch_symmetric_state_decrypt_detached", "batch batch_len results", (*Host).batchSymmetricStateDecryptDetached),
	)
}
