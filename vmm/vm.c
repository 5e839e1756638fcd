/* SPDX-License-Identifier: MIT */
/*
 * The life of virtual machines, and the table of all of them.
 *
 * Who keeps what alive: the table holds a reference from vm_create() to
 * vm_destroy(), each vCPU thread one while it runs, each caller of vm_find()
 * one.  vm_destroy() frees what the machine owns; the last vm_put() frees
 * the struct.
 */
#include "vmm/vm.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/asm.h"
#include "kernel/cpu/time.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "kernel/proc/thread.h"
#include "vmm/board.h"
#include "vmm/cpuid.h"
#include "vmm/engine.h"

/* The registry of VMs, by id. */
static struct spinlock vm_table_lock = SPINLOCK_INIT("vm table");
static struct list vm_table = LIST_INIT(vm_table);
static int vm_last_id;

struct vm *
vm_create(void)
{
	struct vm *vm = kzalloc(sizeof(*vm));

	if (!vm)
		return NULL;
	spin_init(&vm->lock, "vm");
	waitq_init(&vm->stopped);
	waitq_init(&vm->visited);
	gmem_init(&vm->gmem);
	vm->refs = 2;
	spin_lock(&vm_table_lock);
	vm->id = ++vm_last_id;
	list_append(&vm_table, &vm->link);
	spin_unlock(&vm_table_lock);
	return vm;
}

struct vm *
vm_get(struct vm *vm)
{
	spin_lock(&vm_table_lock);
	vm->refs++;
	spin_unlock(&vm_table_lock);
	return vm;
}

void
vm_put(struct vm *vm)
{
	bool last;

	spin_lock(&vm_table_lock);
	last = --vm->refs == 0;
	spin_unlock(&vm_table_lock);
	if (last)
		kfree(vm);
}

struct vm *
vm_find(int id)
{
	struct vm *found = NULL;
	struct list *it;

	spin_lock(&vm_table_lock);
	list_for_each (it, &vm_table)
		if (list_entry(it, struct vm, link)->id == id)
			found = list_entry(it, struct vm, link);
	if (found)
		found->refs++;
	spin_unlock(&vm_table_lock);
	return found;
}

int
vm_next(int after)
{
	int next = 0;
	struct list *it;

	spin_lock(&vm_table_lock);
	list_for_each (it, &vm_table) {
		next = list_entry(it, struct vm, link)->id;
		if (next > after)
			break;
		next = 0;
	}
	spin_unlock(&vm_table_lock);
	return next;
}

