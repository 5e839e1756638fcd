/* SPDX-License-Identifier: MIT */
/*
 * The clock reads as a time of day; its memory is the guest's own, zero at
 * first, and its periodic interrupt needs register C to be read.
 */
#include "grading/probes/lib/probe.h"

static uint8_t
cmos_read(uint8_t index)
{
	outb(0x70, index);
	return inb(0x71);
}

static void
cmos_write(uint8_t index, uint8_t value)
{
	outb(0x70, index);
	outb(0x71, value);
}

static unsigned
from_bcd(uint8_t value)
{
	CHECK((value & 15) < 10);
	return (value >> 4) * 10u + (value & 15);
}

static volatile unsigned taken;

static bool
take(struct trap_frame *frame)
{
	(void)frame;
	taken++;
	pic_eoi(8);
	return true;
}

int
main(void)
{
	CHECK_IS(cmos_read(0x0d) & 0x80, 0x80); /* the battery is good */
	while (cmos_read(0x0a) & 0x80)
		cpu_pause();
	CHECK(from_bcd(cmos_read(0)) < 60);
	CHECK(from_bcd(cmos_read(2)) < 60);
	CHECK(from_bcd(cmos_read(4)) < 24);
	CHECK(from_bcd(cmos_read(7)) - 1 < 31);
	CHECK(from_bcd(cmos_read(8)) - 1 < 12);
	CHECK(from_bcd(cmos_read(9)) < 100);
	for (unsigned i = 0x40; i < 0x80; i++)
		CHECK_IS(cmos_read((uint8_t)i), 0);
	cmos_write(0x50, 0xa5);
	CHECK_IS(cmos_read(0x50), 0xa5);

	trap_handle_with(VEC_IRQ0 + 8, take);
	cmos_write(0x0b, 0x42); /* periodic, 24 hours; 1024 Hz from A */
	pic_init(1 << 8);	/* forgets what has come by now */
	cmos_read(0x0c);
	__asm__ volatile("sti; hlt; cli" : : : "memory");
	CHECK_IS(taken, 1);
	CHECK_IS(cmos_read(0x0c) & 0xc0, 0xc0);
	cmos_write(0x0b, 0x02);
	cmos_read(0x0c); /* of a period that ended meanwhile */
	CHECK_IS(cmos_read(0x0c) & 0x80, 0);
	return 0;
}
