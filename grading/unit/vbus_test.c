/* SPDX-License-Identifier: MIT */
/*
 * The device bus: who answers, how accesses are cut, interrupts and time.
 */
/* links: vmm/dev/vbus.c vmm/dev/vbus_range.c vmm/state.c
 * grading/unit/fake_board.c grading/unit/fake_kernel.c */
#include "vmm/dev/vbus.h"

#include "grading/unit/fake_board.h"
#include "grading/unit/fake_kernel.h"
#include "kernel/abi/errno.h"
#include "kernel/lib/list.h"
#include "vmm/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A device that remembers the accesses to it and answers with its bytes. */
struct probe {
	struct device dev;
	unsigned count, ticks;
	struct vaccess last[8];
	bool level[VBUS_LINES];
	uint64_t saved;
};

static void
probe_access(struct device *dev, struct vaccess *access)
{
	struct probe *p = container_of(dev, struct probe, dev);

	if (!access->write)
		access->value = 0x8877665544332211 >> access->offset * 8;
	if (p->count < 8)
		p->last[p->count] = *access;
	p->count++;
}

static void
probe_set(struct device *dev, unsigned line, bool level)
{
	container_of(dev, struct probe, dev)->level[line] = level;
	vbus_intr_set(dev, level);
}

static int
probe_ack(struct device *dev)
{
	vbus_intr_set(dev, false);
	return 0x33;
}

static const struct irqchip_ops probe_irqchip = { probe_set, probe_ack };

static int
probe_init(struct device *dev)
{
	int err = vbus_claim_ports(dev, 0x100, 8, 1, probe_access);

	if (!err)
		err = vbus_claim_ports(dev, 0x108, 4, 4, probe_access);
	if (!err)
		err = vbus_claim_ports(dev, 0xffff, 1, 4, probe_access);
	if (!err)
		err = vbus_claim_mmio(dev, 0xfee00000, 0x1000, 8, probe_access);
	return err ? err : vbus_add_irqchip(dev, &probe_irqchip);
}

static void
probe_reset(struct device *dev)
{
	container_of(dev, struct probe, dev)->count = 0;
	vbus_deadline_set(dev, VBUS_NEVER);
}

static void
probe_tick(struct device *dev, uint64_t now)
{
	container_of(dev, struct probe, dev)->ticks++;
	vbus_deadline_set(dev, now + 100);
}

static void
probe_save(struct device *dev, struct state_writer *w)
{
	state_put_u64(w, container_of(dev, struct probe, dev)->saved);
}

static int
probe_load(struct device *dev, struct state_reader *r)
{
	uint64_t saved = state_get_u64(r);

	if (r->bad)
		return -EINVAL;
	container_of(dev, struct probe, dev)->saved = saved;
	return 0;
}

static const struct device_ops probe_ops = {
	.name = "probe",
	.size = sizeof(struct probe),
	.init = probe_init,
	.reset = probe_reset,
	.tick = probe_tick,
	.save = probe_save,
	.load = probe_load,
};
DEVICE(probe_ops);

static struct fake_board board;
static struct probe *probe;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_board_start(&board);
	probe = (struct probe *)vbus_find(&board.bus, "probe");
	return !probe;
}

static int
teardown(void **state)
{
	(void)state;
	fake_board_end(&board);
	return 0;
}

static void
vbus_access_reaches_its_range(void **state)
{
	(void)state;
	assert_int_equal(inb(&board, 0x103), 0x44);
	assert_int_equal(probe->count, 1);
	assert_int_equal(probe->last[0].offset, 3);
	assert_int_equal(probe->last[0].size, 1);
	assert_false(probe->last[0].write);
}

static void
vbus_write_carries_its_value(void **state)
{
	(void)state;
	fake_out(&board, 0x108, 4, 0xffffffff12345678);
	assert_int_equal(probe->count, 1);
	assert_int_equal(probe->last[0].value, 0x12345678);
	assert_true(probe->last[0].write);
}

