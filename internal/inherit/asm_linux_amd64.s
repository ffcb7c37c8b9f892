#include "textflag.h"

#define SYS_write 1
#define SYS_close 3
#define SYS_rt_sigaction 13
#define SYS_rt_sigreturn 15
#define SYS_getpid 39
#define SYS_clone 56
#define SYS_exit 60
#define SYS_fcntl 72
#define SYS_arch_prctl 158
#define SYS_gettid 186
#define SYS_exit_group 231
#define SYS_tgkill 234
#define SYS_dup3 292
#define SYS_pipe2 293
#define SYS_prlimit64 302

#define SIG_IGN 1
#define SIGHUP 1
#define SIGINT 2
#define SIGPIPE 13
#define SIGTERM 15
#define EAGAIN 11
#define EPIPE 32
#define F_DUPFD_CLOEXEC 1030
#define O_CLOEXEC 0x80000
#define ARCH_SET_FS 0x1002
#define RLIMIT_DATA 2
#define RLIMIT_NPROC 6
#define RLIMIT_NOFILE 7
#define RLIMIT_AS 9

// Offsets into siginfo and ucontext.
#define si_code 8
#define si_pid 16
#define uc_rdi 104
#define uc_rax 144

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
GLOBL tls<>(SB), NOPTR, $64

// The runtime's entry calls this in place of x_cgo_init, and then leaves the
// thread-local storage to it: g is kept in the word below FS.
TEXT wazedge_inherit_entry(SB), NOSPLIT|NOFRAME, $0
	CALL	·begin(SB)
	MOVQ	$ARCH_SET_FS, DI
	LEAQ	tls<>+8(SB), SI
	MOVQ	$SYS_arch_prctl, AX
	SYSCALL
	RET

// func begin()
// The frame holds a struct sigaction, a struct rlimit or two descriptors.
TEXT ·begin(SB), NOSPLIT, $32-0
	MOVB	$1, ·entered(SB)
	MOVQ	$1, R12
	XORQ	R13, R13
signal:
	MOVQ	R12, DI
	XORQ	SI, SI
	MOVQ	SP, DX
	MOVQ	$8, R10
	MOVQ	$SYS_rt_sigaction, AX
	SYSCALL
	TESTQ	AX, AX
	JNE	next
	CMPQ	0(SP), $SIG_IGN
	JNE	next
	LEAQ	-1(R12), AX
	BTSQ	AX, R13
next:
	INCQ	R12
	CMPQ	R12, $64
	JLE	signal
	MOVQ	R13, ·ignored(SB)

	// The first process of a PID namespace ends by a handler, until Restore too: the runtime's
	// own goes on to the one that it has found, once it has given up.
	MOVQ	$SYS_getpid, AX
	SYSCALL
	CMPQ	AX, $1
	JNE	limits
	MOVQ	$SIGHUP, DI
	CALL	early<>(SB)
	MOVQ	$SIGINT, DI
	CALL	early<>(SB)
	MOVQ	$SIGTERM, DI
	CALL	early<>(SB)
limits:
	XORQ	R12, R12 // whether a limit is low
	MOVQ	$RLIMIT_NOFILE, SI
	CALL	limit<>(SB)
	MOVQ	AX, ·openFiles+0(SB)
	MOVQ	DX, ·openFiles+8(SB)
	CMPQ	AX, $fewFiles
	ADCQ	$0, R12
	MOVQ	$RLIMIT_NPROC, SI
	CALL	limit<>(SB)
	CMPQ	AX, $fewThreads
	ADCQ	$0, R12
	MOVQ	$RLIMIT_AS, SI
	CALL	limit<>(SB)
	CMPQ	AX, $-1
	ADCQ	$0, R12
	MOVQ	$RLIMIT_DATA, SI
	CALL	limit<>(SB)
	CMPQ	AX, $-1
	ADCQ	$0, R12
	TESTQ	R12, R12
	JEQ	done

	// Move standard error, and put the end of a pipe there that nobody reads.
	MOVQ	$2, DI
	MOVQ	$F_DUPFD_CLOEXEC, SI
	MOVQ	$3, DX
	MOVQ	$SYS_fcntl, AX
	SYSCALL
	TESTQ	AX, AX
	JLT	done
	MOVQ	AX, R12
	MOVQ	SP, DI
	MOVQ	$O_CLOEXEC, SI
	MOVQ	$SYS_pipe2, AX
	SYSCALL
	TESTQ	AX, AX
	JLT	give
	MOVL	R12, ·stderr(SB)
	MOVL	4(SP), DI
	MOVQ	$2, SI
	XORQ	DX, DX
	MOVQ	$SYS_dup3, AX
	SYSCALL
	MOVL	0(SP), DI
	MOVQ	$SYS_close, AX
	SYSCALL
	MOVL	4(SP), DI
	MOVQ	$SYS_close, AX
	SYSCALL
	MOVQ	$SIGPIPE, DI
	MOVQ	$·onPipe(SB), AX
	CALL	handle<>(SB)

	// Start a thread from a thread, each waiting for the next to end.
	MOVQ	$firstThreads, R12
	XORQ	R13, R13 // whether this is one of them
