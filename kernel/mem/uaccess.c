/* SPDX-License-Identifier: MIT */
/*
 * User memory, page by page through the direct map.
 *
 * The kernel never uses a user address as a pointer: it looks the page up in
 * the tables, as the CPU would, and copies through its own mapping.  So a bad
 * pointer is an ordinary error here and not a fault to recover from, and SMAP
 * stays on without exception.
 */
#include "kernel/mem/uaccess.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/string.h"
#include "kernel/mem/aspace.h"
#include "kernel/mem/paging.h"
#include "kernel/proc/proc.h"

/*
 * The kernel's address of user byte va, present and allowed for the access;
 * *n is cut to what lies in the same page.  NULL: -EFAULT.
 */
static char *
user_page(uint64_t va, uint32_t access, size_t *n)
{
	struct aspace *as = proc_current()->aspace;
	uint64_t need = PTE_P | PTE_U | (access & PF_WRITE ? PTE_W : 0);
	uint64_t offset = va & (PAGE_SIZE - 1);
	uint64_t *pte, hpa;

	if (va >= USER_END)
		return NULL;
	if (*n > PAGE_SIZE - offset)
		*n = PAGE_SIZE - offset;
	pte = pte_lookup(as->root, va, false);
	if (pte && (*pte & need) == need)
		hpa = *pte & PTE_ADDR;
	else if (aspace_fault(as, va, access, &hpa))
		return NULL;
	return (char *)phys_to_virt(hpa) + offset;
}

int
copy_from_user(void *dst, uint64_t usrc, size_t n)
{
	char *to = dst;

	while (n > 0) {
		size_t part = n;
		char *page = user_page(usrc, 0, &part);

		if (!page)
			return -EFAULT;
		memcpy(to, page, part);
		to += part;
		usrc += part;
		n -= part;
	}
	return 0;
}

int
copy_to_user(uint64_t udst, const void *src, size_t n)
{
	const char *from = src;

	while (n > 0) {
		size_t part = n;
		char *page = user_page(udst, PF_WRITE, &part);

		if (!page)
			return -EFAULT;
		memcpy(page, from, part);
		from += part;
		udst += part;
		n -= part;
	}
	return 0;
}

int64_t
copy_string_from_user(char *dst, uint64_t usrc, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t part = size - done, length;
		char *page = user_page(usrc + done, 0, &part);

		if (!page)
			return -EFAULT;
		length = strnlen(page, part);
		memcpy(dst + done, page, length);
		done += length;
		if (length < part) {
			dst[done] = '\0';
			return (int64_t)done;
		}
	}
	return -ENAMETOOLONG;
}
