/* SPDX-License-Identifier: MIT */
/* Counting and remembering exits, and what they look like as text. */
/* links: vmm/trace_format.c vmm/emul/insn.c kernel/lib/append.c */
#include "vmm/trace.h"

#include "vmm/emul/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct trace trace;
static struct vcpu_regs regs;
static char text[8192];

static int
setup(void **state)
{
	(void)state;
	memset(&trace, 0, sizeof(trace));
	memset(&regs, 0, sizeof(regs));
	regs.rip = 0x1000;
	return 0;
}

static void
expect_text(const struct vmexit *x, const char *line)
{
	struct trace_entry *e = trace_next(&trace);
	size_t pos = 0;

	e->x = *x;
	trace_exit(&trace, e, &regs);
	trace_format_exit(e, text, sizeof(text), &pos);
	assert_string_equal(text, line);
}

static void
trace_says_what_an_exit_was(void **state)
{
	struct vmexit x = { .reason = VMEXIT_CPUID };

	(void)state;
	regs.gpr[GPR_RAX] = 0x123456789abcdef0;
	regs.gpr[GPR_RCX] = 0xc0000080;
	regs.gpr[GPR_RDX] = 1;
	expect_text(&x, "cpuid leaf 0x9abcdef0.c0000080 at 0x1000\n");
	x = (struct vmexit){ .reason = VMEXIT_MSR, .msr.write = true };
	expect_text(&x, "msr write 0xc0000080 = 0x19abcdef0 at 0x1000\n");
	x = (struct vmexit){ .reason = VMEXIT_IO,
		.io = { .port = 0xf4, .size = 1, .write = true } };
	expect_text(&x, "io out8 port 0xf4 = 0xf0 at 0x1000\n");
	x.io = (typeof(x.io)){
		.port = 0x60, .size = 2, .string = true, .rep = true
	};
	expect_text(&x, "io rep ins16 port 0x60 at 0x1000\n");
	x = (struct vmexit){ .reason = VMEXIT_CR,
		.cr = { .cr = 3, .gpr = 7, .kind = CR_WRITE } };
	expect_text(&x, "cr mov to cr3, register 7 at 0x1000\n");
	x = (struct vmexit){ .reason = VMEXIT_FAULT,
		.fault = { .gpa = 0xfee00000, .access = ACCESS_WRITE } };
	expect_text(&x, "fault write gpa 0xfee00000 at 0x1000\n");
	x = (struct vmexit){ .reason = VMEXIT_INSN, .insn.op = INSN_INVD };
	expect_text(&x, "insn INVD at 0x1000\n");
	x = (struct vmexit){ .reason = VMEXIT_EXCEPTION,
		.exception = { .vector = 14,
			.has_error = true,
			.error = 2,
			.address = 0x8000 } };
	expect_text(
		&x, "exception vector 14 error 0x2 address 0x8000 at 0x1000\n");
}

static void
trace_names_every_reason(void **state)
{
	(void)state;
	for (unsigned i = 0; i < VMEXIT_REASONS; i++)
		assert_non_null(vmexit_name(i));
	assert_string_equal(vmexit_name(VMEXIT_REASONS), "?");
}

static void
trace_counts_by_reason(void **state)
{
	struct vmexit x;
	size_t pos = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		struct trace_entry *e = trace_next(&trace);

		e->x.reason = i % 4 ? VMEXIT_IO : VMEXIT_HLT;
		trace_exit(&trace, e, &regs);
	}
	trace.injected[EVENT_IRQ] = 3;
	x = (struct vmexit){ .reason = VMEXIT_EMULATE, .insn.op = INSN_CLI };
	trace_insn(&trace, &x, false);
	trace_insn(&trace, &x, true);
	trace_insn(&trace, &x, true);
	trace_format_counts(&trace, text, sizeof(text), &pos);
	assert_string_equal(text,
		"io         75\nhlt        25\ntotal      100\n"
		"injected interrupts 3\nlooked-ahead emulate 2\n"
		"emulated CLI 1 2\n");
}

static void
trace_remembers_the_last_exits_in_order(void **state)
{
	size_t pos = 0;
	unsigned lines = 0;

	(void)state;
	for (regs.rip = 0; regs.rip < 200; regs.rip++) {
		struct trace_entry *e = trace_next(&trace);

		e->x.reason = VMEXIT_HLT;
		trace_exit(&trace, e, &regs);
	}
	trace_format_ring(&trace, text, sizeof(text), &pos);
	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	assert_int_equal(lines, TRACE_RING);
	assert_memory_equal(text, "hlt at 0x88\n", 12); /* 200 - 64 */
	assert_string_equal(text + pos - 12, "hlt at 0xc7\n");
}

static void
trace_text_is_cut_to_the_buffer(void **state)
{
	struct trace_entry *e = trace_next(&trace);
	size_t pos = 0;

	(void)state;
	e->x.reason = VMEXIT_SHUTDOWN;
	trace_exit(&trace, e, &regs);
	memset(text, 'x', sizeof(text));
	trace_format_ring(&trace, text, 10, &pos);
	assert_string_equal(text, "shutdown ");
	assert_int_equal(text[10], 'x');
}

#define trace_test(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		trace_test(trace_says_what_an_exit_was),
		trace_test(trace_names_every_reason),
		trace_test(trace_counts_by_reason),
		trace_test(trace_remembers_the_last_exits_in_order),
		trace_test(trace_text_is_cut_to_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
