/* SPDX-License-Identifier: MIT */
/* The system calls on the caller's address space. */
#include "kernel/abi/errno.h"
#include "kernel/mem/aspace.h"
#include "kernel/mem/pmm.h"
#include "kernel/mem/uaccess.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/syscall.h"

static int64_t
sys_mmap(const uint64_t arg[6])
{
	struct aspace *as = proc_current()->aspace;
	uint64_t start = arg[0], size = arg[1];
	int prot, err;

	if (size == 0 || size > USER_MAP_END || start & (PAGE_SIZE - 1) ||
		start > USER_MAP_END ||
		arg[2] & ~(uint64_t)(PROT_READ | PROT_WRITE | PROT_EXEC))
		return -EINVAL;
	prot = (int)arg[2];
	if (prot & PROT_WRITE && prot & PROT_EXEC)
		return -EACCES;
	size = page_round_up(size);
	if (start == 0)
		start = aspace_find(as, size);
	if (start == 0)
		return -ENOMEM;
	err = aspace_map(as, start, start + size, prot);
	return err ? err : (int64_t)start;
}

static int64_t
sys_munmap(const uint64_t arg[6])
{
	uint64_t start = arg[0], size = arg[1];

	if (size == 0 || size > USER_MAP_END || start > USER_MAP_END)
		return -EINVAL;
	return aspace_unmap(
		proc_current()->aspace, start, start + page_round_up(size));
}

static int64_t
sys_brk(const uint64_t arg[6])
{
	return (int64_t)aspace_set_heap(proc_current()->aspace, arg[0]);
}

SYSCALL(SYS_mmap, sys_mmap);
SYSCALL(SYS_munmap, sys_munmap);
SYSCALL(SYS_brk, sys_brk);