int
vm_error(struct vm *vm, int err, const char *fmt, ...)
{
	char reason[VM_REASON_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	spin_lock(&vm->lock);
	memcpy(vm->reason, reason, sizeof(reason));
	spin_unlock(&vm->lock);
	return err;
}

static int
vm_add_memory(struct vm *vm, uint64_t memory)
{
	uint64_t host = pmm_frames_total() * PAGE_SIZE;
	int err;

	if (memory < VM_MEMORY_MIN || memory > VM_MEMORY_MAX ||
		memory % PAGE_SIZE)
		return vm_error(vm, -EINVAL,
			"memory must be %llu MiB to %llu MiB",
			VM_MEMORY_MIN >> 20, VM_MEMORY_MAX >> 20);
	if (memory > host)
		return vm_error(vm, -ENOMEM,
			"%llu MiB of memory: the host itself has %llu MiB",
			(unsigned long long)memory >> 20,
			(unsigned long long)host >> 20);
	vm->gmem.small = vm->small_pages;
	err = gmem_add_pc_ram(&vm->gmem, memory);
	if (err)
		return vm_error(vm, err, "no memory for the memory's tables");
	return 0;
}

static int
vm_add_cpuid(struct vm *vm)
{
	char via[sizeof(struct cpuid) + 1];
	unsigned level;

	vm->cpuid = kzalloc(sizeof(*vm->cpuid));
	if (!vm->cpuid)
		return -ENOMEM;
	level = cpu_level(via, sizeof(via)) + 1;
	snprintf(via, sizeof(via), "%s+%s", vm->engine->name,
		vm->mmu->ops->name);
	cpuid_policy_init(
		vm->cpuid, cpuid_query, level, via, (uint32_t)time_tsc_khz());
	return 0;
}

static int
vm_add_vcpu(struct vm *vm)
{
	struct vcpu *vcpu = vm->engine->vcpu_create(vm);

	if (!vcpu)
		return -ENOMEM;
	vcpu->vm = vm;
	vcpu->engine = vm->engine;
	waitq_init(&vcpu->wake);
	vcpu_reset(vcpu);
	vm->vcpu[vm->n_vcpus++] = vcpu;
	return 0;
}

static void
vm_free_parts(struct vm *vm)
{
	while (vm->n_vcpus > 0)
		vm->engine->vcpu_destroy(vm->vcpu[--vm->n_vcpus]);
	board_destroy(vm);
	if (vm->mmu)
		vm->mmu->ops->fini(vm->mmu);
	vm->mmu = NULL;
	kfree(vm->cpuid);
	vm->cpuid = NULL;
	gmem_fini(&vm->gmem);
	vm->engine = NULL;
}

int
vm_configure(
	struct vm *vm, const char *engine, const char *mmu, uint64_t memory)
{
	const struct mmu_engine *mmu_engine;
	const char *why;
	int err;

	if (vm->engine || vm->state != VM_NEW)
		return vm_error(vm, -EBUSY, "it is set up already");
	vm->engine = cpu_engine_find(engine, &why);
	if (!vm->engine)
		return vm_error(vm, -ENODEV, "engine %s: %s",
			engine ? engine : "", why);
	mmu_engine = mmu_engine_find(vm->engine, mmu, &why);
	if (!mmu_engine) {
		vm_free_parts(vm);
		return vm_error(vm, -ENODEV, "mmu %s: %s", mmu ? mmu : "", why);
	}
	err = vm_add_memory(vm, memory);
	if (err) {
		vm_free_parts(vm);
		return err;
	}
	vm->mmu = mmu_engine->init(vm);
	err = vm->mmu ? vm_add_cpuid(vm) : -ENOMEM;
	if (!err)
		err = board_create(vm);
	if (!err)
		err = vm_add_vcpu(vm);
	if (err) {
		vm_free_parts(vm);
		vm_error(vm, err, "no memory left for another VM");
	}
	return err;
}

/*
 * A vCPU has left its loop.  Until `running` says so its thread may still
 * touch what the machine owns, and vm_destroy() waits.
 */
static void
vm_thread_ends(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	spin_lock(&vm->lock);
	vcpu->thread = NULL;
	vm->state = VM_STOPPED;
	waitq_wake(&vm->stopped);
	waitq_wake(&vm->visited);
	spin_unlock(&vm->lock);
	board_stopping(vm);
	spin_lock(&vm->lock);
	vm->running--;
	waitq_wake(&vm->stopped);
	spin_unlock(&vm->lock);
}

static void
vm_thread(void *arg)
{
	struct vcpu *vcpu = arg;
	struct vm *vm = vcpu->vm;

	vcpu_run(vcpu);
	vcpu_need(vcpu, VCPU_ALL);
	if (vm->failed)
		kprintf("vm %d: %s\n", vm->id, vm->reason);
	vm_thread_ends(vcpu);
	vm_put(vm);
}

int
vm_start(struct vm *vm)
{
	struct vcpu *vcpu;
	char name[THREAD_NAME_MAX];
	int err = 0;

	spin_lock(&vm->lock);
	if (vm->state != VM_NEW || !vm->n_vcpus)
		err = -EINVAL;
	else
		vm->state = VM_RUNNING;
	spin_unlock(&vm->lock);
	if (err)
		return vm_error(vm, err, "it cannot start in this state");
	board_power_on(vm);
	vcpu = vm->vcpu[0];
	if (!vm->engine->deprivileged)
		vcpu->state.tsc_offset = 0 - rdtsc();
	vcpu_changed(vcpu, VCPU_MSRS);
	snprintf(name, sizeof(name), "vm%d", vm->id);
	vm_get(vm);
	spin_lock(&vm->lock);
	vm->running = 1;
	vm->reason[0] = '\0';
	vcpu->thread = thread_create(name, vm_thread, vcpu);
	if (!vcpu->thread) {
		vm->running = 0;
		vm->state = VM_NEW;
		err = -ENOMEM;
	}
	spin_unlock(&vm->lock);
	if (!err)
		return 0;
	vm_put(vm);
	return vm_error(vm, err, "no memory left for its thread");
}

void
vm_stop(struct vm *vm, int status, bool failed, const char *fmt, ...)
{
	char reason[VM_REASON_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	spin_lock(&vm->lock);
	if (vm->state == VM_RUNNING && !vm->stopping) {
		memcpy(vm->reason, reason, sizeof(reason));
		vm->status = status;
		vm->failed = failed;
		__atomic_store_n(&vm->stopping, true, __ATOMIC_RELEASE);
		for (unsigned i = 0; i < vm->n_vcpus; i++)
			vcpu_kick_locked(vm->vcpu[i]);
	}
	spin_unlock(&vm->lock);
	board_stopping(vm);
}

void
vm_kill(struct vm *vm)
{
	vm_stop(vm, VM_STATUS_FAILED, true, "killed");
}

int
vm_wait(struct vm *vm)
{
	int err = 0;

	spin_lock(&vm->lock);
	while (!err && vm->state == VM_RUNNING)
		err = waitq_sleep(&vm->stopped, &vm->lock);
	spin_unlock(&vm->lock);
	return err;
}

int
vm_destroy(struct vm *vm)
{
	enum vm_state before;

	spin_lock(&vm->lock);
	before = vm->state;
	if (before != VM_RUNNING)
		vm->state = VM_DEAD;
	while (before == VM_STOPPED && vm->running) {
		if (waitq_sleep(&vm->stopped, &vm->lock) == 0)
			continue;
		/* the caller is being killed, but this must be finished */
		spin_unlock(&vm->lock);
		thread_yield();
		spin_lock(&vm->lock);
	}
	spin_unlock(&vm->lock);
	if (before == VM_RUNNING)
		return -EBUSY;
	if (before == VM_DEAD)
		return 0;
	spin_lock(&vm_table_lock);
	list_remove(&vm->link);
	spin_unlock(&vm_table_lock);
	vm_free_parts(vm);
	vm_put(vm);
	return 0;
}
