/* SPDX-License-Identifier: MIT */
/*
 * The interrupt controller: what is masked waits, what is in service keeps
 * lesser ones out until EOI, and a request that goes away is spurious (8259A
 * data sheet).
 */
#include "grading/probes/lib/probe.h"

#define OCW3_IRR 0x0a
#define OCW3_ISR 0x0b

static volatile unsigned timer, serial, spurious;

static bool
take_timer(struct trap_frame *frame)
{
	(void)frame;
	timer++; /* no EOI: that is the test's */
	return true;
}

static bool
take_serial(struct trap_frame *frame)
{
	(void)frame;
	serial++;
	inb(0x3fa);
	return true;
}

static uint8_t
pic_read(uint8_t what)
{
	outb(0x20, what);
	return inb(0x20);
}

static void
timer_request(void)
{
	pit_once(2);
	while (!(pic_read(OCW3_IRR) & 1))
		cpu_pause();
}

static void
open_window(void)
{
	__asm__ volatile("sti; nop; nop; nop; nop; cli");
}

static void
check_mask(void)
{
	outb(0x21, 0xff);
	timer_request();
	open_window();
	CHECK_IS(timer, 0);
	CHECK_IS(inb(0x21), 0xff);
	outb(0x21, 0xfe);
	open_window();
	CHECK_IS(timer, 1);
	CHECK_IS(pic_read(OCW3_ISR) & 1, 1);
	CHECK_IS(pic_read(OCW3_IRR) & 1, 0);
}

/* The timer is in service: neither it nor a lesser one comes. */
static void
check_in_service(void)
{
	outb(0x21, 0xee);
	outb(0x3fc, 0x08);
	outb(0x3f9, 0x02);
	timer_request();
	open_window();
	CHECK_IS(timer, 1);
	CHECK_IS(serial, 0);
	pic_eoi(0);
	open_window();
	CHECK_IS(timer, 2);
	CHECK_IS(serial, 0);
	pic_eoi(0);
	open_window();
	CHECK_IS(serial, 1);
	CHECK_IS(pic_read(OCW3_ISR), 0x10);
	outb(0x20, 0x60 | 4); /* specific EOI */
	CHECK_IS(pic_read(OCW3_ISR), 0);
}

/* The level of the serial line goes away again before it is taken. */
static void
check_withdrawn(void)
{
	outb(0x3f9, 0x00);
	outb(0x3f9, 0x02);
	CHECK_IS(pic_read(OCW3_IRR) & 0x10, 0x10);
	outb(0x3f9, 0x00);
	open_window();
	CHECK(serial + spurious <= 2);
	CHECK_IS(timer, 2);
}

static bool
take_spurious(struct trap_frame *frame)
{
	(void)frame;
	spurious++;
	return true;
}

int
main(void)
{
	trap_handle_with(VEC_IRQ0, take_timer);
	trap_handle_with(VEC_IRQ0 + 4, take_serial);
	trap_handle_with(VEC_IRQ0 + 7, take_spurious);
	pic_init(1);
	check_mask();
	check_in_service();
	check_withdrawn();
	return 0;
}
