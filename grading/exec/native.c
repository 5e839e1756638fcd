/* SPDX-License-Identifier: MIT */
/*
 * Executing one instruction on the CPU with all registers given.
 *
 * The kernel does the work that would need assembly: a signal handler may
 * rewrite the registers that it returns to, CS included, so an INT3 of ours
 * enters the test state.  The code page is full of INT3, so the next signal is
 * the end of the instruction, or its fault, and brings all registers with it.
 */
#include "grading/exec/diff.h"

#include <asm/ldt.h>
#include <asm/prctl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define CS_32 0x07 /* the first segment of the LDT, made by native_init() */
#define DS_32 0x2b /* as Linux has it */

#define ALTSTACK 65536

static const int gregs[GPRS] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP,
	REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12,
	REG_R13, REG_R14, REG_R15 };

static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };

static struct {
	enum {
		IDLE,
		ENTER,
		RUN
	} phase;
	const struct test_case *test;
	struct outcome *out;
	gregset_t home;
	bool has_32, aligned;
} native;

static void
native_enter(greg_t *g)
{
	const struct test_case *c = native.test;

	memcpy(native.home, g, sizeof(native.home));
	for (unsigned i = 0; i < GPRS; i++)
		g[gregs[i]] = (greg_t)c->regs.gpr[i];
	g[REG_RIP] = (greg_t)c->regs.rip;
	g[REG_EFL] = (greg_t)c->regs.rflags;
	if (c->insn.mode == CPU_MODE_32)
		g[REG_CSGSFS] = (g[REG_CSGSFS] & ~0xffffll) | CS_32;
	native.phase = RUN;
}

static void
native_leave(int signal, greg_t *g)
{
	struct outcome *out = native.out;

	for (unsigned i = 0; i < GPRS; i++)
		out->regs.gpr[i] = (uint64_t)g[gregs[i]];
	out->regs.rip = (uint64_t)g[REG_RIP];
	out->regs.rflags = (uint64_t)g[REG_EFL];
	out->fault = signal != SIGTRAP;
	if (!out->fault)
		out->regs.rip -= 1; /* INT3 itself */
	out->what.vector = (uint8_t)g[REG_TRAPNO];
	out->what.error = (uint32_t)g[REG_ERR];
	out->what.address =
		out->what.vector == VEC_PF ? (uint64_t)g[REG_CR2] : 0;
	/* the instruction was a jump to where there is no code */
	if (out->fault && out->regs.rip != native.test->regs.rip &&
		out->what.vector == VEC_PF)
		out->fault = false;
	memcpy(g, native.home, sizeof(native.home));
	native.phase = IDLE;
}

static void
native_signal(int signal, siginfo_t *info, void *context)
{
	greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;

	/* a handler inherits AC, ID and NT, of which returning restores AC */
	__asm__ volatile("pushfq; andq $~0x244000, (%%rsp); popfq"
			 :
			 :
			 : "cc", "memory");
	(void)info;
	if (native.phase == ENTER)
		native_enter(g);
	else if (native.phase == RUN)
		native_leave(signal, g);
	else
		abort();
}

static void *
native_map(uint64_t address, size_t size, int prot)
{
	void *at = mmap((void *)address, size, prot,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	return at == (void *)address ? at : NULL;
}

void
native_signals(void)
{
	static uint8_t stack[ALTSTACK];
	const stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = native_signal,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	sigaltstack(&alt, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

void
native_run(const struct test_case *c, struct outcome *out)
{
	uint8_t *code = (uint8_t *)(uintptr_t)c->regs.rip;

	memcpy((void *)ARENA, c->memory, ARENA_RW);
	memcpy(code, c->bytes, c->insn.len);
	native.test = c;
	native.out = out;
	native.phase = ENTER;
	__asm__ volatile("int3" ::: "memory");
	memset(code, 0xcc, c->insn.len);
	memcpy(out->memory, (void *)ARENA, ARENA_RW);
}

/* Run bytes with RAX = a; what did it come to? */
static struct outcome
native_try(const char *bytes, size_t n, int mode, uint64_t rax, uint64_t flags)
{
	static struct test_case c;
	static struct outcome out;

	memset(&c, 0, sizeof(c));
	c.insn.len = (uint8_t)n;
	c.insn.mode = (uint8_t)mode;
	memcpy(c.bytes, bytes, n);
	c.regs.rip = CODE;
	c.regs.gpr[GPR_RSP] = ARENA + PAGE;
	c.regs.gpr[GPR_RAX] = rax;
	c.regs.rflags = 0x202 | flags;
	native_run(&c, &out);
	return out;
}

int
native_init(void)
{
	/* kernels may lack the 32-bit segment for programs of their own */
	const struct user_desc code = { .limit = 0xfffff,
		.limit_in_pages = 1,
		.seg_32bit = 1,
		.contents = MODIFY_LDT_CONTENTS_CODE };
	struct outcome out;

	if (!native_map(ARENA, ARENA_SIZE, PROT_READ | PROT_WRITE) ||
		!native_map(CODE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC))
		return -1;
	memset((void *)ARENA, 0, ARENA_RW);
	memset((void *)(ARENA + (uintptr_t)ARENA_RW), 0x5a, PAGE);
	mprotect((void *)(ARENA + (uintptr_t)ARENA_RW), PAGE, PROT_READ);
	memset((void *)CODE, 0xcc, PAGE);
	native_signals();
	syscall(SYS_modify_ldt, 0x11, &code, sizeof(code));
	syscall(SYS_arch_prctl, ARCH_SET_GS, GS_BASE);
	/* 64-bit code ignores these two, 32-bit code does not */
	__asm__ volatile("mov %0, %%ds; mov %0, %%es" ::"r"(DS_32));
	/* inc %eax is one byte in 32-bit code, and a prefix in 64-bit code */
	out = native_try("\x40", 1, CPU_MODE_32, 5, 0);
	native.has_32 = !out.fault && out.regs.gpr[GPR_RAX] == 6;
	out = native_try("\x8b\x00", 2, CPU_MODE_64, ARENA + 1, RFLAGS_AC);
	native.aligned = out.fault && out.what.vector == VEC_AC;
	return 0;
}

bool
native_has_32(void)
{
	return native.has_32;
}

bool
native_checks_alignment(void)
{
	return native.aligned;
}