static void
vbus_unclaimed_reads_are_ones_of_their_width(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_int_equal(fake_in(&board, 0x200, 1), 0xff);
	assert_int_equal(fake_in(&board, 0x200, 2), 0xffff);
	assert_int_equal(fake_in(&board, 0x200, 4), 0xffffffff);
	assert_int_equal(vbus_io(&board.bus, 0x200, 1, false, &value), -ENXIO);
	assert_int_equal(vbus_io(&board.bus, 0x200, 1, true, &value), -ENXIO);
	assert_int_equal(probe->count, 0);
}

static void
vbus_wide_access_is_split_to_the_width(void **state)
{
	(void)state;
	assert_int_equal(fake_in(&board, 0x102, 4), 0x66554433);
	assert_int_equal(probe->count, 4);
	fake_out(&board, 0x100, 2, 0xbbaa);
	assert_int_equal(probe->last[4].value, 0xaa);
	assert_int_equal(probe->last[5].value, 0xbb);
}

static void
vbus_straddling_access_is_split_between_ranges(void **state)
{
	(void)state;
	/* one byte at 0x107, then two and one at 0x108 */
	assert_int_equal(fake_in(&board, 0x107, 4), 0x33221188);
	assert_int_equal(probe->count, 3);
	assert_int_equal(probe->last[1].size, 2);
	assert_int_equal(probe->last[2].offset, 2);
	/* two bytes of the range, two of nothing */
	assert_int_equal(fake_in(&board, 0x10a, 4), 0xffff4433);
}

static void
vbus_access_beyond_the_last_port_does_not_wrap(void **state)
{
	(void)state;
	assert_int_equal(fake_in(&board, 0xffff, 4), 0xffffff11);
	assert_int_equal(probe->count, 1);
}

static void
vbus_mmio_of_8_bytes(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_int_equal(
		vbus_mmio(&board.bus, 0xfee01000, 8, false, &value), -ENXIO);
	assert_int_equal(
		vbus_mmio(&board.bus, 0x100, 8, false, &value), -ENXIO);
	assert_int_equal(probe->count, 0);
	assert_int_equal(
		vbus_mmio(&board.bus, 0xfee00000, 8, false, &value), 0);
	assert_int_equal(value, 0x8877665544332211);
	assert_int_equal(probe->count, 1);
}

static void
vbus_overlapping_claims_are_refused(void **state)
{
	struct device *dev = &probe->dev;

	(void)state;
	assert_int_equal(
		vbus_claim_ports(dev, 0xff, 2, 1, probe_access), -EBUSY);
	assert_int_equal(
		vbus_claim_ports(dev, 0x10b, 1, 1, probe_access), -EBUSY);
	assert_int_equal(
		vbus_claim_mmio(dev, 0, UINT64_MAX, 1, probe_access), -EBUSY);
	assert_int_equal(vbus_claim_ports(dev, 0x10c, 1, 1, probe_access), 0);
	assert_int_equal(vbus_claim_mmio(dev, 0x100, 8, 1, probe_access), 0);
}

static void
vbus_senseless_claims_are_refused(void **state)
{
	struct device *dev = &probe->dev;

	(void)state;
	assert_int_equal(
		vbus_claim_ports(dev, 0x300, 0, 1, probe_access), -EINVAL);
	assert_int_equal(
		vbus_claim_ports(dev, 0xfff0, 17, 1, probe_access), -EINVAL);
	assert_int_equal(
		vbus_claim_mmio(dev, UINT64_MAX, 2, 1, probe_access), -EINVAL);
}

static void
vbus_claims_end_with_no_space(void **state)
{
	int err = 0;
	unsigned i;

	(void)state;
	for (i = 0; !err && i < 2 * VBUS_RANGES_MAX; i++)
		err = vbus_claim_ports(
			&probe->dev, (uint16_t)(0x400 + i), 1, 1, probe_access);
	assert_int_equal(err, -ENOSPC);
}

