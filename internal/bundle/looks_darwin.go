package bundle

// looks says that a program has to look at its end for a bundle: what is within the file is
// signed here, and must not change.
const looks = true
