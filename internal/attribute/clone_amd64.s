#include "go_asm.h"
#include "textflag.h"

// A worker shares the memory of the program, but neither its threads nor its
// descriptors. It must not run Go code: it has no g and no m. So all signals are
// blocked before it is cloned, and stay blocked in it, it uses no stack, and all
// that it touches is the page.
//
// SYSCALL changes AX, CX and R11. The worker keeps in
//	R12	the page
//	R13	the step
//	R14	the descriptor that the step is about
//	R15	how many steps are left

// func clone(p *page, stack, flags uintptr) (result int)
TEXT ·clone(SB), NOSPLIT, $16-32
	MOVQ	$-1, all-8(SP)
	MOVL	$const_sysSignalMask, AX
	MOVL	$const_setMask, DI
	LEAQ	all-8(SP), SI
	LEAQ	old-16(SP), DX
	MOVL	$const_maskSize, R10
	SYSCALL
	TESTQ	AX, AX
	JNE	failed

	MOVL	$const_sysClone, AX
	MOVQ	flags+16(FP), DI
	MOVQ	stack+8(FP), SI
	XORL	DX, DX
	XORL	R10, R10
	XORL	R8, R8
	MOVQ	p+0(FP), R12
	SYSCALL
	TESTQ	AX, AX
	JEQ	line
	MOVQ	AX, result+24(FP)

	MOVL	$const_sysSignalMask, AX
	MOVL	$const_setMask, DI
	LEAQ	old-16(SP), SI
	XORL	DX, DX
	MOVL	$const_maskSize, R10
	SYSCALL
	RET

failed:
	MOVQ	AX, result+24(FP)
	RET

	// The worker, whose first line is in the page already.
wait:
	MOVL	$const_sysRead, AX
	MOVQ	page_socket(R12), DI
	LEAQ	page_token(R12), SI
	MOVL	$1, DX
	SYSCALL
	CMPQ	AX, $const_interrupted
	JEQ	wait
	CMPQ	AX, $1
	JNE	exit
line:
	MOVQ	page_count(R12), R15
	LEAQ	page_steps(R12), R13
step:
	MOVQ	step_descriptor(R13), R14
	CMPQ	step_path(R13), $0
	JEQ	call
open:
	MOVL	$const_sysOpenat, AX
	MOVQ	$const_fromDirectory, DI
	MOVQ	step_path(R13), SI
	MOVQ	step_flags(R13), DX
	XORL	R10, R10
	SYSCALL
	CMPQ	AX, $const_interrupted
	JEQ	open
	MOVQ	AX, step_descriptor(R13)
	MOVQ	AX, R14
	TESTQ	AX, AX
	JLT	done
call:
	MOVQ	step_call(R13), AX
	MOVQ	R14, DI
	MOVQ	step_data(R13), SI
	MOVQ	step_length(R13), DX
	SYSCALL
	CMPQ	AX, $const_interrupted
	JEQ	call
	MOVQ	AX, step_result(R13)

	CMPQ	step_path(R13), $0
	JEQ	done
	MOVL	$const_sysClose, AX
	MOVQ	R14, DI
	SYSCALL
done:
	MOVQ	step_result(R13), AX
	CMPQ	AX, step_least(R13)
	JGE	answer
	MOVL	$1, R15	// no step after one that failed
answer:
	// With the last answer the page is the program's again: nothing of the line
	// is read after it. The program may be gone, which changes nothing.
	MOVL	$const_sysWrite, AX
	MOVQ	page_socket(R12), DI
	LEAQ	page_token(R12), SI
	MOVL	$1, DX
	SYSCALL
	ADDQ	$step__size, R13
	DECQ	R15
	JNE	step
	JMP	wait
exit:
	MOVL	$const_sysExitGroup, AX
	XORL	DI, DI
	SYSCALL
	INT	$3
