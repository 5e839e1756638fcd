/* SPDX-License-Identifier: MIT */
#include "user/sh/edit.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/string.h"

#define CTRL(letter) ((letter)&0x1f)
#define BYTE_ESCAPE  0x1b
#define BYTE_DELETE  0x7f

/* Values of edit.escape. */
enum {
	ESCAPE_NONE,
	ESCAPE_SEEN,
	ESCAPE_BRACKET,
	ESCAPE_O
};

static void
put_text(struct edit *e, const char *text)
{
	e->put(e, text, strlen(text));
}

/* Bytes of the line that fit on the terminal beside the prompt. */
static size_t
edit_room(const struct edit *e)
{
	size_t prompt = strlen(e->prompt);

	return prompt + 20 > EDIT_COLUMNS ? 20 : EDIT_COLUMNS - 1 - prompt;
}

/* Draws the line anew. */
static void
edit_draw(struct edit *e)
{
	size_t room = edit_room(e), shown, back;
	char move[24];

	if (e->cursor < e->scroll)
		e->scroll = e->cursor;
	if (e->cursor - e->scroll > room)
		e->scroll = e->cursor - room;
	shown = e->length - e->scroll;
	if (shown > room)
		shown = room;
	put_text(e, "\r");
	put_text(e, e->prompt);
	e->put(e, e->line + e->scroll, shown);
	put_text(e, "\x1b[K");
	back = e->scroll + shown - e->cursor;
	if (back > 0) {
		snprintf(move, sizeof(move), "\x1b[%zuD", back);
		put_text(e, move);
	}
}

/* Inserts n bytes at the cursor; a line that would be too long rings. */
static void
edit_insert(struct edit *e, const char *bytes, size_t n)
{
	bool simple = e->cursor == e->length &&
		e->length + n - e->scroll <= edit_room(e);

	if (n > sizeof(e->line) - 1 - e->length) {
		put_text(e, "\a");
		return;
	}
	memmove(e->line + e->cursor + n, e->line + e->cursor,
		e->length - e->cursor);
	memcpy(e->line + e->cursor, bytes, n);
	e->cursor += n;
	e->length += n;
	e->line[e->length] = 0;
	if (simple)
		e->put(e, bytes, n);
	else
		edit_draw(e);
}

/* Erases from byte `from` to byte `to`, and leaves the cursor there. */
static void
edit_erase(struct edit *e, size_t from, size_t to)
{
	bool simple = to == from + 1 && to == e->length && to == e->cursor &&
		from > e->scroll;

	if (from >= to)
		return;
	memmove(e->line + from, e->line + to, e->length - to);
	e->length -= to - from;
	e->line[e->length] = 0;
	e->cursor = from;
	if (simple)
		put_text(e, "\b \b");
	else
		edit_draw(e);
}

static void
edit_move(struct edit *e, size_t to)
{
	if (to <= e->length && to != e->cursor) {
		e->cursor = to;
		edit_draw(e);
	}
}

/* Where the word before the cursor begins. */
static size_t
edit_word_start(const struct edit *e)
{
	size_t at = e->cursor;

	while (at > 0 && e->line[at - 1] == ' ')
		at--;
	while (at > 0 && e->line[at - 1] != ' ')
		at--;
	return at;
}

static void
edit_set(struct edit *e, const char *text)
{
	e->length = e->cursor = strlen(text);
	memcpy(e->line, text, e->length + 1);
	e->scroll = 0;
	edit_draw(e);
}

/* Shows line `to` of the history; history_n is the new line. */
static void
edit_browse(struct edit *e, size_t to)
{
	if (to > e->history_n || to == e->history_at)
		return;
	if (e->history_at == e->history_n)
		memcpy(e->pending, e->line, e->length + 1);
	e->history_at = to;
	edit_set(e, to == e->history_n ? e->pending : e->history[to]);
}

/* Appends to the history, unless the line is empty or was the last one too. */
void
edit_remember(struct edit *e, const char *line)
{
	char **h = e->history;

	if (*line == 0 || strlen(line) >= EDIT_LINE_MAX ||
		(e->history_n > 0 && strcmp(h[e->history_n - 1], line) == 0))
		return;
	if (e->history_n == EDIT_HISTORY_MAX) {
		free(h[0]);
		memmove(h, h + 1, (EDIT_HISTORY_MAX - 1) * sizeof(*h));
		e->history_n--;
	}
	h[e->history_n++] = xstrdup(line);
}

/* How many bytes at the start all the texts have in common. */
static size_t
common_prefix(const struct fields *f)
{
	size_t n = strlen(f->v[0]);

	for (size_t i = 1; i < f->n; i++) {
		size_t same = 0;

		while (same < n && f->v[i][same] == f->v[0][same])
			same++;
		n = same;
	}
	return n;
}

static void
edit_list(struct edit *e, const struct fields *f)
{
	put_text(e, "\r\n");
	for (size_t i = 0; i < f->n; i++) {
		put_text(e, f->v[i]);
		put_text(e, i + 1 < f->n ? "  " : "\r\n");
	}
	edit_draw(e);
}

/* Is the word that starts at byte `at` a command, not an argument? */
static bool
is_command_word(const struct edit *e, size_t at)
{
	while (at > 0 && e->line[at - 1] == ' ')
		at--;
	return at == 0 || strchr("|&;(!{", e->line[at - 1]) != NULL;
}

/* TAB: extends the word as far as that is certain, else lists what it can be.
 */