probe:
	MOVQ	$probeFlags, DI
	XORQ	SI, SI
	XORQ	DX, DX
	XORQ	R10, R10
	XORQ	R8, R8
	MOVQ	$SYS_clone, AX
	SYSCALL
	CMPQ	AX, $-EAGAIN
	JEQ	few
	TESTQ	AX, AX
	JNE	probed
	MOVQ	$1, R13
	DECQ	R12
	JNE	probe
probed:
	TESTQ	R13, R13
	JEQ	done
	XORQ	DI, DI
	MOVQ	$SYS_exit, AX
	SYSCALL
done:
	RET
few:
	JMP	giveUp<>(SB)
give:
	MOVL	R12, ·stderr(SB)
	JMP	giveUp<>(SB)

// early has the signal DI end the process, unless R13 has it among those that are ignored.
TEXT early<>(SB), NOSPLIT, $0-0
	LEAQ	-1(DI), AX
	BTQ	AX, R13
	JCS	ignored
	MOVQ	$·onEnd(SB), AX
	CALL	handle<>(SB)
ignored:
	RET

// handle has the function at AX called for the signal DI. The frame holds a struct sigaction.
TEXT handle<>(SB), NOSPLIT, $32-0
	MOVQ	AX, 0(SP)
	MOVQ	$0x14000004, AX // SA_SIGINFO, SA_RESTORER, SA_RESTART
	MOVQ	AX, 8(SP)
	MOVQ	$restorer<>(SB), AX
	MOVQ	AX, 16(SP)
	MOVQ	$0, 24(SP)
	MOVQ	SP, SI
	XORQ	DX, DX
	MOVQ	$8, R10
	MOVQ	$SYS_rt_sigaction, AX
	SYSCALL
	RET

// limit returns the soft limit of the resource SI in AX, the hard one in DX.
TEXT limit<>(SB), NOSPLIT, $16-0
	XORQ	DI, DI
	XORQ	DX, DX
	MOVQ	SP, R10
	MOVQ	$-1, 0(SP)
	MOVQ	DX, 8(SP)
	MOVQ	$SYS_prlimit64, AX
	SYSCALL
	MOVQ	0(SP), AX
	MOVQ	8(SP), DX
	RET

TEXT restorer<>(SB), NOSPLIT|NOFRAME, $0
	MOVQ	$SYS_rt_sigreturn, AX
	SYSCALL
	INT	$3

// Handlers are called by the kernel or by the runtime, as C functions: signal in
// DI, siginfo in SI, ucontext in DX.

// func onFault()
TEXT ·onFault(SB), NOSPLIT|NOFRAME, $0
	MOVL	si_code(SI), AX
	TESTL	AX, AX
	JLE	sent
	MOVQ	·runtimeHandler(SB), AX
	JMP	AX
sent:
	LEAQ	-1(DI), CX
	MOVQ	·ignored(SB), AX
	BTQ	CX, AX
	JCS	2(PC)
	JMP	die<>(SB)
	RET

// func onPipe()
TEXT ·onPipe(SB), NOSPLIT|NOFRAME, $0
	CMPL	·stderr(SB), $0
	JEQ	other
	CMPQ	uc_rdi(DX), $2
	JNE	other
	CMPQ	uc_rax(DX), $-EPIPE
	JNE	other
	JMP	giveUp<>(SB)
other:
	MOVQ	$SYS_getpid, AX
	SYSCALL
	CMPL	si_pid(SI), AX
	JEQ	2(PC)
	JMP	die<>(SB)
	RET

// func onEnd()
TEXT ·onEnd(SB), NOSPLIT|NOFRAME, $0
	MOVL	DI, DI
	ADDQ	$128, DI
	MOVQ	$SYS_exit_group, AX
	SYSCALL
	INT	$3

// die has this process die of the signal DI when its handler returns.
TEXT die<>(SB), NOSPLIT|NOFRAME, $0
	CMPB	·first(SB), $0
	JEQ	2(PC)
	JMP	·onEnd(SB)
	MOVQ	DI, R9
	LEAQ	zero<>(SB), SI
	XORQ	DX, DX
	MOVQ	$8, R10
	MOVQ	$SYS_rt_sigaction, AX
	SYSCALL
	MOVQ	$SYS_getpid, AX
	SYSCALL
	MOVQ	AX, DI
	MOVQ	$SYS_gettid, AX
	SYSCALL
	MOVQ	AX, SI
	MOVQ	R9, DX
	MOVQ	$SYS_tgkill, AX
	SYSCALL
	RET

// giveUp ends the process with a line.
TEXT giveUp<>(SB), NOSPLIT|NOFRAME, $0
	MOVL	·stderr(SB), DI
	LEAQ	exhausted<>(SB), SI
	MOVQ	$84, DX
	MOVQ	$SYS_write, AX
	SYSCALL
	MOVQ	$1, DI
	MOVQ	$SYS_exit_group, AX
	SYSCALL
	INT	$3
