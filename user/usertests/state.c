/* SPDX-License-Identifier: MIT */
/* What a program has in its registers when the kernel comes and goes. */
#include "user/usertests/usertests.h"

/* All that a system call must keep, filled before it and compared after it. */
static void
state_kept_by_calls(void)
{
	static const uint64_t pattern[12] = { 0x1111111111111111,
		0x2222222222222222, 0x3333333333333333, 0x4444444444444444,
		0x5555555555555555, 0x6666666666666666, 0x7777777777777777,
		0x8888888888888888, 0x9999999999999999, 0xaaaaaaaaaaaaaaaa,
		0xbbbbbbbbbbbbbbbb, 0xcccccccccccccccc };
	uint64_t after[12];

	for (int i = 0; i < 100; i++) {
		__asm__ volatile("push %%rbp; push %%rbx; push %0; push %1;"
				 "mov %0, %%rax;"
				 "mov 0(%%rax), %%rdi; mov 8(%%rax), %%rsi;"
				 "mov 16(%%rax), %%rdx; mov 24(%%rax), %%r10;"
				 "mov 32(%%rax), %%r8; mov 40(%%rax), %%r9;"
				 "mov 48(%%rax), %%rbx; mov 56(%%rax), %%rbp;"
				 "mov 64(%%rax), %%r12; mov 72(%%rax), %%r13;"
				 "mov 80(%%rax), %%r14; mov 88(%%rax), %%r15;"
				 "mov %2, %%eax; syscall;"
				 "pop %%rax;"
				 "mov %%rdi, 0(%%rax); mov %%rsi, 8(%%rax);"
				 "mov %%rdx, 16(%%rax); mov %%r10, 24(%%rax);"
				 "mov %%r8, 32(%%rax); mov %%r9, 40(%%rax);"
				 "mov %%rbx, 48(%%rax); mov %%rbp, 56(%%rax);"
				 "mov %%r12, 64(%%rax); mov %%r13, 72(%%rax);"
				 "mov %%r14, 80(%%rax); mov %%r15, 88(%%rax);"
				 "pop %%rax; pop %%rbx; pop %%rbp"
				 :
				 : "r"(pattern), "r"(after), "i"(SYS_yield)
				 : "rax", "rcx", "rdx", "rsi", "rdi", "r8",
				 "r9", "r10", "r11", "r12", "r13", "r14", "r15",
				 "cc", "memory");
		check_is(memcmp(pattern, after, sizeof(after)), 0);
	}
}
USERTEST(state_kept_by_calls);

/* Fills the SSE registers with a byte, and reads them back. */
static void
sse_fill(unsigned char byte)
{
	unsigned char v[16];

	memset(v, byte, sizeof(v));
	__asm__ volatile("movdqu (%0), %%xmm0; movdqa %%xmm0, %%xmm1;"
			 "movdqa %%xmm0, %%xmm2; movdqa %%xmm0, %%xmm3;"
			 "movdqa %%xmm0, %%xmm4; movdqa %%xmm0, %%xmm5;"
			 "movdqa %%xmm0, %%xmm6; movdqa %%xmm0, %%xmm7;"
			 "movdqa %%xmm0, %%xmm8; movdqa %%xmm0, %%xmm15"
			 :
			 : "r"(v)
			 : "memory");
}

static void
sse_read(unsigned char v[160])
{
	__asm__ volatile("movdqu %%xmm0, (%0); movdqu %%xmm1, 16(%0);"
			 "movdqu %%xmm2, 32(%0); movdqu %%xmm3, 48(%0);"
			 "movdqu %%xmm4, 64(%0); movdqu %%xmm5, 80(%0);"
			 "movdqu %%xmm6, 96(%0); movdqu %%xmm7, 112(%0);"
			 "movdqu %%xmm8, 128(%0); movdqu %%xmm15, 144(%0)"
			 :
			 : "r"(v)
			 : "memory");
}

/*
 * Fill, give others a chance, read back: in one assembler-only stretch as far
 * as the compiler is concerned, since it knows nothing of these registers.
 */
static void
sse_keep(void)
{
	unsigned char v[160], me = (unsigned char)getpid();

	for (int round = 0; round < 200; round++) {
		uint64_t spin = 20000, nr = SYS_yield;

		sse_fill(me);
		if (round % 2 == 0)
			__asm__ volatile("syscall"
					 : "+a"(nr)::"rcx", "r11", "memory");
		else
			__asm__ volatile("1: dec %0; jnz 1b"
					 : "+r"(spin)::"cc");
		sse_read(v);
		for (size_t i = 0; i < sizeof(v); i++)
			check_is(v[i], me);
	}
}

