/* SPDX-License-Identifier: MIT */
/*
 * Lab 00 in the machine: the serial port, the kernel log, the memory map.
 *
 * A 16550 can hear itself (MCR bit 4, "loopback"), so what the driver of the
 * port sends is read back from the port, and so are the registers that it set.
 * QEMU's port always has room, so whether room was waited for is seen by
 * another witness: the CPU's breakpoints on ports (SDM 3B, 17.2.4).
 *
 * Over 400 lines because they are the whole of lab 00, and each is short.
 */
#include "grading/drivers/kernel/lib/port.h"
#include "grading/drivers/kernel/lib/stage.h"

#include "kernel/boot/boot.h"
#include "kernel/cpu/asm.h"
#include "kernel/cpu/gdt.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/dev/pic.h"
#include "kernel/dev/uart.h"
#include "kernel/lib/initcall.h"
#include "kernel/lib/klog.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

const bool driver_in_thread = false;

/* -- The serial port ------------------------------------------------------- */

/* Another speed, format and interrupts than the driver is to set. */
static void
port_spoil(struct dice *d)
{
	outb(LCR, LCR_DIVISOR);
	outb(DATA, (uint8_t)(2 + dice_below(d, 200)));
	outb(IER, (uint8_t)dice_below(d, 200));
	outb(LCR, (uint8_t)dice_below(d, 0x20) & 0x1c);
	outb(IER, 0x0f);
	outb(MCR, MCR_LOOPBACK);
}

static void
play_line(struct dice *d, const void *how)
{
	unsigned divisor, format;

	(void)how;
	port_spoil(d);
	uart_setup_line();
	say("LCR %02x", inb(LCR));
	say("IER %02x", inb(IER) & 0x0f);
	outb(LCR, LCR_DIVISOR);
	divisor = inb(DATA) | (unsigned)inb(IER) << 8;
	outb(LCR, 3);
	say("divisor %u", divisor);
	/* once is enough */
	port_spoil(d);
	format = inb(LCR);
	uart_setup_line();
	say("a second time: LCR %s",
		inb(LCR) == format ? "left alone" : "set again");
}

/* What the port hears within a while; -1: nothing. */
static int
port_hears(void)
{
	for (unsigned i = 0; i < 100000; i++)
		if (inb(LSR) & LSR_RECEIVED)
			return inb(DATA);
	return -1;
}

static void
say_heard(const char *when)
{
	int c = port_hears();

	if (c < 0)
		say("%s: heard nothing", when);
	else
		say("%s: heard %02x", when, (unsigned)c);
}

static void
play_bytes(struct dice *d, const void *how)
{
	unsigned first = (unsigned)dice_next(d);

	(void)how;
	port_spoil(d);
	uart_write("", 0);
	say_heard("before anything is sent");
	for (unsigned i = 0; i < 256; i++) {
		char byte = (char)(first + 37 * i); /* each once */
		char when[16];

		uart_write(&byte, 1);
		snprintf(when, sizeof(when), "sent %02x", (uint8_t)byte);
		say_heard(when);
	}
}

/* -- Was it asked for room? ------------------------------------------------ */

#define DB_VECTOR 1
#define CR4_DE	  0x8ul
/* DR0 and DR1 are ports, of one byte */
#define DR7_PORTS (1ul << 1 | 1ul << 3 | 2ul << 16 | 2ul << 20)

struct cpu_frame;
static volatile unsigned port_burst; /* bytes that may follow on asking */
static volatile unsigned port_room, port_unasked;

/* A debug exception: DR0's port, the line status, was read, or DR1's, the
 * data, was written. */
static __attribute__((interrupt)) void
port_seen(struct cpu_frame *frame)
{
	uint64_t dr6;

	(void)frame;
	__asm__ volatile("mov %%dr6, %0; mov %1, %%dr6"
			 : "=&r"(dr6)
			 : "r"(0ul));
	if (dr6 & 1)
		port_room = port_burst;
	else if (port_room == 0)
		port_unasked++;
	else
		port_room--;
}

