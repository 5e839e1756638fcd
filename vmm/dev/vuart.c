/* SPDX-License-Identifier: MIT */
/*
 * The first serial port of a PC: a 16550A at 0x3f8, interrupt line 4.
 *
 * A virtual line has no speed: a byte that the guest sends reaches the
 * console within the same access, so the transmitter is always empty.  Bytes
 * for the guest wait in the receive FIFO, up to its depth; the console keeps
 * the rest and is told when there is room.
 *
 * The interrupt line is the OR of the enabled causes and changes only in
 * vuart_update().  "Transmitter empty" is the one cause with a memory: it
 * arises when a byte has been sent or the cause is enabled, and reading IIR
 * takes it back if it was the cause that IIR named.
 *
 * Left out: parity, framing and overrun errors, breaks and DMA, which a line
 * without speed and noise has not; the receive time-out is immediate, so
 * that no byte waits below the FIFO's trigger level.
 *
 * National Semiconductor PC16550D data sheet, 8.
 */
#include "vmm/dev/vbus.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "vmm/state.h"

#define VUART_PORT  0x3f8
#define VUART_PORTS 8
#define VUART_LINE  4
#define VUART_FIFO  16

enum vuart_register {
	UART_DATA = 0, /* divisor, low byte, with LCR_DLAB */
	UART_IER = 1,  /* divisor, high byte, with LCR_DLAB */
	UART_IIR = 2,  /* read */
	UART_FCR = 2,  /* write */
	UART_LCR = 3,
	UART_MCR = 4,
	UART_LSR = 5,
	UART_MSR = 6,
	UART_SCRATCH = 7
};

#define IER_RX	  0x01
#define IER_TX	  0x02
#define IER_LINE  0x04
#define IER_MODEM 0x08

#define IIR_MODEM   0x00
#define IIR_NONE    0x01
#define IIR_TX	    0x02
#define IIR_RX	    0x04
#define IIR_TIMEOUT 0x0c
#define IIR_FIFO    0xc0 /* FIFOs are on */

#define FCR_ENABLE   0x01
#define FCR_CLEAR_RX 0x02
#define FCR_TRIGGER  0xc0

#define LCR_DLAB 0x80

#define MCR_DTR	 0x01
#define MCR_RTS	 0x02
#define MCR_OUT1 0x04
#define MCR_OUT2 0x08 /* on a PC: lets the interrupt reach the line */
#define MCR_LOOP 0x10
#define MCR_ALL	 0x1f

#define LSR_RX	     0x01
#define LSR_TX_EMPTY 0x60 /* holding register and shifter */

/* Low half: which bit of the high half has changed since the last read. */
#define MSR_DELTA 0x0f
#define MSR_RI_UP 0x04 /* only the falling edge of RI sets this one */
#define MSR_CTS	  0x10
#define MSR_DSR	  0x20
#define MSR_RI	  0x40
#define MSR_DCD	  0x80

struct vuart {
	struct device dev;
	uint8_t ier, fcr, lcr, mcr, msr, scratch;
	uint16_t divisor;
	bool tx_event; /* "transmitter empty" is to be reported */
	uint8_t rx_head, rx_count;
	uint8_t rx[VUART_FIFO];
};

#define to_vuart(dev_) container_of(dev_, struct vuart, dev)

static unsigned
vuart_depth(const struct vuart *uart)
{
	return uart->fcr & FCR_ENABLE ? VUART_FIFO : 1;
}

/* The most urgent enabled cause, as IIR names it. */
static uint8_t
vuart_cause(const struct vuart *uart)
{
	static const uint8_t trigger[4] = { 1, 4, 8, 14 };

	if (uart->ier & IER_RX && uart->rx_count) {
		if (!(uart->fcr & FCR_ENABLE) ||
			uart->rx_count >= trigger[uart->fcr >> 6])
			return IIR_RX;
		return IIR_TIMEOUT;
	}
	if (uart->ier & IER_TX && uart->tx_event)
		return IIR_TX;
	if (uart->ier & IER_MODEM && uart->msr & MSR_DELTA)
		return IIR_MODEM;
	return IIR_NONE;
}

