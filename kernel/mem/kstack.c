/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks, and forgetting their mappings on all CPUs.
 *
 * Slot n of the stack area is a guard page, never mapped, and the stack
 * above it: a stack that overflows faults at once instead of writing into
 * its neighbour.  The page tables of all slots are made at boot, so a machine
 * that once ran many threads has lost no frame to tables.
 */
#include "kernel/abi/errno.h"
#include "kernel/cpu/asm.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/printf.h"
#include "kernel/mem/paging.h"
#include "kernel/proc/thread.h"
#include "kernel/proc/waitq.h"

#define STACK_PAGES (THREAD_STACK_SIZE / PAGE_SIZE)
#define SLOT_SIZE   ((STACK_PAGES + 1) * PAGE_SIZE)
#define SLOT_COUNT  1024u

static struct spinlock kstack_lock = SPINLOCK_INIT("kstack");
static uint64_t slot_used[SLOT_COUNT / 64]; /* guarded by kstack_lock */

/* One shootdown at a time; what it asks, and who has not answered yet. */
static struct mutex shootdown_mutex =
	MUTEX_INIT(shootdown_mutex, "tlb shootdown");
static uint64_t shootdown_va;
static unsigned shootdown_pages;
static uint32_t shootdown_waiting; /* a bit a CPU */

void
kstack_init(void)
{
	for (uint64_t va = KSTACK_BASE;
		va < KSTACK_BASE + SLOT_COUNT * SLOT_SIZE; va += PAGE_SIZE_2M)
		if (!pte_lookup(kernel_root, va, true))
			panic("paging: no memory for the stack area");
}

static uint64_t
slot_alloc(void)
{
	uint64_t va = 0;

	spin_lock(&kstack_lock);
	for (unsigned i = 0; i < SLOT_COUNT / 64 && !va; i++) {
		unsigned bit;

		if (slot_used[i] == UINT64_MAX)
			continue;
		bit = (unsigned)__builtin_ctzll(~slot_used[i]);
		slot_used[i] |= 1ul << bit;
		va = KSTACK_BASE + (i * 64 + bit) * SLOT_SIZE;
	}
	spin_unlock(&kstack_lock);
	return va;
}

static void
slot_free(uint64_t va)
{
	unsigned slot = (unsigned)((va - KSTACK_BASE) / SLOT_SIZE);

	spin_lock(&kstack_lock);
	slot_used[slot / 64] &= ~(1ul << (slot % 64));
	spin_unlock(&kstack_lock);
}

static void
flush_local(uint64_t va, unsigned pages)
{
	for (unsigned i = 0; i < pages; i++)
		invlpg(va + i * PAGE_SIZE);
}

void
tlb_shootdown_handle(void)
{
	uint32_t self = 1u << cpu_this()->id;

	if (!(__atomic_load_n(&shootdown_waiting, __ATOMIC_ACQUIRE) & self))
		return;
	flush_local(shootdown_va, shootdown_pages);
	__atomic_and_fetch(&shootdown_waiting, ~self, __ATOMIC_RELEASE);
}

void
tlb_flush_all(uint64_t va, unsigned pages)
{
	uint32_t others = 0;

	if (cpu_count == 1) {
		flush_local(va, pages);
		return;
	}
	mutex_lock(&shootdown_mutex);
	irq_disable();
	flush_local(va, pages);
	for (unsigned i = 0; i < CPU_MAX; i++)
		if (cpus[i].online && i != cpu_this()->id)
			others |= 1u << i;
	shootdown_va = va;
	shootdown_pages = pages;
	__atomic_store_n(&shootdown_waiting, others, __ATOMIC_RELEASE);
	smp_send_all(VECTOR_SHOOTDOWN);
	irq_enable();
	while (__atomic_load_n(&shootdown_waiting, __ATOMIC_ACQUIRE))
		cpu_pause();
	mutex_unlock(&shootdown_mutex);
}

static void
stack_unmap(uint64_t bottom, unsigned pages)
{
	uint64_t frames[STACK_PAGES];

	for (unsigned i = 0; i < pages; i++) {
		uint64_t *pte =
			pte_lookup(kernel_root, bottom + i * PAGE_SIZE, false);

		frames[i] = *pte & PTE_ADDR;
		*pte = 0;
	}
	tlb_flush_all(bottom, pages);
	for (unsigned i = 0; i < pages; i++)
		pmm_free(frames[i], 0);
}

void *
kstack_alloc(void)
{
	uint64_t slot = slot_alloc();
	uint64_t bottom = slot + PAGE_SIZE;

	if (!slot)
		return NULL;
	for (unsigned i = 0; i < STACK_PAGES; i++) {
		uint64_t hpa = pmm_alloc(0);

		if (hpa &&
			paging_map(kernel_root, bottom + i * PAGE_SIZE, hpa,
				PTE_W | PTE_NX | PTE_G) == 0)
			continue;
		if (hpa)
			pmm_free(hpa, 0);
		stack_unmap(bottom, i);
		slot_free(slot);
		return NULL;
	}
	return (void *)bottom;
}

void
kstack_free(void *stack)
{
	uint64_t bottom = (uint64_t)stack;

	stack_unmap(bottom, STACK_PAGES);
	slot_free(bottom - PAGE_SIZE);
}
