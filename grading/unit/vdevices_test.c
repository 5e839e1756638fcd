/* SPDX-License-Identifier: MIT */
/* All models together: hostile accesses, and saved state. */
/* links: vmm/dev/vpic.c vmm/dev/vpit.c vmm/dev/vpit_counter.c
 * vmm/dev/vuart.c vmm/dev/vrtc.c vmm/dev/calendar.c vmm/dev/vpower.c
 * vmm/dev/vbus.c vmm/dev/vbus_range.c vmm/state.c
 * grading/unit/fake_board.c grading/unit/fake_kernel.c */
#include "grading/unit/fake_board.h"
#include "grading/unit/fake_kernel.h"
#include "kernel/abi/errno.h"
#include "vmm/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct fake_board board;
#define b (&board)

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_board_start(b);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fake_board_end(b);
	return 0;
}

#define STATE_MAX 4096

/* Numbers that look random and are the same in every run. */
static uint64_t seed;

static uint64_t
next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static size_t
save(uint8_t *buf)
{
	struct state_writer w;

	state_writer_init(&w, buf, STATE_MAX);
	vbus_save(&b->bus, &w);
	assert_false(w.full);
	return w.len;
}

static int
load(const uint8_t *buf, size_t len)
{
	struct state_reader r;

	state_reader_init(&r, buf, len);
	return vbus_load(&b->bus, &r);
}

/* Some thousand accesses to ports where something is, and time passing. */
static void
churn(unsigned n)
{
	static const uint16_t ports[] = { 0x20, 0x21, 0xa0, 0xa1, 0x40, 0x41,
		0x42, 0x43, 0x61, 0x70, 0x71, 0x3f8, 0x3f9, 0x3fa, 0x3fb, 0x3fc,
		0x3fd, 0x3fe, 0x3ff, 0x4d0, 0x4d1, 0x92, 0x604 };
	uint8_t typed[4] = "abc";

	while (n--) {
		uint64_t r = next_random();
		uint16_t port = ports[r % (sizeof(ports) / sizeof(ports[0]))];

		if (r >> 8 & 1)
			fake_out(b, port, 1u << (r >> 9) % 3, r >> 16);
		else
			fake_in(b, port, 1u << (r >> 9) % 3);
		b->now += r >> 32 & 0xfffff;
		vbus_tick(&b->bus);
		if (vbus_irq_pending(&b->bus) && r >> 20 & 1)
			assert_in_range(vbus_irq_ack(&b->bus), 0, 255);
		if (!(r >> 21 & 15))
			vbus_console_in(&b->bus, typed, sizeof(typed));
	}
}

static void
vdevices_all_models_fit_one_machine(void **state)
{
	(void)state;
	assert_non_null(vbus_find(&b->bus, "vpic"));
	assert_non_null(vbus_find(&b->bus, "vpit"));
	assert_non_null(vbus_find(&b->bus, "vuart"));
	assert_non_null(vbus_find(&b->bus, "vrtc"));
	assert_non_null(vbus_find(&b->bus, "vpower"));
	assert_null(vbus_find(&b->bus, "vnothing"));
}

static void
vdevices_every_port_stands_every_access(void **state)
{
	uint32_t port;
	unsigned size;

	(void)state;
	seed = 1;
	for (port = 0; port <= 0xffff; port++)
		for (size = 1; size <= 4; size *= 2) {
			uint64_t mask = (1ull << size * 8) - 1;

			fake_out(b, (uint16_t)port, size, next_random());
			assert_int_equal(
				fake_in(b, (uint16_t)port, size) & ~mask, 0);
			b->now += 1000;
			vbus_tick(&b->bus);
		}
	assert_true(b->stops > 0);
}

static void
vdevices_stand_random_use(void **state)
{
	(void)state;
	seed = 2;
	churn(200000);
}

static void
vdevices_state_round_trip(void **state)
{
	uint8_t first[STATE_MAX], second[STATE_MAX];
	unsigned i;
	size_t n;

	(void)state;
	seed = 3;
	for (i = 0; i < 50; i++) {
		churn(200);
		n = save(first);
		vbus_reset(&b->bus);
		assert_int_equal(load(first, n), 0);
		assert_int_equal(save(second), n);
		assert_memory_equal(first, second, n);
	}
}

static void
vdevices_loaded_state_goes_on_the_same_way(void **state)
{
	uint8_t start[STATE_MAX], one[STATE_MAX], two[STATE_MAX];
	uint64_t now;
	size_t n;

	(void)state;
	seed = 4;
	churn(1000);
	n = save(start);
	now = b->now;
	seed = 5;
	churn(1000);
	save(one);
	b->now = now;
	vbus_reset(&b->bus);
	assert_int_equal(load(start, n), 0);
	seed = 5;
	churn(1000);
	save(two);
	assert_memory_equal(one, two, n);
}

static void
vdevices_state_cut_anywhere_is_refused(void **state)
{
	uint8_t buf[STATE_MAX];
	size_t n, cut;

	(void)state;
	seed = 6;
	churn(500);
	n = save(buf);
	for (cut = 0; cut < n; cut++)
		assert_int_equal(load(buf, cut), -EINVAL);
}

static void
vdevices_corrupted_state_is_refused_or_harmless(void **state)
{
	uint8_t good[STATE_MAX], bad[STATE_MAX];
	unsigned i, refused = 0;
	size_t n;

	(void)state;
	seed = 7;
	churn(500);
	n = save(good);
	for (i = 0; i < 3000; i++) {
		memcpy(bad, good, n);
		bad[next_random() % n] = (uint8_t)next_random();
		if (load(bad, n))
			refused++;
		churn(5);
	}
	assert_true(refused > 100);
	assert_int_equal(load(good, n), 0);
}

#define model_test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		model_test(vdevices_all_models_fit_one_machine),
		model_test(vdevices_every_port_stands_every_access),
		model_test(vdevices_stand_random_use),
		model_test(vdevices_state_round_trip),
		model_test(vdevices_loaded_state_goes_on_the_same_way),
		model_test(vdevices_state_cut_anywhere_is_refused),
		model_test(vdevices_corrupted_state_is_refused_or_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
