package crypto

// Errno is what functions return, crypto_errno of the interface.
type Errno uint16

const (
	success Errno = iota
	guestError
	notImplemented
	unsupportedFeature
	prohibitedOperation
	unsupportedEncoding
	unsupportedAlgorithm
	unsupportedOption
	invalidKey
	invalidLength
	verificationFailed
	rngError
	algorithmFailure
	invalidSignature
	closed
	invalidHandle
	overflow
	internalError
	tooManyHandles
	keyNotSupported
	keyRequired
	invalidTag
	invalidOperation
	nonceRequired
	invalidNonce
	optionNotSet
	notFound
	parametersMissing
	inProgress
	incompatibleKeys
	expired
)

// badAddress is what a call returns with an address that is not in the guest's memory.
// The interface has no number for that; WasmEdge returns this one.
const badAddress = algorithmFailure

var errnoNames = [...]string{
	"success", "guest_error", "not_implemented", "unsupported_feature", "prohibited_operation",
	"unsupported_encoding", "unsupported_algorithm", "unsupported_option", "invalid_key",
	"invalid_length", "verification_failed", "rng_error", "algorithm_failure", "invalid_signature",
	"closed", "invalid_handle", "overflow", "internal_error", "too_many_handles", "key_not_supported",
	"key_required", "invalid_tag", "invalid_operation", "nonce_required", "invalid_nonce",
	"option_not_set", "not_found", "parameters_missing", "in_progress", "incompatible_keys", "expired",
}

// String is the name that the interface gives e.
func (e Errno) String() string {
	if int(e) < len(errnoNames) {
		return errnoNames[e]
	}
	return "unknown"
}
