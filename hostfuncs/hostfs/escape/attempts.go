package escape

import "syscall"

// InsideTree and outsideTree are what the attempts to escape find: a mapped
// directory "in", and beside it "out" that no guest may see or touch. %R is the
// absolute path of the directory that both are in.
var (
	InsideTree = []string{
		"file=inside", "dir/file=inside", "dir/sub/", "empty/",
		"up => ..", "upup => ../..", "out => ../out", "secret => ../out/secret",
		"abs => %R/out/secret", "absdir => %R/out", "etc => /etc/passwd", "root => /",
		"new => ../out/new", "absnew => %R/out/new",
		"chain => chain2", "chain2 => dir/up", "dir/up => ../../out/secret",
		"dir/out => ../../out", "dir/back => ../dir", "dir/sub/far => ../../../out",
		"self => .", "loop => loop", "loopa => loopb", "loopb => loopa",
		"dotted => dir/../../out/secret", "slashed => ../out/", "long => dir/sub/../../../out/secret",
		"tofile => file", "todir => dir", "dangling => nothing",
	}
	outsideTree = []string{"secret=secret", "d/file=secret"}
)

// Attempts are attempts to reach what is outside, as [Parse] reads them, and what the guest is
// told. %R is as above, %L a path that is too long, and %N a name that is.
var Attempts = []struct {
	Line string
	Want syscall.Errno
}{
	// Opening by paths that lead outside.
	{`open ..`, syscall.EPERM},
	{`open ../`, syscall.EPERM},
	{`open ../out/secret`, syscall.EPERM},
	{`open ../in/file`, syscall.EPERM}, // leaves and comes back
	{`open dir/../../out/secret`, syscall.EPERM},
	{`open dir/sub/../../../out/secret`, syscall.EPERM},
	{`open ./../out/secret`, syscall.EPERM},
	{`open .//..//out/secret`, syscall.EPERM},
	{`open dir/./../../out/secret`, syscall.EPERM},
	{`open /etc/passwd`, syscall.EPERM},
	{`open /`, syscall.EPERM},
	{`open //etc/passwd`, syscall.EPERM},
	{`open /proc/self/root/etc/passwd`, syscall.EPERM},
	{`open %R/out/secret`, syscall.EPERM},
	{`open nothing/../../out/secret`, syscall.ENOENT},
	{`open file/../../out/secret`, syscall.ENOTDIR},

	// Opening by symbolic links that lead outside.
	{`open secret`, syscall.EPERM},
	{`open abs`, syscall.EPERM},
	{`open etc`, syscall.EPERM},
	{`open up/out/secret`, syscall.EPERM},
	{`open upup`, syscall.EPERM},
	{`open out/secret`, syscall.EPERM},
	{`open absdir/secret`, syscall.EPERM},
	{`open root/etc/passwd`, syscall.EPERM},
	{`open chain`, syscall.EPERM},
	{`open dir/out/secret`, syscall.EPERM},
	{`open dir/sub/far/secret`, syscall.EPERM},
	{`open self/self/self/secret`, syscall.EPERM},
	{`open dir/back/up`, syscall.EPERM},
	{`open dotted`, syscall.EPERM},
	{`open slashed`, syscall.EPERM},
	{`open long`, syscall.EPERM},
	{`open todir/../../out/secret`, syscall.EPERM},
	{`open loop`, syscall.ELOOP},
	{`open loopa/secret`, syscall.ELOOP},
	{`nofollow secret`, syscall.ELOOP},
	{`nofollow abs`, syscall.ELOOP},
	{`nofollow out/secret`, syscall.EPERM},
	{`nofollow out/`, syscall.EPERM}, // the slash follows the link
	{`opendir out`, syscall.EPERM},
	{`opendir up`, syscall.EPERM},
	{`opendir absdir/d`, syscall.EPERM},
	{`opendir ..`, syscall.EPERM},

	// Making and cutting files outside.
	{`creat ../out/new`, syscall.EPERM},
	{`creat new`, syscall.EPERM},
	{`creat absnew`, syscall.EPERM},
	{`creat out/new`, syscall.EPERM},
	{`creat %R/out/new`, syscall.EPERM},
	{`creat dir/sub/far/new`, syscall.EPERM},
	{`excl new`, syscall.EEXIST},
	{`excl out/new`, syscall.EPERM},
	{`trunc secret`, syscall.EPERM},
	{`trunc abs`, syscall.EPERM},
	{`trunc out/secret`, syscall.EPERM},

	// Directories.
	{`mkdir ../new`, syscall.EPERM},
	{`mkdir out/new`, syscall.EPERM},
	{`mkdir %R/new`, syscall.EPERM},
	{`mkdir new`, syscall.EEXIST},
	{`mkdir new/`, syscall.EEXIST},
	{`mkdir ..`, syscall.EPERM},
	{`rmdir ..`, syscall.EPERM},
	{`rmdir ../out/d`, syscall.EPERM},
	{`rmdir out/d`, syscall.EPERM},
	{`rmdir out`, syscall.ENOTDIR},
	{`rmdir out/`, syscall.ENOTDIR},
	{`rmdir up`, syscall.ENOTDIR},

	// Removing.
	{`unlink ../out/secret`, syscall.EPERM},
	{`unlink out/secret`, syscall.EPERM},
	{`unlink absdir/secret`, syscall.EPERM},
	{`unlink %R/out/secret`, syscall.EPERM},
	{`unlink dir/../../out/secret`, syscall.EPERM},
	{`unlink out/`, syscall.ENOTDIR},

	// Looking.
	{`stat ../out/secret`, syscall.EPERM},
	{`stat secret`, syscall.EPERM},
	{`stat abs`, syscall.EPERM},
	{`stat out/secret`, syscall.EPERM},
	{`stat ..`, syscall.EPERM},
	{`stat out/`, syscall.EPERM},
	{`lstat ..`, syscall.EPERM},
	{`lstat up/`, syscall.EPERM},
	{`lstat out/secret`, syscall.EPERM},
	{`lstat up/out/secret`, syscall.EPERM},
	{`readlink ../in/up`, syscall.EPERM},
	{`readlink out/secret`, syscall.EPERM},
	{`readlink up/in/up`, syscall.EPERM},

	// Setting times.
	{`times ../out/secret`, syscall.EPERM},
	{`times secret`, syscall.EPERM},
	{`times out/secret`, syscall.EPERM},
	{`ltimes out/secret`, syscall.EPERM},
	{`ltimes ..`, syscall.EPERM},

	// Linking and renaming, in and out.
	{`link ../out/secret x`, syscall.EPERM},
	{`link out/secret x`, syscall.EPERM},
	{`link file ../out/x`, syscall.EPERM},
	{`link file out/x`, syscall.EPERM},
	{`link file absdir/x`, syscall.EPERM},
	{`followlink secret x`, syscall.EPERM},
	{`followlink abs x`, syscall.EPERM},
	{`link out/ x`, syscall.EPERM},
	{`rename ../out/secret x`, syscall.EPERM},
	{`rename out/secret x`, syscall.EPERM},
	{`rename file ../out/x`, syscall.EPERM},
	{`rename file out/x`, syscall.EPERM},
	{`rename dir ../out/dir`, syscall.EPERM},
	{`rename dir up/dir`, syscall.EPERM},
	{`rename .. x`, syscall.EPERM},

	// Making links that lead outside by themselves, or elsewhere.
	{`symlink /etc/passwd x`, syscall.EPERM},
	{`symlink %R/out/secret x`, syscall.EPERM},
	{`symlink file ../out/x`, syscall.EPERM},
	{`symlink file out/x`, syscall.EPERM},
	{`symlink file new`, syscall.EEXIST},

	// The root of the host, by which no path begins.
	{`stat /`, syscall.EPERM},
	{`lstat /`, syscall.EPERM},
	{`lstat //`, syscall.EPERM},
	{`lstat /etc`, syscall.EPERM},
	{`times /`, syscall.EPERM},
	{`ltimes /`, syscall.EPERM},
	{`nofollow /`, syscall.EPERM},
	{`opendir /`, syscall.EPERM},
	{`creat /`, syscall.EPERM},
	{`excl /`, syscall.EPERM},
	{`mkdir /`, syscall.EPERM},
	{`rmdir /`, syscall.EPERM},
	{`unlink /`, syscall.EPERM},
	{`readlink /`, syscall.EPERM},
	{`link / x`, syscall.EPERM},
	{`link file /`, syscall.EPERM},
	{`followlink / x`, syscall.EPERM},
	{`rename / x`, syscall.EPERM},
	{`rename file /`, syscall.EPERM},
	{`symlink file /`, syscall.EPERM},

	// Names that are none.
	{`open "file\x00"`, syscall.EINVAL},
	{`open "\x00"`, syscall.EINVAL},
	{`open "file\x00/../../out/secret"`, syscall.EINVAL},
	{`mkdir "a\x00b"`, syscall.EINVAL},
	{`symlink "a\x00b" x`, syscall.EINVAL},
	{`rename file "x\x00"`, syscall.EINVAL},
	{`open ""`, syscall.ENOENT},
	{`stat ""`, syscall.ENOENT},
	{`symlink "" x`, syscall.ENOENT},
	{`rename "" x`, syscall.ENOENT},
	{`open "\xff\xfe"`, syscall.ENOENT},
	{`open %L`, syscall.ENAMETOOLONG},
	{`mkdir %L`, syscall.ENAMETOOLONG},
	{`symlink %L x`, syscall.ENAMETOOLONG},
	{`open %N`, syscall.ENAMETOOLONG},
	{`open file/`, syscall.ENOTDIR},
	{`open tofile/`, syscall.ENOTDIR},
	{`creat fresh/`, syscall.EISDIR},
	{`unlink file/`, syscall.ENOTDIR},
	{`rename file/ x`, syscall.ENOTDIR},
}

// leading are symbolic links by what they say. They may lead wherever that stays beneath the
// directory that their path starts from, as deep as it really is.
var leading = []struct {
	says, at string
	want     syscall.Errno
}{
	{"..", "x", syscall.EPERM},
	{"../x", "x", syscall.EPERM},
	{"f/../../x", "x", syscall.EPERM},
	{"./..", "./x", syscall.EPERM},
	{"../f", "d/x", 0},
	{"../../f", "d/x", syscall.EPERM},
	{"../../f", "d/e/x", 0},
	{"../e/../../f", "d/e/x", 0},
	{"../e/../../../f", "d/e/x", syscall.EPERM},
	{"../f", "deep/x", 0}, // a link to d/e
	{"../../f", "deep/x", 0},
	{"../../../f", "deep/x", syscall.EPERM},
	{"../f", "d/../x", syscall.EPERM},
	{"..f", "x", 0},
	{"a..b/..c", "x", 0},
	{"../x", "none/x", syscall.ENOENT},
	{"../x", "f/x", syscall.ENOTDIR},
}
