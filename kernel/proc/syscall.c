/* SPDX-License-Identifier: MIT */
/* From the number in RAX to the function; syscall.h. */
#include "kernel/proc/syscall.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/printf.h"

LINKSET_DECLARE(struct syscall, syscalls);

static int64_t (*table[SYS_NR_MAX])(const uint64_t arg[6]);

void
syscall_init(void)
{
	const struct syscall *call;

	linkset_for_each (call, syscalls) {
		kassert(call->nr > 0 && call->nr < SYS_NR_MAX);
		kassert(!table[call->nr]);
		table[call->nr] = call->fn;
	}
}

/*
 * Run the system call that the program's RAX names, as an unsigned number of 64
 * bits, with its six arguments RDI, RSI, RDX, R10, R8, R9 (RCX and R11 are the
 * CPU's: APM 3, SYSCALL), all of which are the program's to choose.  The
 * result goes to RAX; -ENOSYS for a number that nobody has.  The call may
 * change the frame.  Interrupts are on, and no lock is held.
 */
void
syscall_dispatch(struct trapframe *tf)
{
	const uint64_t arg[6] = { tf->rdi, tf->rsi, tf->rdx, tf->r10, tf->r8,
		tf->r9 };
	uint64_t nr = tf->rax;
	int64_t result = -ENOSYS;

	if (nr < SYS_NR_MAX && table[nr])
		result = table[nr](arg);
	/* exec has replaced the frame, and its RAX is the program's business */
	tf->rax = (uint64_t)result;
}
