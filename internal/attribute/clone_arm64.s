#include "go_asm.h"
#include "textflag.h"

// See clone_amd64.s. SVC changes R0 alone. The worker keeps in
//	R19	the page
//	R20	the step
//	R21	the descriptor that the step is about
//	R22	how many steps are left

// func clone(p *page, stack, flags uintptr) (result int)
TEXT ·clone(SB), NOSPLIT, $16-32
	MOVD	$-1, R0
	MOVD	R0, all-8(SP)
	MOVD	$const_setMask, R0
	MOVD	$all-8(SP), R1
	MOVD	$old-16(SP), R2
	MOVD	$const_maskSize, R3
	MOVD	$const_sysSignalMask, R8
	SVC
	CBNZ	R0, failed

	MOVD	flags+16(FP), R0
	MOVD	stack+8(FP), R1
	MOVD	ZR, R2
	MOVD	ZR, R3
	MOVD	ZR, R4
	MOVD	p+0(FP), R19
	MOVD	$const_sysClone, R8
	SVC
	CBZ	R0, line
	MOVD	R0, result+24(FP)

	MOVD	$const_setMask, R0
	MOVD	$old-16(SP), R1
	MOVD	ZR, R2
	MOVD	$const_maskSize, R3
	MOVD	$const_sysSignalMask, R8
	SVC
	RET

failed:
	MOVD	R0, result+24(FP)
	RET

	// The worker, whose first line is in the page already.
wait:
	MOVD	page_socket(R19), R0
	ADD	$page_token, R19, R1
	MOVD	$1, R2
	MOVD	$const_sysRead, R8
	SVC
	CMP	$const_interrupted, R0
	BEQ	wait
	CMP	$1, R0
	BNE	exit
line:
	MOVD	page_count(R19), R22
	ADD	$page_steps, R19, R20
step:
	MOVD	step_descriptor(R20), R21
	MOVD	step_path(R20), R1
	CBZ	R1, call
open:
	MOVD	$const_fromDirectory, R0
	MOVD	step_path(R20), R1
	MOVD	step_flags(R20), R2
	MOVD	ZR, R3
	MOVD	$const_sysOpenat, R8
	SVC
	CMP	$const_interrupted, R0
	BEQ	open
	MOVD	R0, step_descriptor(R20)
	MOVD	R0, R21
	TBNZ	$63, R0, done
call:
	MOVD	R21, R0
	MOVD	step_data(R20), R1
	MOVD	step_length(R20), R2
	MOVD	step_call(R20), R8
	SVC
	CMP	$const_interrupted, R0
	BEQ	call
	MOVD	R0, step_result(R20)

	MOVD	step_path(R20), R1
	CBZ	R1, done
	MOVD	R21, R0
	MOVD	$const_sysClose, R8
	SVC
done:
	MOVD	step_result(R20), R0
	MOVD	step_least(R20), R1
	CMP	R1, R0
	BGE	answer
	MOVD	$1, R22	// no step after one that failed
answer:
	// With the last answer the page is the program's again: nothing of the line
	// is read after it. The program may be gone, which changes nothing.
	MOVD	page_socket(R19), R0
	ADD	$page_token, R19, R1
	MOVD	$1, R2
	MOVD	$const_sysWrite, R8
	SVC
	ADD	$step__size, R20
	SUBS	$1, R22
	BNE	step
	B	wait
exit:
	MOVD	ZR, R0
	MOVD	$const_sysExitGroup, R8
	SVC
	BRK