static void
vuart_update(struct vuart *uart)
{
	bool wired = uart->mcr & MCR_OUT2 && !(uart->mcr & MCR_LOOP);

	vbus_irq_set(uart->dev.bus, VUART_LINE,
		wired && vuart_cause(uart) != IIR_NONE);
}

static void
vuart_receive(struct vuart *uart, uint8_t byte)
{
	uart->rx[(uart->rx_head + uart->rx_count) % VUART_FIFO] = byte;
	uart->rx_count++;
}

/* Console input: as much as the FIFO holds; in loopback, none. */
static size_t
vuart_input(struct device *dev, const uint8_t *bytes, size_t n)
{
	struct vuart *uart = to_vuart(dev);
	size_t taken = 0;

	while (taken < n && uart->rx_count < vuart_depth(uart) &&
		!(uart->mcr & MCR_LOOP))
		vuart_receive(uart, bytes[taken++]);
	vuart_update(uart);
	return taken;
}

static uint8_t
vuart_read_data(struct vuart *uart)
{
	uint8_t byte = 0;

	if (!uart->rx_count)
		return 0;
	byte = uart->rx[uart->rx_head];
	uart->rx_head = (uart->rx_head + 1) % VUART_FIFO;
	if (!--uart->rx_count)
		uart->dev.bus->owner->console_room(uart->dev.bus);
	return byte;
}

static void
vuart_write_data(struct vuart *uart, uint8_t byte)
{
	if (!(uart->mcr & MCR_LOOP))
		uart->dev.bus->owner->console_out(uart->dev.bus, byte);
	else if (uart->rx_count < vuart_depth(uart))
		vuart_receive(uart, byte);
	uart->tx_event = true;
}

/* The modem inputs: a terminal that is there, or our own outputs. */
static void
vuart_update_modem(struct vuart *uart)
{
	uint8_t now = MSR_CTS | MSR_DSR | MSR_DCD, changed;

	if (uart->mcr & MCR_LOOP)
		now = (uart->mcr & MCR_RTS ? MSR_CTS : 0) |
			(uart->mcr & MCR_DTR ? MSR_DSR : 0) |
			(uart->mcr & MCR_OUT1 ? MSR_RI : 0) |
			(uart->mcr & MCR_OUT2 ? MSR_DCD : 0);
	changed = (uart->msr ^ now) >> 4;
	if (now & MSR_RI)
		changed &= ~MSR_RI_UP;
	uart->msr = now | (uart->msr & MSR_DELTA) | (changed & MSR_DELTA);
}

/*
 * Changing the mode does not throw away a byte that has arrived, as the chip
 * would: somebody may have typed ahead.
 */
static void
vuart_write_fcr(struct vuart *uart, uint8_t value)
{
	if (!(value & FCR_ENABLE))
		value = 0; /* the other bits need it */
	uart->fcr = value & (FCR_ENABLE | FCR_TRIGGER);
	if (value & FCR_CLEAR_RX || uart->rx_count > vuart_depth(uart))
		uart->rx_head = uart->rx_count = 0;
	uart->dev.bus->owner->console_room(uart->dev.bus);
}

static uint8_t
vuart_read(struct vuart *uart, enum vuart_register reg)
{
	uint8_t value;

	switch (reg) {
	case UART_DATA:
		if (uart->lcr & LCR_DLAB)
			return (uint8_t)uart->divisor;
		return vuart_read_data(uart);
	case UART_IER:
		if (uart->lcr & LCR_DLAB)
			return (uint8_t)(uart->divisor >> 8);
		return uart->ier;
	case UART_IIR:
		value = vuart_cause(uart);
		if (value == IIR_TX)
			uart->tx_event = false;
		return value | (uart->fcr & FCR_ENABLE ? IIR_FIFO : 0);
	case UART_LCR:
		return uart->lcr;
	case UART_MCR:
		return uart->mcr;
	case UART_LSR:
		return LSR_TX_EMPTY | (uart->rx_count ? LSR_RX : 0);
	case UART_MSR:
		value = uart->msr;
		uart->msr &= ~MSR_DELTA;
		return value;
	default:
		return uart->scratch;
	}
}