/* From now on port_seen() sees. */
static void
port_watch(unsigned burst)
{
	static uint64_t idt[2 * DB_VECTOR + 2] __attribute__((aligned(16)));
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) at = { sizeof(idt) - 1, (uint64_t)idt };
	uint64_t entry = (uint64_t)port_seen;

	port_burst = burst;
	port_room = port_unasked = 0;
	idt[2 * DB_VECTOR] = (entry & 0xffff) | SEL_KERNEL_CODE << 16 |
		0x8eull << 40 | (entry >> 16 & 0xffff) << 48;
	idt[2 * DB_VECTOR + 1] = entry >> 32;
	__asm__ volatile("lidt %0" : : "m"(at));
	write_cr4(read_cr4() | CR4_DE);
	__asm__ volatile(
		"mov %0, %%dr0; mov %1, %%dr1; mov %2, %%dr7"
		:
		: "r"((uint64_t)LSR), "r"((uint64_t)DATA), "r"(DR7_PORTS));
}

static void
port_unwatch(void)
{
	__asm__ volatile("mov %0, %%dr7" : : "r"(0ul));
}

static void
say_asked(struct dice *d, unsigned burst)
{
	static const char text[48];

	for (unsigned i = 0; i < 10; i++) {
		size_t n = 1 + dice_below(d, sizeof(text));

		port_watch(burst);
		uart_write(text, n);
		port_unwatch();
		say("%zu bytes sent, %u of them without asking for room", n,
			port_unasked);
	}
}

/* All of a text, in order: the port's FIFO keeps 16 bytes of it. */
static void
say_texts(struct dice *d)
{
	outb(MCR, MCR_LOOPBACK);
	outb(PORT + 2, 7); /* FIFO on, and empty */
	for (unsigned i = 0; i < 30; i++) {
		char text[17] = "................"; /* not to be sent */
		size_t n = 1 + dice_below(d, 16), heard = 0;

		for (size_t k = 0; k < n; k++)
			text[k] = (char)('a' + dice_below(d, 26));
		uart_write(text, n);
		say("sent %.*s", (int)n, text);
		memset(text, 0, sizeof(text));
		for (int c; heard < 16 && (c = port_hears()) >= 0;)
			text[heard++] = (char)c;
		say("heard %s, %zu bytes", heard ? text : "nothing", heard);
	}
}

LINKSET_DECLARE(struct initcall, initcalls);

/* The port's driver finds the FIFO, as at boot.  Nothing else is up but the
 * controller that its interrupt is to come through. */
static void
port_start(void)
{
	const struct initcall *call;

	irq_disable();
	pic_init();
	outb(MCR, 0);
	outb(PORT + 2, 7); /* nothing was received */
	linkset_for_each (call, initcalls)
		if (strcmp(call->name, "uart_init") == 0)
			call->fn();
}

static void
play_texts(struct dice *d, const void *how)
{
	(void)how;
	port_spoil(d);
	uart_write("x", 1); /* the line is set up now */
	say_texts(d);
	say_asked(d, 1);
	port_start();
	say_texts(d);
	say_asked(d, 16);
}

/* -- The log --------------------------------------------------------------- */

static char buffer[40000];

static void
say_log(uint64_t from)
{
	uint64_t pos = from;
	size_t n = klog_read(&pos, buffer, sizeof(buffer));

	say("log from %llu: %zu bytes up to %llu, %016llx",
		(unsigned long long)from, n, (unsigned long long)pos,
		(unsigned long long)digest(1, buffer, n));
}

/* Shown are warnings, and what else is said while the log is verbose. */
static void
say_shown(struct dice *d)
{
	bool verbose = dice_percent(d, 50), warning = dice_percent(d, 50);

	port_heard(); /* what was shown before */
	klog_set_verbose(verbose);
	if (warning)
		kwarn("a warning\n");
	else
		kprintf("a line\n");
	klog_set_verbose(false);
	say("%s, %s: %s", warning ? "a warning" : "a line",
		verbose ? "verbose" : "quiet",
		port_heard() ? "shown" : "not shown");
}

