/* SPDX-License-Identifier: MIT */
/*
 * The lines of a shell that reads its standard input: edited if that is a
 * terminal, else byte by byte, because what follows a line may be meant for
 * the command on that line.
 */
#include "user/lib/libc.h"
#include "user/sh/complete.h"

enum line_end {
	LINE_COMPLETE,
	LINE_CANCELLED,
	LINE_EOF
};

static void
input_append(struct input *in, const char *bytes, size_t n)
{
	if (in->length + n + 1 > in->room) {
		in->room = 2 * (in->length + n) + 256;
		in->text = xrealloc(in->text, in->room);
	}
	memcpy(in->text + in->length, bytes, n);
	in->length += n;
	in->text[in->length] = 0;
}

static void
terminal_put(struct edit *e, const char *bytes, size_t n)
{
	(void)e;
	stdout_write(bytes, n);
}

static enum line_end
terminal_line(struct input *in, const char *prompt)
{
	static struct edit edit = {
		.put = terminal_put,
		.complete = complete_word,
	};
	enum edit_event event = EDIT_NOTHING;
	char byte;

	ioctl(0, TTY_SET_RAW, 1);
	edit_begin(&edit, prompt);
	while (event == EDIT_NOTHING) {
		stdout_flush();
		if (read(0, &byte, 1) != 1)
			event = EDIT_EOF;
		else
			event = edit_byte(&edit, (unsigned char)byte);
	}
	stdout_flush();
	ioctl(0, TTY_SET_RAW, 0);
	if (event == EDIT_CANCEL)
		return LINE_CANCELLED;
	if (event == EDIT_EOF)
		return LINE_EOF;
	edit_remember(&edit, edit.line);
	input_append(in, edit.line, edit.length);
	input_append(in, "\n", 1);
	return LINE_COMPLETE;
}

static enum line_end
stream_line(struct input *in)
{
	char byte;

	while (read(0, &byte, 1) == 1) {
		input_append(in, &byte, 1);
		if (byte == '\n')
			return LINE_COMPLETE;
	}
	return LINE_EOF;
}

/* Does a command go on in a line that is not there yet? */
static bool
is_incomplete(const char *text)
{
	struct arena arena = { NULL };
	enum parse_result result;
	struct parser p;
	struct node *line;

	parse_init(&p, &arena, text);
	do
		result = parse_line(&p, &line);
	while (result == PARSE_LINE && !p.lexer.continued);
	arena_free(&arena);
	return p.lexer.continued || (result == PARSE_ERROR && p.incomplete);
}

/* "droste1$ ": the level of this machine, and thus which one is typed at. */
static const char *
prompt_get(void)
{
	static char prompt[24];
	struct sysinfo info;

	if (prompt[0] == 0) {
		if (sysinfo(&info) < 0)
			info.level = 0;
		snprintf(prompt, sizeof(prompt), "droste%u$ ", info.level);
	}
	return prompt;
}

/*
 * Reads the lines of one command into in->text, which the caller frees at the
 * end.  False: the input has ended and there is nothing more to run.
 */
bool
input_command(struct shell *sh, struct input *in)
{
	enum line_end end;

	in->length = 0;
	input_append(in, "", 0);
	do {
		if (!sh->terminal)
			end = stream_line(in);
		else
			end = terminal_line(
				in, in->length == 0 ? prompt_get() : "> ");
		if (end == LINE_CANCELLED) {
			sh->status = STATUS_BY_SIGNAL + SIGINT;
			in->length = 0;
			in->text[0] = 0;
			return true;
		}
	} while (end == LINE_COMPLETE && is_incomplete(in->text));
	return end == LINE_COMPLETE || in->length > 0;
}
