//go:build darwin || freebsd || netbsd || openbsd

package hostfs

// fionread is FIONREAD, which package unix does not have for this system.
const fionread = 0x4004667f
