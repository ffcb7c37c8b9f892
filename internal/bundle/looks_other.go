//go:build !darwin

package bundle

// looks says that a program has to look at its end for a bundle.
const looks = false
