#include "textflag.h"

#define SYS_dup3 24
#define SYS_fcntl 25
#define SYS_close 57
#define SYS_pipe2 59
#define SYS_write 64
#define SYS_exit 93
#define SYS_exit_group 94
#define SYS_tgkill 131
#define SYS_rt_sigaction 134
#define SYS_getpid 172
#define SYS_gettid 178
#define SYS_clone 220
#define SYS_prlimit64 261

#define SIG_IGN 1
#define SIGHUP 1
#define SIGINT 2
#define SIGPIPE 13
#define SIGTERM 15
#define EAGAIN 11
#define EPIPE 32
#define F_DUPFD_CLOEXEC 1030
#define O_CLOEXEC 0x80000
#define RLIMIT_DATA 2
#define RLIMIT_NPROC 6
#define RLIMIT_NOFILE 7
#define RLIMIT_AS 9

// Offsets into siginfo and ucontext.
#define si_code 8
#define si_pid 16
#define uc_x0 184
#define uc_x1 192
#define uc_x8 248

// fewFiles and fewThreads are limits below which the runtime may give up.
#define fewFiles 32
#define fewThreads 1024

// firstThreads are what the runtime starts before Restore is called: until then it
// keeps SIGPIPE to itself.
#define firstThreads 3

// A thread that has all in common with its parent, the stack included, and keeps
// it waiting until it ends: CLONE_VM, FS, FILES, SIGHAND, VFORK, THREAD, SYSVSEM.
#define probeFlags 0x54f00

DATA exhausted<>+0(SB)/8, $"wazedge:"
DATA exhausted<>+8(SB)/8, $" too lit"
DATA exhausted<>+16(SB)/8, $"tle memo"
DATA exhausted<>+24(SB)/8, $"ry, too "
DATA exhausted<>+32(SB)/8, $"few thre"
DATA exhausted<>+40(SB)/8, $"ads or o"
DATA exhausted<>+48(SB)/8, $"pen file"
DATA exhausted<>+56(SB)/8, $"s: see u"
DATA exhausted<>+64(SB)/8, $"limit -v"
DATA exhausted<>+72(SB)/8, $", -u and"
DATA exhausted<>+80(SB)/4, $" -n\n"
GLOBL exhausted<>(SB), RODATA|NOPTR, $84

GLOBL zero<>(SB), RODATA|NOPTR, $32

// The runtime's entry calls this in place of x_cgo_init.
TEXT wazedge_inherit_entry(SB), NOSPLIT, $0
	CALL	·begin(SB)
	RET

// func begin()
// The frame holds a struct sigaction, a struct rlimit or two descriptors.
TEXT ·begin(SB), NOSPLIT, $48-0
	MOVD	$1, R9
	MOVB	R9, ·entered(SB)
	MOVD	ZR, R10
signal:
	MOVD	R9, R0
	MOVD	ZR, R1
	ADD	$8, RSP, R2
	MOVD	$8, R3
	MOVD	$SYS_rt_sigaction, R8
	SVC
	CBNZ	R0, next
	MOVD	8(RSP), R1
	CMP	$SIG_IGN, R1
	BNE	next
	SUB	$1, R9, R1
	MOVD	$1, R2
	LSL	R1, R2, R2
	ORR	R2, R10, R10
next:
	ADD	$1, R9
	CMP	$64, R9
	BLE	signal
	MOVD	R10, ·ignored(SB)

	// The first process of a PID namespace ends by a handler, until Restore too: the runtime's
	// own goes on to the one that it has found, once it has given up.
	MOVD	$SYS_getpid, R8
	SVC
	CMP	$1, R0
	BNE	limits
	MOVD	$SIGHUP, R0
	CALL	early<>(SB)
	MOVD	$SIGINT, R0
	CALL	early<>(SB)
	MOVD	$SIGTERM, R0
	CALL	early<>(SB)
limits:
	MOVD	ZR, R9 // whether a limit is low
	MOVD	$RLIMIT_NOFILE, R1
	CALL	limit<>(SB)
	MOVD	R0, ·openFiles+0(SB)
	MOVD	R1, ·openFiles+8(SB)
	CMP	$fewFiles, R0
	CINC	LO, R9, R9
	MOVD	$RLIMIT_NPROC, R1
	CALL	limit<>(SB)
	CMP	$fewThreads, R0
	CINC	LO, R9, R9
	MOVD	$RLIMIT_AS, R1
	CALL	limit<>(SB)
	CMN	$1, R0
	CINC	NE, R9, R9
	MOVD	$RLIMIT_DATA, R1
	CALL	limit<>(SB)
	CMN	$1, R0
	CINC	NE, R9, R9
	CBZ	R9, done

	// Move standard error, and put the end of a pipe there that nobody reads.
	MOVD	$2, R0
	MOVD	$F_DUPFD_CLOEXEC, R1
	MOVD	$3, R2
	MOVD	$SYS_fcntl, R8
	SVC
	TBNZ	$63, R0, done
	MOVD	R0, R9
	ADD	$8, RSP, R0
	MOVD	$O_CLOEXEC, R1
	MOVD	$SYS_pipe2, R8
	SVC
	MOVW	R9, ·stderr(SB)
	TBNZ	$63, R0, give
	MOVW	12(RSP), R0
	MOVD	$2, R1
	MOVD	ZR, R2
	MOVD	$SYS_dup3, R8
	SVC
	MOVW	8(RSP), R0
	MOVD	$SYS_close, R8
	SVC
	MOVW	12(RSP), R0
	MOVD	$SYS_close, R8
	SVC
	MOVD	$SIGPIPE, R0
	MOVD	$·onPipe(SB), R1
	CALL	handle<>(SB)

	// Start a thread from a thread, each waiting for the next to end.
	MOVD	$firstThreads, R9
	MOVD	ZR, R10 // whether this is one of them
