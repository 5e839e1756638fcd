/* SPDX-License-Identifier: MIT */
/*
 * Events: what exceptions make of each other, in which order things are
 * delivered, and when a window is asked for.  The engine is a fake that
 * remembers what it was told; the interrupt controller is a number.
 */
/* links: vmm/event.c vmm/event_merge.c */
#include "vmm/event.h"

#include "vmm/board.h"
#include "vmm/engine.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct vbus bus;
static struct vm vm;
static struct vcpu vcpu;
static struct event injected;
static unsigned injections;
static bool window;
static int irq_vector; /* what the controller answers */

int
board_irq_ack(struct vm *of)
{
	assert_ptr_equal(of, &vm);
	bus.intr = 0;
	return irq_vector;
}

static void
fake_inject(struct vcpu *of, const struct event *ev)
{
	assert_ptr_equal(of, &vcpu);
	injected = *ev;
	injections++;
}

static void
fake_window(struct vcpu *of, bool on)
{
	assert_ptr_equal(of, &vcpu);
	window = on;
}

static const struct cpu_engine engine = {
	.name = "fake",
	.inject = fake_inject,
	.irq_window = fake_window,
};

static int
setup(void **state)
{
	(void)state;
	memset(&bus, 0, sizeof(bus));
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&injected, 0, sizeof(injected));
	injections = 0;
	window = false;
	irq_vector = 0x40;
	vm.bus = &bus;
	vcpu.vm = &vm;
	vcpu.engine = &engine;
	vcpu.events.irq_taken = -1;
	vcpu.regs.rflags = RFLAGS_IF;
	return 0;
}

static void
expect_injected(uint8_t kind, uint8_t vector)
{
	vcpu.events.waiting = true;
	injections = 0;
	assert_true(event_prepare(&vcpu));
	assert_int_equal(injections, 1);
	assert_int_equal(injected.kind, kind);
	assert_int_equal(injected.vector, vector);
}

static void
expect_nothing_injected(void)
{
	vcpu.events.waiting = true;
	injections = 0;
	assert_true(event_prepare(&vcpu));
	assert_int_equal(injections, 0);
}

