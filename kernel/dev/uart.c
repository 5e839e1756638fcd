/* SPDX-License-Identifier: MIT */
/*
 * The 16550 serial port at 0x3f8 (National Semiconductor PC16550D, section
 * 8).  Output is polled, so that it works before and without interrupts:
 * when THRE says that the transmitter is empty, a whole FIFO's worth of
 * bytes goes out without asking again.  That matters in a guest, where each
 * port access is an exit.  Input comes by interrupt and goes to the terminal;
 * while that has no room, bytes stay in the port, so that the sender waits.
 *
 * The FIFO is turned on only when input can be taken: turning it on throws
 * away what has arrived, which may be what somebody typed ahead.
 */
#include "kernel/dev/uart.h"

#include "kernel/cpu/asm.h"
#include "kernel/cpu/irq.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/fs/tty.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/initcall.h"
#include "kernel/lib/printf.h"

#include <stdbool.h>
#include <stdint.h>

#define UART_BASE 0x3f8
#define UART_IRQ  4

enum uart_register {
	UART_DATA = UART_BASE + 0, /* receive and transmit; divisor, low */
	UART_IER = UART_BASE + 1,  /* interrupt enable; divisor, high */
	UART_FCR = UART_BASE + 2,  /* FIFO control, write only */
	UART_IIR = UART_BASE + 2,  /* interrupt identification, read only */
	UART_LCR = UART_BASE + 3,  /* line control */
	UART_MCR = UART_BASE + 4,  /* modem control */
	UART_LSR = UART_BASE + 5   /* line status */
};

#define IER_RECEIVED 0x01
#define FCR_ENABLE   0x01
#define IIR_FIFO     0xc0 /* both bits: there is a FIFO, and it works */
#define LCR_8N1	     0x03
#define LCR_DIVISOR  0x80
#define MCR_DTR_RTS  0x03
#define MCR_OUT2     0x08 /* on a PC: lets the interrupt out */
#define LSR_RECEIVED 0x01
#define LSR_THRE     0x20 /* transmitter holding register (FIFO) empty */
#define LSR_ABSENT   0xff /* what a port without a device reads as */

#define UART_DIVISOR   1 /* 115200 bits a second */
#define UART_FIFO_SIZE 16

static bool uart_ready; /* the line is set up */
static struct spinlock uart_input_lock = SPINLOCK_INIT("uart input");
static unsigned uart_burst = 1; /* bytes that fit when THRE is set */

/*
 * Line format and speed: the least that output needs.  8 bits, no parity, one
 * stop bit; the divisor for 115200 bits a second (data sheet, 8.3: it shows
 * while LCR's bit 7 is set); no interrupts.  Once: uart_ready says that it was
 * done, and then the port is left alone.  Any context, as for uart_write().
 */
void
uart_setup_line(void)
{
	if (uart_ready)
		return;
	outb(UART_IER, 0);
	outb(UART_LCR, LCR_8N1 | LCR_DIVISOR);
	outb(UART_DATA, UART_DIVISOR & 0xff);
	outb(UART_IER, UART_DIVISOR >> 8);
	outb(UART_LCR, LCR_8N1);
	uart_ready = true;
}

/*
 * Send n bytes as they are, in order.  The line is set up before the first of
 * all (uart_setup_line()).  While LSR's THRE is set the transmitter takes
 * uart_burst bytes one after another (1, or the FIFO's length where one is
 * known); before each such burst wait for it, with cpu_pause() in between.
 * Returns when the chip has the last byte.  No lock: one caller at a time; any
 * context.
 */
void
uart_write(const char *s, size_t n)
{
	uart_setup_line();
	while (n > 0) {
		while (!(inb(UART_LSR) & LSR_THRE))
			cpu_pause();
		for (unsigned i = 0; i < uart_burst && n > 0; i++, n--)
			outb(UART_DATA, (uint8_t)*s++);
	}
}

void
uart_receive(void)
{
	spin_lock(&uart_input_lock);
	while (tty_has_room() && (inb(UART_LSR) & LSR_RECEIVED))
		tty_input(inb(UART_DATA));
	spin_unlock(&uart_input_lock);
}

static void
uart_interrupt(void *arg)
{
	(void)arg;
	uart_receive();
}

/* Until there is nothing to lose, with nothing between the look and the switch:
 * no branch, for both are bit 0.  (A 0 leaves the FIFO off, and what has
 * arrived alone.) */
static void
uart_enable_fifo(void)
{
	uint8_t received;

	do {
		received = inb(UART_LSR) & LSR_RECEIVED;
		outb(UART_FCR, received ^ FCR_ENABLE);
		if (received)
			tty_input(inb(UART_DATA));
	} while (received);
}

static void
uart_init(void)
{
	int err;

	if (inb(UART_LSR) == LSR_ABSENT) {
		kprintf("uart: no serial port at 0x%x: no input\n", UART_BASE);
		return;
	}
	err = irq_register(UART_IRQ, uart_interrupt, NULL);
	if (err) {
		kwarn("uart: no interrupt %d (%s): no input\n", UART_IRQ,
			errno_text(err));
		return;
	}
	irq_disable();
	/* not later: it turns interrupts off */
	uart_setup_line();
	uart_enable_fifo();
	if ((inb(UART_IIR) & IIR_FIFO) == IIR_FIFO)
		uart_burst = UART_FIFO_SIZE;
	outb(UART_MCR, MCR_DTR_RTS | MCR_OUT2);
	outb(UART_IER, IER_RECEIVED);
	irq_enable();
}
INITCALL(INIT_DEVICE, uart_init);
