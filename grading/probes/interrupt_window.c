/* SPDX-License-Identifier: MIT */
/*
 * An interrupt that comes while IF is off is delivered once, and only once,
 * when IF goes on; many that come meanwhile on one edge-triggered line are
 * one; one line does not hide another.
 */
/* exits: 60000 */
#include "grading/probes/lib/probe.h"

static volatile unsigned timer, serial;

static bool
take_timer(struct trap_frame *frame)
{
	(void)frame;
	timer++;
	pic_eoi(0);
	return true;
}

static bool
take_serial(struct trap_frame *frame)
{
	(void)frame;
	serial++;
	inb(0x3fa); /* IIR: what it was about is read, and so done */
	pic_eoi(4);
	return true;
}

static uint8_t
requests(void)
{
	outb(0x20, 0x0a);
	return inb(0x20);
}

static void
open_window(void)
{
	__asm__ volatile("sti; nop; nop; nop; nop; cli");
}

int
main(void)
{
	trap_handle_with(VEC_IRQ0, take_timer);
	trap_handle_with(VEC_IRQ0 + 4, take_serial);
	pic_init(1 << 0 | 1 << 4);
	for (unsigned i = 1; i <= 50; i++) {
		pit_once(2);
		while (!(requests() & 1))
			cpu_pause();
		CHECK_IS(timer, i - 1);
		open_window();
		CHECK_IS(timer, i);
		open_window();
		CHECK_IS(timer, i);
	}
	outb(0x3fc, 0x08); /* OUT2: the line is wired to the PIC */
	outb(0x3f9, 0x02); /* the transmitter is empty: interrupt */
	pit_once(2);
	while (!(requests() & 1))
		cpu_pause();
	CHECK(requests() & 0x10);
	timer = 0;
	open_window();
	CHECK_IS(timer, 1);
	CHECK_IS(serial, 1);
	return 0;
}
