/* SPDX-License-Identifier: MIT */
/*
 * A VM's state as bytes: what save hooks write and load hooks read.
 *
 * Little-endian numbers one after another, without names or padding.  Both
 * ends are bounded and sticky: a writer that ran out of room and a reader
 * that ran out of bytes (or was told of a bad value) stay so, and later calls
 * do nothing, so a hook is a plain list of calls and only the end is checked.
 * A saved state may come from a file: whoever loads one checks each value
 * that it could not have saved.
 */
#ifndef VMM_STATE_H
#define VMM_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct state_writer {
	uint8_t *buf;
	size_t size; /* of buf */
	size_t len;  /* bytes written */
	bool full;   /* something did not fit */
};

struct state_reader {
	const uint8_t *buf;
	size_t len; /* of buf */
	size_t at;  /* bytes read */
	bool bad;   /* too short, or a value was refused */
};

void state_writer_init(struct state_writer *w, void *buf, size_t size);
void state_put_bytes(struct state_writer *w, const void *bytes, size_t n);
void state_put_u8(struct state_writer *w, uint8_t value);
void state_put_u16(struct state_writer *w, uint16_t value);
void state_put_u32(struct state_writer *w, uint32_t value);
void state_put_u64(struct state_writer *w, uint64_t value);

void state_reader_init(struct state_reader *r, const void *buf, size_t len);

/* Copy the next n bytes; zeros once the reader is bad. */
void state_get_bytes(struct state_reader *r, void *bytes, size_t n);

/* The next number; 0 once the reader is bad. */
uint8_t state_get_u8(struct state_reader *r);
uint16_t state_get_u16(struct state_reader *r);
uint32_t state_get_u32(struct state_reader *r);
uint64_t state_get_u64(struct state_reader *r);

/* The next byte, which must be 0 or 1. */
bool state_get_bool(struct state_reader *r);

/* Make the reader bad unless cond holds. */
void state_require(struct state_reader *r, bool cond);

#endif
