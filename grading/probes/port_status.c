/* SPDX-License-Identifier: MIT */
/*
 * Ports that can end the machine: values that mean something else do not, and
 * reads never do.
 */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	for (unsigned value = 0; value < 256; value++) {
		if (value != 0xfe)
			outb(0x64, (uint8_t)value);
		if (!(value & 1))
			outb(0x92, (uint8_t)value);
		if (!(value & 4))
			outb(0xcf9, (uint8_t)value);
		if (!(value & 1))
			outb(0x505, (uint8_t)value);
		if ((value & 0x3c) != 0x20)
			outb(0x605, (uint8_t)value);
	}
	inl(0xf4);
	inb(0x64);
	inw(0x604);
	CHECK_IS(inb(0x505), 1);
	CHECK_IS(inb(0x92) & 1, 0);
	return 0;
}
