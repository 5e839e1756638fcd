/* SPDX-License-Identifier: MIT */
/* File descriptors. */
#include "kernel/fs/fdtable.h"

#include "kernel/fs/file.h"

void
fdtable_init(struct fdtable *table)
{
	for (int fd = 0; fd < OPEN_MAX; fd++)
		table->files[fd] = NULL;
}

void
fdtable_clone(struct fdtable *dst, const struct fdtable *src)
{
	for (int fd = 0; fd < OPEN_MAX; fd++)
		if (src->files[fd])
			dst->files[fd] = file_get(src->files[fd]);
}

void
fdtable_close_all(struct fdtable *table)
{
	for (int fd = 0; fd < OPEN_MAX; fd++) {
		file_put(table->files[fd]);
		table->files[fd] = NULL;
	}
}

int
fdtable_install(struct fdtable *table, struct file *file)
{
	for (int fd = 0; fd < OPEN_MAX; fd++) {
		if (table->files[fd])
			continue;
		table->files[fd] = file;
		return fd;
	}
	return -EMFILE;
}

struct file *
fdtable_get(const struct fdtable *table, uint64_t fd)
{
	return fd < OPEN_MAX ? table->files[fd] : NULL;
}

int
fdtable_close(struct fdtable *table, uint64_t fd)
{
	struct file *file = fdtable_get(table, fd);

	if (!file)
		return -EBADF;
	table->files[fd] = NULL;
	file_put(file);
	return 0;
}

int
fdtable_dup2(struct fdtable *table, uint64_t fd, uint64_t newfd)
{
	struct file *file = fdtable_get(table, fd);

	if (!file || newfd >= OPEN_MAX)
		return -EBADF;
	if (fd == newfd)
		return (int)newfd;
	file_put(table->files[newfd]);
	table->files[newfd] = file_get(file);
	return (int)newfd;
}
