/* SPDX-License-Identifier: MIT */
/*
 * The end of the road so far.  It may be reached before anything works, so it
 * asks nothing of the rest of the kernel but ports: it sets up and polls the
 * serial port itself (a check may have it hear only itself, or a divisor half
 * set), says its line, and ends the machine as a panic does, on Bochs as well
 * (kernel/cpu/power.c).
 */
#include "kernel/lib/lab_todo.h"

#include "kernel/cpu/asm.h"
#include "kernel/cpu/power.h"

#define PORT_SERIAL 0x3f8
#define PORT_FORMAT 0x3fb
#define FORMAT_8N1  0x03 /* and DATA is no divisor */
#define PORT_MODEM  0x3fc
#define MODEM_READY 0x03 /* and no loopback */
#define PORT_STATUS 0x3fd
#define THR_EMPTY   0x20

static void
todo_print(const char *s)
{
	for (; *s; s++) {
		while (!(inb(PORT_STATUS) & THR_EMPTY))
			;
		outb(PORT_SERIAL, (uint8_t)*s);
	}
}

void
lab_todo(const char *what)
{
	outb(PORT_FORMAT, FORMAT_8N1);
	outb(PORT_MODEM, MODEM_READY);
	todo_print("\nlab_todo: ");
	todo_print(what);
	todo_print(" is yours to write\n");
	power_panic();
}
