/* SPDX-License-Identifier: MIT */
/*
 * Bounded writing and reading of saved state (state.h).  x86 is
 * little-endian, so a number's bytes in memory are its bytes in the stream.
 */
#include "vmm/state.h"

#include "kernel/lib/string.h"

void
state_writer_init(struct state_writer *w, void *buf, size_t size)
{
	*w = (struct state_writer){ .buf = buf, .size = size };
}

void
state_put_bytes(struct state_writer *w, const void *bytes, size_t n)
{
	if (w->full || n > w->size - w->len) {
		w->full = true;
		return;
	}
	memcpy(w->buf + w->len, bytes, n);
	w->len += n;
}

void
state_put_u8(struct state_writer *w, uint8_t value)
{
	state_put_bytes(w, &value, sizeof(value));
}

void
state_put_u16(struct state_writer *w, uint16_t value)
{
	state_put_bytes(w, &value, sizeof(value));
}

void
state_put_u32(struct state_writer *w, uint32_t value)
{
	state_put_bytes(w, &value, sizeof(value));
}

void
state_put_u64(struct state_writer *w, uint64_t value)
{
	state_put_bytes(w, &value, sizeof(value));
}

void
state_reader_init(struct state_reader *r, const void *buf, size_t len)
{
	*r = (struct state_reader){ .buf = buf, .len = len };
}

void
state_get_bytes(struct state_reader *r, void *bytes, size_t n)
{
	if (r->bad || n > r->len - r->at) {
		r->bad = true;
		memset(bytes, 0, n);
		return;
	}
	memcpy(bytes, r->buf + r->at, n);
	r->at += n;
}

uint8_t
state_get_u8(struct state_reader *r)
{
	uint8_t value;

	state_get_bytes(r, &value, sizeof(value));
	return value;
}

uint16_t
state_get_u16(struct state_reader *r)
{
	uint16_t value;

	state_get_bytes(r, &value, sizeof(value));
	return value;
}

uint32_t
state_get_u32(struct state_reader *r)
{
	uint32_t value;

	state_get_bytes(r, &value, sizeof(value));
	return value;
}

uint64_t
state_get_u64(struct state_reader *r)
{
	uint64_t value;

	state_get_bytes(r, &value, sizeof(value));
	return value;
}

bool
state_get_bool(struct state_reader *r)
{
	uint8_t value = state_get_u8(r);

	state_require(r, value <= 1);
	return value;
}

void
state_require(struct state_reader *r, bool cond)
{
	if (!cond)
		r->bad = true;
}
