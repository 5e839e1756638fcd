/* SPDX-License-Identifier: MIT */
/* Processes: how they end, how they share the CPU, what they keep. */
#include "user/exercise/exercise.h"

#define MILLISECOND 1000000ul

static void
fault_null(struct work *w)
{
	(void)w;
	*(volatile int *)(work_below(w, 64) * 8) = 1;
}

static void
fault_kernel_read(struct work *w)
{
	work_saw(w, *(volatile uint64_t *)(0xffff800000000000ul + PAGE));
}

static void
fault_kernel_write(struct work *w)
{
	(void)w;
	*(volatile uint64_t *)0xffffffff80100000ul = 0;
}

static void
fault_not_canonical(struct work *w)
{
	work_saw(w, *(volatile uint64_t *)0x8000000000000000ul);
}

static void
fault_divide(struct work *w)
{
	volatile unsigned zero = 0;

	work_saw(w, 1 / zero);
}

static void
fault_undefined(struct work *w)
{
	(void)w;
	__asm__ volatile("ud2");
}

static void
fault_privileged(struct work *w)
{
	if (work_below(w, 2))
		__asm__ volatile("hlt");
	else
		__asm__ volatile("cli");
}

static void
fault_breakpoint(struct work *w)
{
	(void)w;
	__asm__ volatile("int3");
}

static void
fault_none(struct work *w)
{
	work_saw(w, work_next(w));
}

void
part_faults(struct work *w)
{
	static void (*const faults[])(struct work *) = { fault_null,
		fault_kernel_read, fault_kernel_write, fault_not_canonical,
		fault_divide, fault_undefined, fault_privileged,
		fault_breakpoint, fault_none };
	size_t n = sizeof(faults) / sizeof(faults[0]);

	for (unsigned i = 0; i < 2 * n; i++) {
		unsigned which = i < n ? i : (unsigned)work_below(w, n);

		work_next(w);
		work_saw(w, (uint64_t)work_child(w, faults[which]));
	}
}

/* A frame for IRETQ to the kernel's code segment. */
static void
forbidden_iret(struct work *w)
{
	(void)w;
	__asm__ volatile("pushq $0\n\t"
			 "pushq %%rsp\n\t"
			 "pushq $2\n\t"
			 "pushq $8\n\t"
			 "pushq $0x400000\n\t"
			 "iretq"
			 :
			 :
			 : "memory");
}

static void
forbidden_far_return(struct work *w)
{
	(void)w;
	__asm__ volatile("pushq $8; pushq $0x400000; lretq" : : : "memory");
}

static void
forbidden_register(struct work *w)
{
	if (work_below(w, 2))
		__asm__ volatile("movq %0, %%cr3" : : "r"(0ul));
	else
		__asm__ volatile("wrmsr" : : "c"(0xc0000080), "a"(0), "d"(0));
}

static void
forbidden_port(struct work *w)
{
	(void)w;
	__asm__ volatile("outb %%al, $0xf4" : : "a"(0));
}

/* Instructions that are none of a program's business. */
void
part_forbidden(struct work *w)
{
	static void (*const forbidden[])(struct work *) = { forbidden_iret,
		forbidden_far_return, forbidden_register, forbidden_port };
	size_t n = sizeof(forbidden) / sizeof(forbidden[0]);

	for (unsigned i = 0; i < 2 * n; i++) {
		work_next(w);
		work_saw(w, (uint64_t)work_child(w, forbidden[i % n]));
	}
}

/* Children that never give the CPU away cannot keep it. */
void
part_preempt(struct work *w)
{
	int pid[3], status;

	for (unsigned i = 0; i < 3; i++) {
		pid[i] = fork();
		if (pid[i] < 0)
			err(1, "fork");
		if (pid[i] == 0)
			for (volatile uint64_t n = 0;; n++)
				;
	}
	for (unsigned i = 0; i < 4; i++)
		nanosleep_for(work_below(w, 20) * MILLISECOND);
	for (unsigned i = 0; i < 3; i++) {
		kill(pid[i], SIGKILL);
		if (waitpid(pid[i], &status, 0) != pid[i])
			err(1, "waitpid");
		work_saw(w, (uint64_t)status);
	}
}

/* A long sum in registers, general and SSE, while others do the same. */
static void
child_registers(struct work *w)
{
	uint64_t a = work_next(w), b = work_next(w), c = work_next(w);
	double x = (double)(work_next(w) >> 40), y = 1.0;

	for (unsigned i = 0; i < 200000; i++) {
		a = a * 6364136223846793005ul + b;
		b ^= a >> 17;
		c += b << 3;
		x = x * 0.75 + (double)(i & 15);
		y = y * 0.5 + x;
	}
	work_saw(w, a ^ b ^ c);
	work_saw(w, (uint64_t)(x * 1024) + (uint64_t)(y * 1024));
}

void
part_registers(struct work *w)
{
	int pid[4], status;

	for (unsigned i = 0; i < 4; i++) {
		work_next(w);
		pid[i] = fork();
		if (pid[i] < 0)
			err(1, "fork");
		if (pid[i] == 0) {
			child_registers(w);
			_exit((int)(w->sum & 63));
		}
	}
	child_registers(w);
	for (unsigned i = 0; i < 4; i++) {
		waitpid(pid[i], &status, 0);
		work_saw(w, (uint64_t)status);
	}
}

static unsigned depth;

/* A tree of processes. */
static void
child_tree(struct work *w)
{
	depth++;
	if (depth == 4)
		return;
	for (unsigned i = 0; i < 2; i++) {
		work_next(w);
		work_saw(w, (uint64_t)work_child(w, child_tree));
	}
}

void
part_many(struct work *w)
{
	child_tree(w);
	depth = 0;
}

static void
child_exec(struct work *w)
{
	char number[24], *argv[] = { "sh", "-c", NULL, NULL };
	char *envp[] = { "A=b", NULL };
	char command[64];

	snprintf(number, sizeof(number), "%lu", work_below(w, 64));
	snprintf(command, sizeof(command), "exit %s", number);
	argv[2] = command;
	execve("/bin/sh", argv, envp);
	_exit(99);
}

static void
child_exec_nothing(struct work *w)
{
	char *argv[] = { "nothing", NULL };

	work_saw(w, (uint64_t)execve("/bin/nothing", argv, environ));
	work_saw(w, (uint64_t)errno);
}

void
part_exec(struct work *w)
{
	for (unsigned i = 0; i < 4; i++) {
		work_next(w);
		work_saw(w, (uint64_t)work_child(w, child_exec));
	}
	work_saw(w, (uint64_t)work_child(w, child_exec_nothing));
}

/* No sleep is shorter than asked for. */
void
part_sleep(struct work *w)
{
	for (unsigned i = 0; i < 6; i++) {
		uint64_t span = work_below(w, 15) * MILLISECOND;
		uint64_t before = uptime(), slept;

		nanosleep_for(span);
		slept = uptime() - before;
		work_saw(w, slept >= span);
		work_saw(w, slept < span + 200 * MILLISECOND);
	}
}