probe:
	MOVD	$probeFlags, R0
	MOVD	ZR, R1
	MOVD	ZR, R2
	MOVD	ZR, R3
	MOVD	ZR, R4
	MOVD	$SYS_clone, R8
	SVC
	CMN	$EAGAIN, R0
	BEQ	few
	CBNZ	R0, probed
	MOVD	$1, R10
	SUB	$1, R9
	CBNZ	R9, probe
probed:
	CBZ	R10, done
	MOVD	ZR, R0
	MOVD	$SYS_exit, R8
	SVC
done:
	RET
few:
	JMP	giveUp<>(SB)
give:
	JMP	giveUp<>(SB)

// early has the signal R0 end the process, unless R10 has it among those that are ignored.
TEXT early<>(SB), NOSPLIT, $0-0
	SUB	$1, R0, R1
	LSR	R1, R10, R1
	TBNZ	$0, R1, ignored
	MOVD	$·onEnd(SB), R1
	CALL	handle<>(SB)
ignored:
	RET

// handle has the function at R1 called for the signal R0. The frame holds a struct sigaction.
TEXT handle<>(SB), NOSPLIT, $48-0
	MOVD	R1, 8(RSP)
	MOVD	$0x10000004, R1 // SA_SIGINFO, SA_RESTART
	MOVD	R1, 16(RSP)
	MOVD	ZR, 24(RSP)
	MOVD	ZR, 32(RSP)
	ADD	$8, RSP, R1
	MOVD	ZR, R2
	MOVD	$8, R3
	MOVD	$SYS_rt_sigaction, R8
	SVC
	RET

// limit returns the soft limit of the resource R1 in R0, the hard one in R1.
TEXT limit<>(SB), NOSPLIT, $16-0
	MOVD	ZR, R0
	MOVD	ZR, R2
	ADD	$8, RSP, R3
	MOVD	$-1, R4
	MOVD	R4, 8(RSP)
	MOVD	ZR, 16(RSP)
	MOVD	$SYS_prlimit64, R8
	SVC
	MOVD	8(RSP), R0
	MOVD	16(RSP), R1
	RET

// Handlers are called by the kernel or by the runtime, as C functions: signal in
// R0, siginfo in R1, ucontext in R2.

// func onFault()
TEXT ·onFault(SB), NOSPLIT|NOFRAME, $0
	MOVW	si_code(R1), R3
	CMPW	$0, R3
	BLE	sent
	MOVD	·runtimeHandler(SB), R3
	JMP	(R3)
sent:
	SUB	$1, R0, R3
	MOVD	·ignored(SB), R4
	LSR	R3, R4, R4
	TBNZ	$0, R4, ignore
	JMP	die<>(SB)
ignore:
	RET

// func onPipe()
// A write of the runtime is known by its text, which is a constant of this
// program: the descriptor is not kept.
TEXT ·onPipe(SB), NOSPLIT|NOFRAME, $0
	MOVW	·stderr(SB), R3
	CBZ	R3, other
	MOVD	uc_x8(R2), R3
	CMP	$SYS_write, R3
	BNE	other
	MOVD	uc_x0(R2), R3
	CMN	$EPIPE, R3
	BNE	other
	MOVD	uc_x1(R2), R3
	MOVD	$exhausted<>(SB), R4
	SUB	R4, R3, R3
	ADD	$0x4000000, R3 // within 64 MiB on either side
	MOVD	$0x8000000, R4
	CMP	R4, R3
	BHS	other
	JMP	giveUp<>(SB)
other:
	MOVD	R0, R9
	MOVD	$SYS_getpid, R8
	SVC
	MOVW	si_pid(R1), R3
	CMPW	R0, R3
	BEQ	own
	MOVD	R9, R0
	JMP	die<>(SB)
own:
	RET

// func onEnd()
TEXT ·onEnd(SB), NOSPLIT|NOFRAME, $0
	ADD	$128, R0
	MOVD	$SYS_exit_group, R8
	SVC
	UNDEF

// die has this process die of the signal R0 when its handler returns.
TEXT die<>(SB), NOSPLIT|NOFRAME, $0
	MOVBU	·first(SB), R3
	CBZ	R3, dies
	JMP	·onEnd(SB)
dies:
	MOVD	R0, R9
	MOVD	$zero<>(SB), R1
	MOVD	ZR, R2
	MOVD	$8, R3
	MOVD	$SYS_rt_sigaction, R8
	SVC
	MOVD	$SYS_gettid, R8
	SVC
	MOVD	R0, R1
	MOVD	$SYS_getpid, R8
	SVC
	MOVD	R9, R2
	MOVD	$SYS_tgkill, R8
	SVC
	RET

// giveUp ends the process with a line.
TEXT giveUp<>(SB), NOSPLIT|NOFRAME, $0
	MOVW	·stderr(SB), R0
	MOVD	$exhausted<>(SB), R1
	MOVD	$84, R2
	MOVD	$SYS_write, R8
	SVC
	MOVD	$1, R0
	MOVD	$SYS_exit_group, R8
	SVC
	UNDEF