static void
vuart_write(struct vuart *uart, enum vuart_register reg, uint8_t value)
{
	bool dlab = uart->lcr & LCR_DLAB;

	switch (reg) {
	case UART_DATA:
		if (dlab)
			uart->divisor = (uart->divisor & 0xff00) | value;
		else
			vuart_write_data(uart, value);
		break;
	case UART_IER:
		if (dlab) {
			uart->divisor =
				(uint16_t)((uart->divisor & 0xff) | value << 8);
			break;
		}
		if (value & ~uart->ier & IER_TX)
			uart->tx_event = true;
		uart->ier = value & (IER_RX | IER_TX | IER_LINE | IER_MODEM);
		break;
	case UART_FCR:
		vuart_write_fcr(uart, value);
		break;
	case UART_LCR:
		uart->lcr = value;
		break;
	case UART_MCR:
		uart->mcr = value & MCR_ALL;
		vuart_update_modem(uart);
		if (!(uart->mcr & MCR_LOOP))
			uart->dev.bus->owner->console_room(uart->dev.bus);
		break;
	case UART_SCRATCH:
		uart->scratch = value;
		break;
	default: /* LSR and MSR are read-only */
		break;
	}
}

static void
vuart_access(struct device *dev, struct vaccess *access)
{
	struct vuart *uart = to_vuart(dev);
	enum vuart_register reg = (enum vuart_register)access->offset;

	if (access->write)
		vuart_write(uart, reg, (uint8_t)access->value);
	else
		access->value = vuart_read(uart, reg);
	vuart_update(uart);
}

static int
vuart_init(struct device *dev)
{
	return vbus_claim_ports(dev, VUART_PORT, VUART_PORTS, 1, vuart_access);
}

static void
vuart_reset(struct device *dev)
{
	struct vuart *uart = to_vuart(dev);

	*uart = (struct vuart){ .dev = uart->dev,
		.divisor = 12, /* 9600 baud, as firmware leaves it */
		.lcr = 3,      /* 8 bits, no parity, 1 stop bit */
		.msr = MSR_CTS | MSR_DSR | MSR_DCD };
	vuart_update(uart);
}

static void
vuart_save(struct device *dev, struct state_writer *w)
{
	struct vuart *uart = to_vuart(dev);

	state_put_u8(w, uart->ier);
	state_put_u8(w, uart->fcr);
	state_put_u8(w, uart->lcr);
	state_put_u8(w, uart->mcr);
	state_put_u8(w, uart->msr);
	state_put_u8(w, uart->scratch);
	state_put_u16(w, uart->divisor);
	state_put_u8(w, uart->tx_event);
	state_put_u8(w, uart->rx_head);
	state_put_u8(w, uart->rx_count);
	state_put_bytes(w, uart->rx, sizeof(uart->rx));
}

static int
vuart_load(struct device *dev, struct state_reader *r)
{
	struct vuart loaded = { .dev = to_vuart(dev)->dev };

	loaded.ier = state_get_u8(r);
	loaded.fcr = state_get_u8(r);
	loaded.lcr = state_get_u8(r);
	loaded.mcr = state_get_u8(r);
	loaded.msr = state_get_u8(r);
	loaded.scratch = state_get_u8(r);
	loaded.divisor = state_get_u16(r);
	loaded.tx_event = state_get_bool(r);
	loaded.rx_head = state_get_u8(r);
	loaded.rx_count = state_get_u8(r);
	state_get_bytes(r, loaded.rx, sizeof(loaded.rx));
	state_require(r,
		loaded.rx_head < VUART_FIFO &&
			loaded.rx_count <= vuart_depth(&loaded));
	state_require(r, !(loaded.ier & 0xf0) && !(loaded.mcr & ~MCR_ALL));
	if (r->bad)
		return -EINVAL;
	*to_vuart(dev) = loaded;
	vuart_update(to_vuart(dev));
	return 0;
}

static const struct device_ops vuart_ops = {
	.name = "vuart",
	.size = sizeof(struct vuart),
	.init = vuart_init,
	.reset = vuart_reset,
	.input = vuart_input,
	.save = vuart_save,
	.load = vuart_load,
};

DEVICE(vuart_ops);
