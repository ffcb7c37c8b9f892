package crypto

func openXoodyak(*symmetric, []byte, *options) (transformation, Errno) {
	return nil, unsupportedAlgorithm
}
