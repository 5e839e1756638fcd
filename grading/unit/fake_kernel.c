/* SPDX-License-Identifier: MIT */
/* See fake_kernel.h. */
#include "grading/unit/fake_kernel.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "kernel/proc/waitq.h"

#include <stdlib.h>

size_t fake_allocations_left = SIZE_MAX;
size_t fake_frames_free = 1 << 20;
size_t fake_frames_used;
char fake_log[512];
int (*fake_sleep)(void);

void
fake_reset(void)
{
	fake_allocations_left = SIZE_MAX;
	fake_frames_free = 1 << 20;
	fake_log[0] = '\0';
	fake_sleep = NULL;
}

void
panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

void
kwarn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fake_log, sizeof(fake_log), fmt, ap);
	va_end(ap);
}

void
kprintf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fake_log, sizeof(fake_log), fmt, ap);
	va_end(ap);
}

size_t
str_copy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src), n = len < size ? len : size - 1;

	if (size > 0) {
		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}

static bool
fake_allow(void)
{
	if (fake_allocations_left == 0)
		return false;
	if (fake_allocations_left != SIZE_MAX)
		fake_allocations_left--;
	return true;
}

void *
kmalloc(size_t size)
{
	return size && fake_allow() ? malloc(size) : NULL;
}

void *
kzalloc(size_t size)
{
	return size && fake_allow() ? calloc(1, size) : NULL;
}

void
kfree(void *ptr)
{
	free(ptr);
}

static uint64_t
alloc_filled(unsigned order, int byte)
{
	void *block;

	if (!fake_allow())
		return 0;
	block = aligned_alloc(PAGE_SIZE << order, PAGE_SIZE << order);
	kassert(block);
	memset(block, byte, PAGE_SIZE << order);
	fake_frames_used += 1ul << order;
	return virt_to_phys(block);
}

uint64_t
pmm_alloc(unsigned order)
{
	return alloc_filled(order, 0xa5);
}

uint64_t
pmm_alloc_zeroed(unsigned order)
{
	return alloc_filled(order, 0);
}

void
pmm_free(uint64_t hpa, unsigned order)
{
	fake_frames_used -= 1ul << order;
	free(phys_to_virt(hpa));
}

uint64_t
pmm_end(void)
{
	return UINT64_MAX;
}

size_t
pmm_frames_free(void)
{
	return fake_frames_free;
}

void
spin_init(struct spinlock *lock, const char *name)
{
	*lock = (struct spinlock)SPINLOCK_INIT(name);
}

void
spin_lock(struct spinlock *lock)
{
	kassert(!lock->locked);
	lock->locked = 1;
}

void
spin_unlock(struct spinlock *lock)
{
	kassert(lock->locked);
	lock->locked = 0;
}

void
waitq_init(struct waitq *q)
{
	list_init(&q->threads);
}

int
waitq_sleep(struct waitq *q, struct spinlock *lock)
{
	int err;

	(void)q;
	if (!fake_sleep)
		panic("this test would sleep for ever");
	spin_unlock(lock);
	err = fake_sleep();
	spin_lock(lock);
	return err;
}

void
waitq_wake(struct waitq *q)
{
	(void)q;
}

void
mutex_init(struct mutex *m, const char *name)
{
	spin_init(&m->lock, name);
	m->held = false;
}

void
mutex_lock(struct mutex *m)
{
	kassert(!m->held);
	m->held = true;
}

void
mutex_unlock(struct mutex *m)
{
	kassert(m->held);
	m->held = false;
}
