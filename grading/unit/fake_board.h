/* SPDX-License-Identifier: MIT */
/*
 * A board for device models under test: guest time is what the test says,
 * and what leaves the machine is remembered.  For a test's `links:` line:
 * grading/unit/fake_board.c, with what that links.
 */
#ifndef GRADING_UNIT_FAKE_BOARD_H
#define GRADING_UNIT_FAKE_BOARD_H

#include "vmm/dev/vbus.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fake_board {
	struct vbus bus;
	uint64_t now;	    /* guest time, ns */
	uint64_t boot_time; /* seconds since 1970 */
	unsigned kicks, rooms;
	unsigned stops; /* calls of stop; the first one's words: */
	enum vbus_stop reason;
	unsigned status;
	uint8_t out[4096]; /* what the guest printed */
	size_t out_length;
};

/* A board with every model that the test links, at time 0; never fails. */
void fake_board_start(struct fake_board *b);
void fake_board_end(struct fake_board *b);

/* Guest time goes on to ns, with a tick at each deadline on the way. */
void fake_board_run_to(struct fake_board *b, uint64_t ns);

/* Port accesses of the guest. */
uint64_t fake_in(struct fake_board *b, uint16_t port, unsigned size);
void fake_out(
	struct fake_board *b, uint16_t port, unsigned size, uint64_t value);
uint8_t inb(struct fake_board *b, uint16_t port);
void outb(struct fake_board *b, uint16_t port, uint8_t value);

#endif
