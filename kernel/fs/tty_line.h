/* SPDX-License-Identifier: MIT */
/*
 * The terminal's line discipline: what becomes of typed bytes.  Pure: the
 * caller holds the lock and writes the echo.  See tty_line.c.
 */
#ifndef KERNEL_FS_TTY_LINE_H
#define KERNEL_FS_TTY_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TTY_LINE_SIZE 4096 /* entries of the ring; a power of two */

/* What a typed byte has led to. */
enum tty_event {
	TTY_NOTHING,
	TTY_READABLE, /* there is more to read now */
	TTY_INTERRUPT /* ^C: end the foreground group */
};

struct tty_line {
	void (*echo)(struct tty_line *line, const char *s, size_t n);
	bool raw;

	/*
	 * Positions count entries for ever, ring[position % SIZE]:
	 * tail <= commit <= head <= tail + SIZE.  From tail to commit can be
	 * read; from commit to head is the line that is being edited.
	 */
	uint16_t ring[TTY_LINE_SIZE]; /* a byte, or TTY_LINE_EOF */
	uint32_t tail, commit, head;
};

/* An empty line in cooked mode; echo may be called by tty_line_input. */
void tty_line_init(struct tty_line *line,
	void (*echo)(struct tty_line *line, const char *s, size_t n));

/*
 * Is there room for another byte, or somebody who could make some?  When
 * not, bytes should wait at the sender until something was read: otherwise
 * tty_line_input drops them.
 */
bool tty_line_has_room(const struct tty_line *line);

/* A byte was typed. */
enum tty_event tty_line_input(struct tty_line *line, uint8_t c);

/*
 * Read up to n > 0 bytes; in cooked mode at most one line, with its newline.
 * Returns the count, 0 for the end of file (^D, in cooked mode), or -1 when
 * there is nothing to read.
 */
int64_t tty_line_read(struct tty_line *line, void *buf, size_t n);

/* Would tty_line_read find something? */
bool tty_line_readable(const struct tty_line *line);

/* Change the mode.  What is being edited can be read at once in raw mode. */
void tty_line_set_raw(struct tty_line *line, bool raw);

#endif
