/* SPDX-License-Identifier: MIT */
/*
 * ustar archives (POSIX.1-2017, pax, "ustar Interchange Format"): blocks of
 * 512 bytes; a header block, then the file's data, padded to a block; blocks
 * of zeros at the end.  Zero blocks are skipped wherever a header is due, so
 * archives that are simply put one behind the other are read as one.
 *
 * Read are files and directories.  What the kernel's tree could not hold as
 * it was meant (links, devices, pax and GNU extensions, sizes beyond octal)
 * is an error, never a guess; so is whatever contradicts itself.
 */
#include "kernel/fs/tar.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"

#define TAR_BLOCK 512

struct tar_header {
	char name[100];
	char mode[8], uid[8], gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char linkname[100];
	char magic[6]; /* "ustar" and a NUL; GNU tar: a blank */
	char version[2];
	char uname[32], gname[32];
	char devmajor[8], devminor[8];
	char prefix[155]; /* GNU tar: something else */
	char pad[12];
};
_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "ustar header");
_Static_assert(offsetof(struct tar_header, magic) == 257, "ustar header");
_Static_assert(offsetof(struct tar_header, prefix) == 345, "ustar header");

static int
tar_fail(struct tar *tar, const char *error)
{
	tar->error = error;
	tar->error_offset = tar->offset;
	return -EINVAL;
}

/*
 * An octal number with blanks before and a blank or NUL behind it, in a
 * field of n bytes; nothing at all is 0.  Returns 0 or -EINVAL.
 */
static int
tar_octal(const char *field, size_t n, uint64_t *value)
{
	size_t i = 0;

	*value = 0;
	while (i < n && field[i] == ' ')
		i++;
	for (; i < n && field[i] >= '0' && field[i] <= '7'; i++)
		*value = *value << 3 | (uint64_t)(field[i] - '0');
	for (; i < n; i++)
		if (field[i] != ' ' && field[i] != '\0')
			return -EINVAL;
	return 0;
}

static bool
tar_is_zero(const uint8_t *p, size_t n)
{
	while (n > 0)
		if (p[--n])
			return false;
	return true;
}

/* The sum of a header's bytes, those of the checksum taken as blanks. */
static uint64_t
tar_checksum(const struct tar_header *header)
{
	const uint8_t *p = (const uint8_t *)header;
	const size_t start = offsetof(struct tar_header, checksum);
	uint64_t sum = 0;

	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i >= start && i < start + sizeof(header->checksum)
			? ' '
			: p[i];
	return sum;
}

/* Append the components of n bytes of a name to path, or say what is bad. */
static const char *
tar_add_path(char path[PATH_MAX], const char *name, size_t n)
{
	size_t used = strlen(path), len, i = 0;

	n = strnlen(name, n);
	while (i < n) {
		for (len = 0; i + len < n && name[i + len] != '/'; len++)
			;
		if (len > NAME_MAX)
			return "a file name is too long";
		if (len == 2 && memcmp(name + i, "..", 2) == 0)
			return "a path contains \"..\"";
		if (len > 0 && !(len == 1 && name[i] == '.')) {
			if (used + 1 + len >= PATH_MAX)
				return "a path is too long";
			if (used > 0)
				path[used++] = '/';
			memcpy(path + used, name + i, len);
			used += len;
			path[used] = '\0';
		}
		i += len + 1;
	}
	return NULL;
}

/* What kind of entry it is, or say what is bad. */
static const char *
tar_get_type(const struct tar_header *header, enum file_type *type)
{
	switch (header->type) {
	case '0':
	case '7':
	case '\0':
		*type = FT_FILE;
		return NULL;
	case '5':
		*type = FT_DIR;
		return NULL;
	case '1':
	case '2':
		return "links are not supported (use tar --dereference "
		       "--hard-dereference)";
	case '3':
	case '4':
	case '6':
		return "device files and FIFOs are not supported";
	default:
		return "an entry has an unknown type (use tar --format=ustar)";
	}
}

/* Fill in path and type, or say what is bad. */
static const char *
tar_read_header(const struct tar_header *header, struct tar_entry *entry)
{
	const char *error = tar_get_type(header, &entry->type);

	entry->path[0] = '\0';
	if (!error && header->magic[5] == '\0')
		error = tar_add_path(
			entry->path, header->prefix, sizeof(header->prefix));
	if (!error)
		error = tar_add_path(
			entry->path, header->name, sizeof(header->name));
	if (!error && entry->type == FT_FILE && !entry->path[0])
		error = "a file has no name";
	return error;
}

/* The entry whose header is at tar->offset, which moves behind its data. */
static int
tar_read_entry(struct tar *tar, struct tar_entry *entry)
{
	const struct tar_header *header =
		(const struct tar_header *)(tar->data + tar->offset);
	size_t start = tar->offset + TAR_BLOCK;
	uint64_t sum, size;
	const char *error;

	if (memcmp(header->magic, "ustar", 5) != 0 ||
		(header->magic[5] != '\0' && header->magic[5] != ' '))
		return tar_fail(tar, "this is no ustar header");
	if (tar_octal(header->checksum, sizeof(header->checksum), &sum) ||
		sum != tar_checksum(header))
		return tar_fail(tar, "a header's checksum is wrong");
	if (tar_octal(header->size, sizeof(header->size), &size))
		return tar_fail(tar, "a file's size is not an octal number");
	error = tar_read_header(header, entry);
	if (error)
		return tar_fail(tar, error);
	if (entry->type == FT_DIR && size != 0)
		return tar_fail(tar, "a directory claims to have data");
	if (size > tar->size - start)
		return tar_fail(tar, "a file ends behind the archive's end");
	entry->data = tar->data + start;
	entry->size = size;
	tar->offset = start + size;
	if (size % TAR_BLOCK)
		tar->offset += TAR_BLOCK - size % TAR_BLOCK;
	return 1;
}

void
tar_init(struct tar *tar, const void *data, size_t size)
{
	memset(tar, 0, sizeof(*tar));
	tar->data = data;
	tar->size = size;
}

int
tar_next(struct tar *tar, struct tar_entry *entry)
{
	while (tar->offset < tar->size) {
		const uint8_t *p = tar->data + tar->offset;
		size_t left = tar->size - tar->offset;
		int found;

		if (tar_is_zero(p, left < TAR_BLOCK ? left : TAR_BLOCK)) {
			tar->offset += left < TAR_BLOCK ? left : TAR_BLOCK;
			continue;
		}
		if (left < TAR_BLOCK)
			return tar_fail(tar, "the archive ends in a header");
		found = tar_read_entry(tar, entry);
		if (found < 0 || entry->path[0])
			return found;
	}
	return 0;
}
