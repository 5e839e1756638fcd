/* SPDX-License-Identifier: MIT */
/*
 * Redirections, applied from left to right.  For a command that the shell runs
 * itself they are undone afterwards: what a descriptor was is kept in a copy.
 */
#include "user/lib/libc.h"
#include "user/sh/sh.h"

/* Keeps what fd is, so that redir_undo can bring it back. */
static int
redir_keep(struct redir_save *save, int fd)
{
	if (save->n == REDIR_SAVE_MAX) {
		warnx("more than %d redirections", REDIR_SAVE_MAX);
		return -1;
	}
	save->saved[save->n].fd = fd;
	save->saved[save->n].copy = dup(fd);
	if (save->saved[save->n].copy < 0 && errno != EBADF) {
		warn("%d", fd);
		return -1;
	}
	save->n++;
	return 0;
}

/* The descriptor that r's target names, or -1 after a complaint. */
static int
redir_open(const struct redir *r, const char *target)
{
	static const int flags[] = {
		[REDIR_READ] = O_RDONLY,
		[REDIR_WRITE] = O_WRONLY | O_CREAT | O_TRUNC,
		[REDIR_APPEND] = O_WRONLY | O_CREAT | O_APPEND,
	};
	uint64_t number;
	int fd;

	if (r->kind == REDIR_DUP) {
		if (parse_number(target, &number) < 0 || number >= OPEN_MAX) {
			warnx("%s: not a descriptor", target);
			return -1;
		}
		fd = dup((int)number);
	} else {
		fd = open(target, flags[r->kind]);
	}
	if (fd < 0)
		warn("%s", target);
	return fd;
}

static int
redir_one(struct shell *sh, struct arena *arena, const struct redir *r,
	struct redir_save *save)
{
	const char *target = expand_single(&sh->env, arena, r->target);
	int fd;

	if (target == NULL) {
		warnx("%s: bad substitution", r->target);
		return -1;
	}
	if (r->kind == REDIR_DUP && strcmp(target, "-") == 0) {
		if (save != NULL && redir_keep(save, r->fd) < 0)
			return -1;
		close(r->fd);
		return 0;
	}
	fd = redir_open(r, target);
	if (fd < 0 || fd == r->fd)
		return fd < 0 ? -1 : 0;
	if (save != NULL && redir_keep(save, r->fd) < 0) {
		close(fd);
		return -1;
	}
	if (dup2(fd, r->fd) < 0) {
		warn("%d", r->fd);
		close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

/*
 * Applies redirections.  With save, redir_undo(save) takes them back, and must
 * be called even after an error.  Returns 0, or -1 after a complaint.
 */
int
redir_apply(struct shell *sh, struct arena *arena, const struct redir *redirs,
	struct redir_save *save)
{
	if (save != NULL)
		save->n = 0;
	if (redirs != NULL)
		stdout_reset();
	for (; redirs != NULL; redirs = redirs->next)
		if (redir_one(sh, arena, redirs, save) < 0)
			return -1;
	return 0;
}

/* Brings back what the descriptors were, the last change first. */
void
redir_undo(struct redir_save *save)
{
	if (save->n > 0)
		stdout_reset();
	while (save->n > 0) {
		int fd = save->saved[--save->n].fd;
		int copy = save->saved[save->n].copy;

		if (copy < 0) {
			close(fd);
		} else {
			dup2(copy, fd);
			close(copy);
		}
	}
}