static void
edit_complete(struct edit *e)
{
	struct arena arena = { NULL };
	struct fields f = { .n = 0 };
	size_t start = e->cursor, n;
	char *word;

	if (e->complete == NULL)
		return;
	while (start > 0 && strchr(" |&;()<>=", e->line[start - 1]) == NULL)
		start--;
	n = e->cursor - start;
	word = arena_strndup(&arena, e->line + start, n);
	e->complete(e, word, is_command_word(e, start), &f, &arena);
	if (f.n > 0) {
		size_t common = common_prefix(&f);
		const char *first = f.v[0];

		if (common > n)
			edit_insert(e, first + n, common - n);
		if (f.n == 1 && common > 0 && first[common - 1] != '/')
			edit_insert(e, " ", 1);
		else if (f.n > 1 && common <= n)
			edit_list(e, &f);
	} else {
		put_text(e, "\a");
	}
	arena_free(&arena);
}

/* Starts a new line. */
void
edit_begin(struct edit *e, const char *prompt)
{
	e->prompt = prompt;
	e->line[0] = 0;
	e->length = e->cursor = e->scroll = 0;
	e->escape = ESCAPE_NONE;
	e->history_at = e->history_n;
	put_text(e, prompt);
}

/* Frees the history. */
void
edit_fini(struct edit *e)
{
	while (e->history_n > 0)
		free(e->history[--e->history_n]);
}

/* ESC [ number ~ */
static void
edit_numbered_key(struct edit *e)
{
	switch (e->parameter) {
	case 1:
	case 7:
		edit_move(e, 0);
		break;
	case 3:
		if (e->cursor < e->length)
			edit_erase(e, e->cursor, e->cursor + 1);
		break;
	case 4:
	case 8:
		edit_move(e, e->length);
		break;
	}
}

/* The control characters that edit; keys of several bytes come here too. */
static void
edit_control(struct edit *e, unsigned char c)
{
	switch (c) {
	case CTRL('A'):
		edit_move(e, 0);
		break;
	case CTRL('B'):
		edit_move(e, e->cursor - 1); /* below 0: no move */
		break;
	case CTRL('D'):
		if (e->cursor < e->length)
			edit_erase(e, e->cursor, e->cursor + 1);
		break;
	case CTRL('E'):
		edit_move(e, e->length);
		break;
	case CTRL('F'):
		edit_move(e, e->cursor + 1);
		break;
	case CTRL('H'):
	case BYTE_DELETE:
		if (e->cursor > 0)
			edit_erase(e, e->cursor - 1, e->cursor);
		break;
	case CTRL('I'):
		edit_complete(e);
		break;
	case CTRL('K'):
		edit_erase(e, e->cursor, e->length);
		break;
	case CTRL('L'):
		put_text(e, "\x1b[H\x1b[2J");
		edit_draw(e);
		break;
	case CTRL('N'):
		edit_browse(e, e->history_at + 1);
		break;
	case CTRL('P'):
		edit_browse(e, e->history_at - 1); /* below 0: none */
		break;
	case CTRL('U'):
		edit_erase(e, 0, e->cursor);
		break;
	case CTRL('W'):
		edit_erase(e, edit_word_start(e), e->cursor);
		break;
	}
}

/* A byte of an escape sequence (ECMA-48, 5.4): all but the keys is ignored. */
static void
edit_escape(struct edit *e, unsigned char c)
{
	static const char keys[] = "ABCDHF";
	static const unsigned char controls[] = { CTRL('P'), CTRL('N'),
		CTRL('F'), CTRL('B'), CTRL('A'), CTRL('E') };
	const char *key;

	if (e->escape == ESCAPE_SEEN) {
		e->escape = c == '[' ? ESCAPE_BRACKET
			: c == 'O'   ? ESCAPE_O
				     : ESCAPE_NONE;
		e->parameter = 0;
		return;
	}
	if (c >= '0' && c <= '9' && e->escape == ESCAPE_BRACKET) {
		if (e->parameter < 1000)
			e->parameter = e->parameter * 10 + c - '0';
		return;
	}
	if (c < 0x40 && c >= 0x20 && e->escape == ESCAPE_BRACKET)
		return;
	e->escape = ESCAPE_NONE;
	key = c == 0 ? NULL : strchr(keys, c);
	if (key != NULL)
		edit_control(e, controls[key - keys]);
	else if (c == '~')
		edit_numbered_key(e);
}

/* Takes one byte that the terminal has sent. */
enum edit_event
edit_byte(struct edit *e, unsigned char byte)
{
	bool after_return = e->was_return;
	char c = (char)byte;

	e->was_return = byte == '\r';
	if (byte == '\n' && after_return)
		return EDIT_NOTHING;
	if (e->escape != ESCAPE_NONE) {
		edit_escape(e, byte);
		return EDIT_NOTHING;
	}
	switch (byte) {
	case '\r':
	case '\n':
		put_text(e, "\r\n");
		return EDIT_LINE;
	case CTRL('C'):
		put_text(e, "^C\r\n");
		return EDIT_CANCEL;
	case CTRL('D'):
		if (e->length == 0) {
			put_text(e, "\r\n");
			return EDIT_EOF;
		}
		edit_control(e, byte);
		break;
	case BYTE_ESCAPE:
		e->escape = ESCAPE_SEEN;
		break;
	default:
		if (byte < ' ' || byte == BYTE_DELETE)
			edit_control(e, byte);
		else
			edit_insert(e, &c, 1);
	}
	return EDIT_NOTHING;
}
