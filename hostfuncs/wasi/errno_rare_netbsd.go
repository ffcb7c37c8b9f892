package wasi

import "golang.org/x/sys/unix"

// rareErrnos lists the errors that not every system has.
var rareErrnos = []systemErrno{
	{unix.EMULTIHOP, EMULTIHOP},
	{unix.ENOLINK, ENOLINK},
}