static void
merge_follows_the_table(void **state)
{
	static const struct {
		uint8_t first, second;
		enum event_merge result;
	} table[] = {
		{ VEC_DB, VEC_GP, MERGE_SECOND },
		{ VEC_DB, VEC_PF, MERGE_SECOND },
		{ VEC_BP, VEC_DB, MERGE_SECOND },
		{ VEC_DE, VEC_DB, MERGE_SECOND },
		{ VEC_DE, VEC_DE, MERGE_DOUBLE },
		{ VEC_TS, VEC_NP, MERGE_DOUBLE },
		{ VEC_SS, VEC_GP, MERGE_DOUBLE },
		{ VEC_GP, VEC_TS, MERGE_DOUBLE },
		{ VEC_GP, VEC_PF, MERGE_SECOND },
		{ VEC_PF, VEC_DB, MERGE_SECOND },
		{ VEC_PF, VEC_UD, MERGE_SECOND },
		{ VEC_PF, VEC_GP, MERGE_DOUBLE },
		{ VEC_PF, VEC_PF, MERGE_DOUBLE },
		{ VEC_DF, VEC_DB, MERGE_SECOND },
		{ VEC_DF, VEC_GP, MERGE_SHUTDOWN },
		{ VEC_DF, VEC_PF, MERGE_SHUTDOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(event_merge(table[i].first, table[i].second),
			table[i].result);
}

static void
error_codes_belong_to_eight_vectors(void **state)
{
	unsigned bits = 0;

	(void)state;
	for (unsigned i = 0; i < 256; i++)
		if (event_has_error((uint8_t)i))
			bits |= 1u << i;
	assert_int_equal(bits, 0x27d00);
}

static void
nothing_waits_nothing_happens(void **state)
{
	(void)state;
	assert_true(event_prepare(&vcpu));
	expect_nothing_injected();
	assert_false(window);
	assert_false(event_pending(&vcpu));
}

static void
exception_is_delivered_with_its_error(void **state)
{
	(void)state;
	event_queue(&vcpu, VEC_GP, 0x18);
	assert_true(event_pending(&vcpu));
	expect_injected(EVENT_EXCEPTION, VEC_GP);
	assert_true(injected.has_error);
	assert_int_equal(injected.error, 0x18);
	expect_nothing_injected();
}

static void
exceptions_that_meet_make_a_double_fault(void **state)
{
	const struct event first = { EVENT_EXCEPTION, VEC_GP, true, 0x10 };

	(void)state;
	event_interrupted(&vcpu, &first);
	event_queue(&vcpu, VEC_NP, 0x20);
	expect_injected(EVENT_EXCEPTION, VEC_DF);
	assert_true(injected.has_error);
	assert_int_equal(injected.error, 0);
}

static void
fault_during_a_double_fault_shuts_down(void **state)
{
	const struct event first = { EVENT_EXCEPTION, VEC_DF, true, 0 };

	(void)state;
	event_interrupted(&vcpu, &first);
	event_queue(&vcpu, VEC_PF, 0);
	assert_false(event_prepare(&vcpu));
}

static void
interrupted_event_is_delivered_again(void **state)
{
	const struct event irq = { EVENT_IRQ, 0x31, false, 0 };

	(void)state;
	event_interrupted(&vcpu, &irq);
	vcpu.regs.rflags = 0; /* it was taken already: IF does not count */
	expect_injected(EVENT_IRQ, 0x31);
}

static void
interrupt_waits_for_if(void **state)
{
	(void)state;
	bus.intr = 1;
	vcpu.regs.rflags = 0;
	expect_nothing_injected();
	assert_true(window);
	assert_false(event_pending(&vcpu));
	vcpu.events.window = window = false; /* it has come */
	vcpu.regs.rflags = RFLAGS_IF;
	assert_true(event_pending(&vcpu));
	expect_injected(EVENT_IRQ, 0x40);
	assert_false(window);
}

static void
interrupt_waits_for_the_end_of_the_shadow(void **state)
{
	(void)state;
	bus.intr = 1;
	vcpu.events.shadow = true;
	expect_nothing_injected();
	assert_true(window);
}

static void
interrupt_that_went_away_is_not_delivered(void **state)
{
	(void)state;
	bus.intr = 1;
	irq_vector = -2;
	expect_nothing_injected();
	assert_false(window);
}

static void
exception_goes_before_an_interrupt(void **state)
{
	(void)state;
	bus.intr = 1;
	event_queue(&vcpu, VEC_UD, 0);
	expect_injected(EVENT_EXCEPTION, VEC_UD);
	assert_true(window);
	expect_injected(EVENT_IRQ, 0x40);
	assert_false(window);
}

static void
interrupt_that_an_exception_pushed_aside_is_not_lost(void **state)
{
	const struct event irq = { EVENT_IRQ, 0x31, false, 0 };

	(void)state;
	event_interrupted(&vcpu, &irq);
	event_queue(&vcpu, VEC_AC, 0);
	expect_injected(EVENT_EXCEPTION, VEC_AC);
	vcpu.regs.rflags = 0;
	expect_nothing_injected();
	vcpu.regs.rflags = RFLAGS_IF;
	expect_injected(EVENT_IRQ, 0x31);
}

static void
window_is_asked_for_once(void **state)
{
	(void)state;
	bus.intr = 1;
	vcpu.regs.rflags = 0;
	expect_nothing_injected();
	expect_nothing_injected();
	assert_int_equal(vcpu.trace.windows, 1);
}

#define event_test(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		event_test(merge_follows_the_table),
		event_test(error_codes_belong_to_eight_vectors),
		event_test(nothing_waits_nothing_happens),
		event_test(exception_is_delivered_with_its_error),
		event_test(exceptions_that_meet_make_a_double_fault),
		event_test(fault_during_a_double_fault_shuts_down),
		event_test(interrupted_event_is_delivered_again),
		event_test(interrupt_waits_for_if),
		event_test(interrupt_waits_for_the_end_of_the_shadow),
		event_test(interrupt_that_went_away_is_not_delivered),
		event_test(exception_goes_before_an_interrupt),
		event_test(
			interrupt_that_an_exception_pushed_aside_is_not_lost),
		event_test(window_is_asked_for_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
