/* SPDX-License-Identifier: MIT */
/*
 * Guest-physical memory: reading and writing it.  Ranges are cut where the
 * host's contiguity ends; an address sum cannot wrap, because each piece is
 * looked up before the next address is formed and no slot ends beyond
 * GMEM_MAX.
 */
#include "vmm/gmem.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"

int
gmem_read(struct gmem *gmem, uint64_t gpa, void *dst, size_t len)
{
	uint8_t *to = dst;

	while (len > 0) {
		size_t n;
		int err;
		const void *from = gmem_host(gmem, gpa, false, &n, &err);

		if (!from)
			return err;
		if (n > len)
			n = len;
		memcpy(to, from, n);
		to += n;
		gpa += n;
		len -= n;
	}
	return 0;
}

int
gmem_write(struct gmem *gmem, uint64_t gpa, const void *src, size_t len)
{
	const uint8_t *from = src;

	while (len > 0) {
		size_t n;
		int err;
		void *to = gmem_host(gmem, gpa, true, &n, &err);

		if (!to)
			return err;
		if (n > len)
			n = len;
		memcpy(to, from, n);
		gmem_written(gmem, gpa, n);
		from += n;
		gpa += n;
		len -= n;
	}
	return 0;
}

int
gmem_read_u32(struct gmem *gmem, uint64_t gpa, uint32_t *value)
{
	size_t n;
	int err;
	const uint32_t *from;

	if (gpa % sizeof(*value))
		return -EFAULT;
	from = gmem_host(gmem, gpa, false, &n, &err);
	if (!from)
		return err;
	*value = __atomic_load_n(from, __ATOMIC_RELAXED);
	return 0;
}

int
gmem_read_u64(struct gmem *gmem, uint64_t gpa, uint64_t *value)
{
	size_t n;
	int err;
	const uint64_t *from;

	if (gpa % sizeof(*value))
		return -EFAULT;
	from = gmem_host(gmem, gpa, false, &n, &err);
	if (!from)
		return err;
	*value = __atomic_load_n(from, __ATOMIC_RELAXED);
	return 0;
}

int
gmem_set_bits(struct gmem *gmem, uint64_t gpa, unsigned bytes, uint64_t old,
	uint64_t bits)
{
	size_t n;
	int err;
	void *entry;
	uint32_t old32 = (uint32_t)old;
	bool done;

	if ((bytes != 4 && bytes != 8) || gpa % bytes)
		return -EFAULT;
	entry = gmem_host(gmem, gpa, true, &n, &err);
	if (!entry)
		return err;
	if (bytes == 4)
		done = __atomic_compare_exchange_n((uint32_t *)entry, &old32,
			old32 | (uint32_t)bits, false, __ATOMIC_SEQ_CST,
			__ATOMIC_RELAXED);
	else
		done = __atomic_compare_exchange_n((uint64_t *)entry, &old,
			old | bits, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
	return done ? 0 : -EAGAIN;
}
