/* SPDX-License-Identifier: MIT */
/*
 * One counter of the 8254 (vpit.c has the whole device).
 *
 * Nothing counts here: a counter's value and output follow from the time and
 * from when it was loaded, so reading them is arithmetic.  Times are clocks
 * of the PIT since power-on.
 *
 * Left out: a new count in modes 2 and 3 starts a new cycle at once, not at
 * the end of the present one.
 *
 * Intel 8254 data sheet.
 */
#ifndef VMM_DEV_VPIT_COUNTER_H
#define VMM_DEV_VPIT_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#define VPIT_COUNT_MAX 0x10000
#define VPIT_NO_EDGE   UINT64_MAX

enum vpit_state {
	VPIT_WAITING, /* for a count, or for the gate's edge */
	VPIT_RUNNING,
	VPIT_HELD, /* by the gate */
	VPIT_STATES
};

struct vpit_counter {
	uint64_t start;	 /* clock at which counting began, while it runs */
	uint64_t held;	 /* clocks counted when the gate stopped it */
	uint32_t count;	 /* 1 to VPIT_COUNT_MAX */
	uint8_t state;	 /* enum vpit_state */
	uint8_t control; /* access, mode and BCD bits of the control word */
	uint8_t low;	 /* the byte that was written first */
	uint8_t status;	 /* latched by read-back */
	uint16_t latch;	 /* latched count */
	bool gate;
	bool null;		    /* a count is awaited */
	bool write_high, read_high; /* two-byte access: the high one is next */
	bool count_latched, status_latched;
};

/* The state after power-on: mode 0, waiting for a count. */
void vpit_counter_reset(struct vpit_counter *c, bool gate);

/* The mode, 0 to 5; the bit patterns 6 and 7 are 2 and 3 as well. */
unsigned vpit_counter_mode(const struct vpit_counter *c);

/* The level of the output. */
bool vpit_counter_out(const struct vpit_counter *c, uint64_t now);

/* The clock of the next rising edge of the output, or VPIT_NO_EDGE. */
uint64_t vpit_counter_next_edge(const struct vpit_counter *c, uint64_t now);

/* A control word for this counter: its low 6 bits (0x30 clear: latch). */
void vpit_counter_control(struct vpit_counter *c, uint64_t now, uint8_t word);

/* Read-back: latch the count, the status, or both. */
void vpit_counter_latch(struct vpit_counter *c, uint64_t now);
void vpit_counter_latch_status(struct vpit_counter *c, uint64_t now);

/* A byte is written to or read from the counter's port. */
void vpit_counter_write(struct vpit_counter *c, uint64_t now, uint8_t byte);
uint8_t vpit_counter_read(struct vpit_counter *c, uint64_t now);

/* The level of the gate input changes. */
void vpit_counter_gate(struct vpit_counter *c, uint64_t now, bool gate);

#endif