static void
log_line(struct dice *d)
{
	kprintf("line %u of %s\n", (unsigned)dice_below(d, 100000),
		dice_percent(d, 50) ? "a log" : "what was said before it");
}

static void
play_log(struct dice *d, const void *how)
{
	uint64_t start = klog_end();

	(void)how;
	for (unsigned i = 0; i < 30; i++) {
		uint64_t pos = klog_end();

		log_line(d);
		say("log ends %llu later",
			(unsigned long long)(klog_end() - pos));
		buffer[klog_read(&pos, buffer, 200)] = '\0';
		say("it says %s", buffer);
	}
	say("all: %llu bytes", (unsigned long long)(klog_end() - start));
}

static void
play_shown(struct dice *d, const void *how)
{
	(void)how;
	port_spoil(d);
	for (unsigned i = 0; i < 12; i++)
		say_shown(d);
}

/* In small pieces, while more is said. */
static void
play_pieces(struct dice *d, const void *how)
{
	uint64_t pos = klog_end();

	(void)how;
	for (unsigned i = 0; i < 200; i++) {
		char piece[33] = "";
		size_t n;

		if (dice_percent(d, 40))
			log_line(d);
		n = klog_read(&pos, piece, dice_below(d, sizeof(piece)));
		piece[n] = '\0';
		say("%zu bytes: %s", n, piece);
	}
}

static void
play_wrap(struct dice *d, const void *how)
{
	(void)how;
	for (unsigned i = 0; i < 3000; i++)
		log_line(d);
	say_log(0);
	say_log(klog_end() - 32768);
	say_log(klog_end() - 1);
	say_log(klog_end());
	for (unsigned i = 0; i < 20; i++)
		say_log(klog_end() - dice_below(d, 60000));
}

static void
play_cut(struct dice *d, const void *how)
{
	(void)how;
	for (unsigned i = 0; i < 40; i++) {
		size_t n = i < 30 ? 240 + i : 230 + dice_below(d, 600);
		uint64_t pos = klog_end();

		memset(buffer, 'a' + (int)dice_below(d, 26), n);
		buffer[n] = '\0';
		kprintf("%s\n", buffer);
		n = klog_read(&pos, buffer, 1000);
		say("%zu bytes, digest %016llx, the last %02x", n,
			(unsigned long long)digest(2, buffer, n),
			n ? (uint8_t)buffer[n - 1] : 0);
	}
}

/* -- The memory map -------------------------------------------------------- */

static void
play_memory_map(struct dice *d, const void *how)
{
	static struct bootinfo info;

	(void)how;
	for (unsigned i = 0; i < 60; i++) {
		uint64_t start = dice_value(d), size = dice_value(d);
		bool ram = dice_percent(d, 50);

		boot_add_memory(
			&info, start, dice_percent(d, 15) ? 0 : size, ram);
		say("ranges %zu", info.memory_count);
	}
	for (size_t i = 0; i < info.memory_count && i < BOOT_MEMORY_MAX; i++)
		say("%llx, %llx bytes, %s",
			(unsigned long long)info.memory[i].start,
			(unsigned long long)info.memory[i].size,
			info.memory[i].ram ? "RAM" : "not RAM");
	say("protocol untouched: %d", info.protocol == NULL);
}

static void
play_everything(struct dice *d, const void *how)
{
	play_bytes(d, how);
	play_texts(d, how);
	play_log(d, how);
	play_shown(d, how);
	play_cut(d, how);
	play_wrap(d, how);
	play_memory_map(d, how);
}

const struct scenario scenarios[] = {
	{ "line", play_line, NULL },
	{ "bytes", play_bytes, NULL },
	{ "texts", play_texts, NULL },
	{ "log", play_log, NULL },
	{ "log-is-shown", play_shown, NULL },
	{ "log-in-pieces", play_pieces, NULL },
	{ "log-wraps", play_wrap, NULL },
	{ "log-cuts-a-line", play_cut, NULL },
	{ "memory-map", play_memory_map, NULL },
	{ "everything", play_everything, NULL },
	{ NULL, NULL, NULL },
};
