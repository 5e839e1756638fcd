/* SPDX-License-Identifier: MIT */
/*
 * The line discipline.  In cooked mode a line can be edited until it is
 * ended, and only then be read:
 *
 *	backspace, DEL	erase a character
 *	^W		erase a word
 *	^U		erase the line
 *	^C		throw away all input, interrupt the foreground group
 *	^D		end the line without a newline; alone: end of file
 *	CR		is a newline
 *
 * In raw mode every byte can be read at once, and nothing is echoed.  A ^D
 * that was typed before, ahead of a shell that edits its lines itself, is read
 * as the byte that it was.
 *
 * Erasing knows UTF-8: the bytes of a character go together, and a character
 * takes one column.  Control characters, tabs included, are echoed as ^X,
 * which takes two.
 */
#include "kernel/fs/tty_line.h"

#include "kernel/lib/string.h"

#define CTRL(c) ((c)&0x1f)

/* ^D, typed in cooked mode: no byte there, and the byte ^D in raw mode. */
#define TTY_LINE_EOF (0x100 | CTRL('D'))

#define BELL '\a'
#define DEL  0x7f

_Static_assert((TTY_LINE_SIZE & (TTY_LINE_SIZE - 1)) == 0,
	"positions wrap at a power of two");

static uint16_t *
tty_line_at(struct tty_line *line, uint32_t position)
{
	return &line->ring[position % TTY_LINE_SIZE];
}

static void
tty_line_echo(struct tty_line *line, uint8_t c)
{
	char text[2] = { '^', (char)(c ^ 0x40) };

	if (c == '\n' || (c >= ' ' && c != DEL))
		line->echo(line, (const char *)&c, 1);
	else
		line->echo(line, text, sizeof(text));
}

/*
 * Add an entry behind what is being edited.  One place is kept for what ends
 * the line, so that a line that is too long can still be ended.
 */
static bool
tty_line_add(struct tty_line *line, uint16_t entry, uint32_t keep)
{
	if (line->head - line->tail >= TTY_LINE_SIZE - keep)
		return false;
	*tty_line_at(line, line->head++) = entry;
	return true;
}

/* Erase the last character of what is being edited; there is one. */
static void
tty_line_erase(struct tty_line *line)
{
	uint16_t c;
	int columns;

	do
		c = *tty_line_at(line, --line->head);
	while ((c & 0xc0) == 0x80 && line->head != line->commit);
	columns = c < ' ' || c == DEL ? 2 : 1;
	while (columns-- > 0)
		line->echo(line, "\b \b", 3);
}

static bool
tty_line_ends_in_blank(struct tty_line *line)
{
	uint16_t c = *tty_line_at(line, line->head - 1);

	return c == ' ' || c == '\t';
}

static void
tty_line_erase_word(struct tty_line *line)
{
	while (line->head != line->commit && tty_line_ends_in_blank(line))
		tty_line_erase(line);
	while (line->head != line->commit && !tty_line_ends_in_blank(line))
		tty_line_erase(line);
}

/* End the line with a newline or TTY_LINE_EOF: it can be read now. */
static enum tty_event
tty_line_end(struct tty_line *line, uint16_t entry)
{
	if (!tty_line_add(line, entry, 0)) {
		line->echo(line, (const char[]){ BELL }, 1);
		return TTY_NOTHING;
	}
	if (entry == '\n')
		tty_line_echo(line, '\n');
	line->commit = line->head;
	return TTY_READABLE;
}

static enum tty_event
tty_line_cooked(struct tty_line *line, uint8_t c)
{
	switch (c) {
	case '\r':
	case '\n':
		return tty_line_end(line, '\n');
	case CTRL('D'):
		return tty_line_end(line, TTY_LINE_EOF);
	case CTRL('C'):
		line->tail = line->commit = line->head;
		line->echo(line, "^C\n", 3);
		return TTY_INTERRUPT;
	case CTRL('U'):
		while (line->head != line->commit)
			tty_line_erase(line);
		return TTY_NOTHING;
	case CTRL('W'):
		tty_line_erase_word(line);
		return TTY_NOTHING;
	case '\b':
	case DEL:
		if (line->head != line->commit)
			tty_line_erase(line);
		return TTY_NOTHING;
	default:
		if (tty_line_add(line, c, 1))
			tty_line_echo(line, c);
		else
			line->echo(line, (const char[]){ BELL }, 1);
		return TTY_NOTHING;
	}
}

void
tty_line_init(struct tty_line *line,
	void (*echo)(struct tty_line *line, const char *s, size_t n))
{
	memset(line, 0, sizeof(*line));
	line->echo = echo;
}

bool
tty_line_has_room(const struct tty_line *line)
{
	/*
	 * A line that fills the ring alone must go on: it can still be edited
	 * and ended, and nobody reads before.
	 */
	return line->head - line->tail < TTY_LINE_SIZE - 1 ||
		!tty_line_readable(line);
}

enum tty_event
tty_line_input(struct tty_line *line, uint8_t c)
{
	if (!line->raw)
		return tty_line_cooked(line, c);
	if (!tty_line_add(line, c, 0))
		return TTY_NOTHING;
	line->commit = line->head;
	return TTY_READABLE;
}

int64_t
tty_line_read(struct tty_line *line, void *buf, size_t n)
{
	uint8_t *dst = buf;
	size_t done = 0;

	if (!tty_line_readable(line))
		return -1;
	while (line->tail != line->commit) {
		uint16_t entry = *tty_line_at(line, line->tail);

		if (entry == TTY_LINE_EOF && !line->raw) {
			line->tail++;
			break;
		}
		if (done == n)
			break;
		line->tail++;
		dst[done++] = (uint8_t)entry;
		if (entry == '\n' && !line->raw)
			break;
	}
	return (int64_t)done;
}

bool
tty_line_readable(const struct tty_line *line)
{
	return line->tail != line->commit;
}

void
tty_line_set_raw(struct tty_line *line, bool raw)
{
	line->raw = raw;
	line->commit = line->head;
}