static void
state_sse_kept(void)
{
	int pids[4];

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = child_start(sse_keep);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		check_is(child_wait(pids[i]), 0);
}
USERTEST(state_sse_kept);

/* A new program gets nothing of the old one's SSE registers or MXCSR. */
static void
state_sse_control(void)
{
	uint32_t mxcsr = 0x9fc0, after;
	int pid;

	pid = fork();
	if (pid == 0) {
		__asm__ volatile("ldmxcsr %0" ::"m"(mxcsr));
		sched_yield();
		__asm__ volatile("stmxcsr %0" : "=m"(after));
		_exit(after != mxcsr);
	}
	check_is(child_wait(pid), 0);
	__asm__ volatile("stmxcsr %0" : "=m"(after));
	check_is(after, 0x1f80);
}
USERTEST(state_sse_control);

/* With this in RFLAGS a system call must do what it always does. */
static void
call_with_flags(uint64_t flags)
{
	int fd[2];
	char text[64];

	check_is(pipe(fd), 0);
	for (int i = 0; i < 10; i++) {
		long wrote, got, nr = SYS_yield;

		__asm__ volatile("pushfq; or %1, (%%rsp); popfq; syscall;"
				 "pushfq; andq %2, (%%rsp); popfq"
				 : "+a"(nr)
				 : "r"(flags), "r"(~flags)
				 : "rcx", "r11", "cc", "memory");
		wrote = SYS_write;
		__asm__ volatile("pushfq; or %1, (%%rsp); popfq; syscall;"
				 "pushfq; andq %2, (%%rsp); popfq"
				 : "+a"(wrote)
				 : "r"(flags), "r"(~flags), "D"(fd[1]),
				 "S"("0123456789"), "d"(10)
				 : "rcx", "r11", "cc", "memory");
		check_is(wrote, 10);
		got = SYS_read;
		__asm__ volatile("pushfq; or %1, (%%rsp); popfq; syscall;"
				 "pushfq; andq %2, (%%rsp); popfq"
				 : "+a"(got)
				 : "r"(flags), "r"(~flags), "D"(fd[0]),
				 "S"(text), "d"(64)
				 : "rcx", "r11", "cc", "memory");
		check_is(got, 10);
		check_is(memcmp(text, "0123456789", 10), 0);
	}
}

static void
state_direction_flag(void)
{
	call_with_flags(1 << 10);
}
USERTEST(state_direction_flag);

/* NT makes an IRET of the kernel fault if it is not cleared. */
static void
state_nested_task_flag(void)
{
	call_with_flags(1 << 14);
}
USERTEST(state_nested_task_flag);

/* AC would let the kernel touch user memory by mistake. */
static void
state_alignment_flag(void)
{
	call_with_flags(1 << 18);
}
USERTEST(state_alignment_flag);

static void
spin_with_nested_task(void)
{
	__asm__ volatile("pushfq; orl $0x4000, (%%rsp); popfq" ::
				 : "cc", "memory");
	for (uint64_t end = uptime() + 50000000; uptime() < end;)
		;
}

/* Interrupts too must not mind. */
static void
state_nested_task_interrupt(void)
{
	check_is(child_status(spin_with_nested_task), 0);
}
USERTEST(state_nested_task_interrupt);

/* The kernel has its own stack: the program's may be anything. */
static void
state_wild_stack(void)
{
	static const uint64_t stacks[] = { 0, 1, 0x10000, 0x0000800000000000,
		0xffffffff80000000, 0xffff800000000000, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++) {
		long pid = SYS_getpid;
		uint64_t spin = 3000000; /* some timer ticks */

		__asm__ volatile("mov %%rsp, %%r12; mov %2, %%rsp; syscall;"
				 "1: dec %1; jnz 1b; mov %%r12, %%rsp"
				 : "+a"(pid), "+r"(spin)
				 : "r"(stacks[i])
				 : "rcx", "r11", "r12", "cc", "memory");
		check_is(pid, getpid());
	}
}
USERTEST(state_wild_stack);

/* Segment registers that were changed, and the bases behind FS and GS. */
static void
state_segments(void)
{
	uint16_t null = 0;
	int pid = fork();

	if (pid == 0) {
		__asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs;"
				 "mov %0, %%gs"
				 :
				 : "r"(null)
				 : "memory");
		for (int i = 0; i < 20; i++)
			pause_ms(1);
		check_is(child_status(spin_with_nested_task), 0);
		_exit(0);
	}
	check_is(child_wait(pid), 0);
}
USERTEST(state_segments);