static void
vbus_interrupt_goes_to_the_controller_and_kicks(void **state)
{
	(void)state;
	assert_false(vbus_irq_pending(&board.bus));
	vbus_irq_set(&board.bus, 5, true);
	assert_true(probe->level[5]);
	assert_true(vbus_irq_pending(&board.bus));
	assert_int_equal(board.kicks, 1);
	assert_int_equal(vbus_irq_ack(&board.bus), 0x33);
	assert_false(vbus_irq_pending(&board.bus));
	assert_int_equal(vbus_irq_ack(&board.bus), -ENOENT);
}

static void
vbus_tick_comes_at_the_deadline(void **state)
{
	(void)state;
	assert_int_equal(vbus_deadline(&board.bus), VBUS_NEVER);
	vbus_deadline_set(&probe->dev, 50);
	assert_int_equal(vbus_deadline(&board.bus), 50);
	board.now = 49;
	vbus_tick(&board.bus);
	assert_int_equal(probe->ticks, 0);
	board.now = 50;
	vbus_tick(&board.bus);
	assert_int_equal(probe->ticks, 1);
	assert_int_equal(vbus_deadline(&board.bus), 150);
}

static void
vbus_init_without_memory_leaves_nothing(void **state)
{
	struct vbus bus = { 0 };

	(void)state;
	fake_allocations_left = 0;
	assert_int_equal(vbus_init(&bus, board.bus.owner), -ENOMEM);
	vbus_fini(&bus);
	fake_allocations_left = SIZE_MAX;
}

static void
vbus_state_round_trip(void **state)
{
	struct state_writer w;
	struct state_reader r;
	uint8_t buf[64];

	(void)state;
	probe->saved = 0x1234;
	state_writer_init(&w, buf, sizeof(buf));
	vbus_save(&board.bus, &w);
	assert_false(w.full);
	probe->saved = 0;
	state_reader_init(&r, buf, w.len);
	assert_int_equal(vbus_load(&board.bus, &r), 0);
	assert_int_equal(probe->saved, 0x1234);
	assert_int_equal(r.at, w.len);
}

static void
vbus_state_that_is_cut_or_renamed_is_refused(void **state)
{
	struct state_writer w;
	struct state_reader r;
	uint8_t buf[64];
	size_t len;

	(void)state;
	state_writer_init(&w, buf, sizeof(buf));
	vbus_save(&board.bus, &w);
	for (len = 0; len < w.len; len++) {
		state_reader_init(&r, buf, len);
		assert_int_equal(vbus_load(&board.bus, &r), -EINVAL);
	}
	buf[5] ^= 1;
	state_reader_init(&r, buf, w.len);
	assert_int_equal(vbus_load(&board.bus, &r), -EINVAL);
}

static void
vbus_save_into_a_small_buffer_says_so(void **state)
{
	struct state_writer w;
	uint8_t buf[20];

	(void)state;
	state_writer_init(&w, buf, sizeof(buf));
	vbus_save(&board.bus, &w);
	assert_true(w.full);
	assert_true(w.len <= sizeof(buf));
}

#define bus_test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		bus_test(vbus_access_reaches_its_range),
		bus_test(vbus_write_carries_its_value),
		bus_test(vbus_unclaimed_reads_are_ones_of_their_width),
		bus_test(vbus_wide_access_is_split_to_the_width),
		bus_test(vbus_straddling_access_is_split_between_ranges),
		bus_test(vbus_access_beyond_the_last_port_does_not_wrap),
		bus_test(vbus_mmio_of_8_bytes),
		bus_test(vbus_overlapping_claims_are_refused),
		bus_test(vbus_senseless_claims_are_refused),
		bus_test(vbus_claims_end_with_no_space),
		bus_test(vbus_interrupt_goes_to_the_controller_and_kicks),
		bus_test(vbus_tick_comes_at_the_deadline),
		bus_test(vbus_init_without_memory_leaves_nothing),
		bus_test(vbus_state_round_trip),
		bus_test(vbus_state_that_is_cut_or_renamed_is_refused),
		bus_test(vbus_save_into_a_small_buffer_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
