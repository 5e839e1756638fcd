/* SPDX-License-Identifier: MIT */
/*
 * The shadow engine's hooks: between the VMM's words (struct vm, vcpu,
 * vmexit) and the pure code of this folder.
 *
 * Shadow tables follow guest memory, so they are told of the VMM's own
 * writes too (gmem.watch): of a loader, string I/O, devices, and above all
 * of the emulated stores to traced tables.
 */
#include "vmm/mmu/shadow/shadow.h"

#include "kernel/lib/printf.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

/* The share of a VM's memory that goes to shadows, unless told otherwise. */
#define SHADOW_SHARE	   16
#define SHADOW_KIB_DEFAULT 2048
#define SHADOW_KIB_LARGE   (64 << 10)

/*
 * With vm->check: a guest that has had no more than CHECK_SMALL shadow tables,
 * as the tests' guests, is looked at whole around each call.  Of a larger one
 * CHECK_TABLES are, one after another, and all after CHECK_ALL calls.
 */
#define CHECK_SMALL  32
#define CHECK_TABLES 8
#define CHECK_ALL    512

struct shadow_mmu {
	struct mmu mmu;
	struct shadow s;
	struct gmem_watch watch;
	size_t checked; /* the next table to look at */
	uint64_t calls;
};

#define to_shadow(mmu_) container_of(mmu_, struct shadow_mmu, mmu)

static const struct mmu_engine shadow_engine;

/* Look whether the rules are kept; a VM that broke one is stopped. */
static void
shadow_mmu_check(struct shadow_mmu *m)
{
	char why[VM_REASON_MAX];
	bool ok = true;

	if (!m->mmu.vm->check)
		return;
	if (m->s.n_backed <= CHECK_SMALL || ++m->calls % CHECK_ALL == 0)
		ok = shadow_check(&m->s, why, sizeof(why));
	for (unsigned i = 0; ok && i < CHECK_TABLES; i++) {
		const struct shadow_page *p = &m->s.page[m->checked];

		m->checked = (m->checked + 1) % m->s.n_pages;
		if (!list_empty(&p->hash))
			ok = shadow_check_page(&m->s, p, why, sizeof(why));
	}
	if (!ok)
		vm_stop(m->mmu.vm, VM_STATUS_FAILED, true,
			"the VMM's own check: %s", why);
}

/* Which of its roots the vCPU runs on. */
static enum shadow_view
shadow_mmu_view(const struct vcpu *vcpu)
{
	if (!vcpu->engine || !vcpu->engine->deprivileged)
		return VIEW_NATIVE;
	return vcpu->state.cpl == 3 ? VIEW_USER : VIEW_KERNEL;
}

/* What the pure code asked for reaches the vCPU. */
static void
shadow_mmu_tell(struct shadow_mmu *m, struct vcpu *vcpu)
{
	if (m->s.flush)
		vcpu_changed(vcpu, VCPU_FLUSH_TLB);
	if (!m->s.current[shadow_mmu_view(vcpu)])
		vcpu_changed(vcpu, VCPU_CODE); /* a new root, please */
	m->s.flush = false;
}

static void
shadow_mmu_done(struct shadow_mmu *m, struct vcpu *vcpu)
{
	shadow_mmu_check(m);
	shadow_mmu_tell(m, vcpu);
}

/*
 * The rules are looked at only where a table is written: to deliver interrupts
 * in ring 3 the VMM pushes frames without end, and no rule is about data.
 */
static void
shadow_mmu_written(struct gmem_watch *watch, uint64_t gpa, uint64_t len)
{
	struct shadow_mmu *m = container_of(watch, struct shadow_mmu, watch);
	struct vm *vm = m->mmu.vm;
	bool check = vm->check && len > 0 &&
		(len > PAGE_SIZE || shadow_frame_traced(&m->s, gpa) ||
			shadow_frame_traced(&m->s, gpa + len - 1));

	shadow_written(&m->s, gpa, len);
	if (check)
		shadow_mmu_check(m);
	if (vm->n_vcpus)
		shadow_mmu_tell(m, vm->vcpu[0]);
}

static size_t
shadow_default_kib(const struct vm *vm)
{
	uint64_t kib = vm->gmem.ram / 1024 / SHADOW_SHARE;

	if (kib < SHADOW_KIB_DEFAULT)
		return SHADOW_KIB_DEFAULT;
	return kib < SHADOW_KIB_LARGE ? kib : SHADOW_KIB_LARGE;
}

static void
shadow_mmu_fini(struct mmu *mmu)
{
	mmu->vm->gmem.watch = NULL;
	shadow_fini(&to_shadow(mmu)->s);
	kfree(to_shadow(mmu));
}

static struct mmu *
shadow_mmu_init(struct vm *vm)
{
	struct shadow_mmu *m = kzalloc(sizeof(*m));
	size_t kib = vm->shadow_kib ? vm->shadow_kib : shadow_default_kib(vm);

	if (!m)
		return NULL;
	m->mmu.ops = &shadow_engine;
	m->mmu.vm = vm;
	m->watch.written = shadow_mmu_written;
	if (shadow_init(&m->s, &vm->gmem, kib) != 0) {
		shadow_mmu_fini(&m->mmu);
		return NULL;
	}
	vm->gmem.watch = &m->watch;
	return &m->mmu;
}

static struct shadow_mode
shadow_mmu_mode(struct vcpu *vcpu)
{
	vcpu_need(vcpu, VCPU_CPL);
	return (struct shadow_mode){
		.walk = vcpu_gwalk_mode(vcpu),
		.view = (uint8_t)shadow_mmu_view(vcpu),
		.wide = vcpu->engine->deprivileged,
	};
}

static uint64_t
shadow_mmu_root(struct mmu *mmu, struct vcpu *vcpu)
{
	const struct shadow_mode mode = shadow_mmu_mode(vcpu);

	return shadow_root(&to_shadow(mmu)->s, &mode);
}

static enum mmu_outcome
shadow_mmu_set_cr3(struct mmu *mmu, struct vcpu *vcpu)
{
	const struct shadow_mode mode = shadow_mmu_mode(vcpu);
	struct shadow_mmu *m = to_shadow(mmu);

	if (!shadow_root(&m->s, &mode))
		return MMU_NO_MEMORY;
	shadow_mmu_done(m, vcpu);
	return MMU_FIXED;
}

static enum mmu_outcome
shadow_mmu_fault(struct mmu *mmu, struct vcpu *vcpu, const struct vmexit *x,
	uint32_t *error)
{
	struct shadow_mode mode = shadow_mmu_mode(vcpu);
	struct shadow_mmu *m = to_shadow(mmu);
	enum mmu_outcome outcome;

	shadow_mmu_check(m);
	outcome = shadow_fault(
		&m->s, &mode, x->fault.gva, x->fault.access, error);
	shadow_mmu_done(m, vcpu);
	return outcome;
}

static void
shadow_mmu_reserve(struct mmu *mmu, unsigned index, uint64_t entry)
{
	struct shadow_mmu *m = to_shadow(mmu);

	shadow_reserve(&m->s, index, entry);
	if (mmu->vm->n_vcpus)
		shadow_mmu_done(m, mmu->vm->vcpu[0]);
}

static void
shadow_mmu_untrace(struct mmu *mmu, struct vcpu *vcpu, uint64_t gva)
{
	struct gwalk_mode mode = vcpu_gwalk_mode(vcpu);
	struct shadow_mmu *m = to_shadow(mmu);
	struct gwalk walk;

	/* whether the access is allowed has been judged before */
	mode.cr4 &= ~CR4_SMAP;
	if (gwalk(&mmu->vm->gmem, &mode, gva, 0, &walk) == 0)
		shadow_untrace(&m->s, walk.gpa);
	shadow_mmu_done(m, vcpu);
}

static bool
shadow_mmu_store(struct mmu *mmu, uint64_t gpa, uint64_t *to, uint64_t value)
{
	struct shadow_mmu *m = to_shadow(mmu);

	if (!shadow_store(&m->s, gpa, to, value))
		return false;
	if (m->s.flush || mmu->vm->check)
		shadow_mmu_done(m, mmu->vm->vcpu[0]);
	return true;
}

static void
shadow_mmu_unmap(struct mmu *mmu, uint64_t gpa, uint64_t size)
{
	struct shadow_mmu *m = to_shadow(mmu);

	shadow_unmap(&m->s, gpa, size);
	if (mmu->vm->n_vcpus)
		shadow_mmu_done(m, mmu->vm->vcpu[0]);
}

/* The tables have 4 levels, or 3 for a CPU in PAE mode. */
static enum pagewalk_end
shadow_mmu_walk(
	struct mmu *mmu, struct vcpu *vcpu, uint64_t gva, struct pagewalk *out)
{
	const struct shadow *s = &to_shadow(mmu)->s;
	const struct shadow_page *root;
	const struct pagefmt_cpu cpu = {
		.phys_bits = 52, .nx = true, .gib_pages = true
	};

	vcpu_need(vcpu, VCPU_CPL);
	root = s->current[shadow_mmu_view(vcpu)];
	if (!root) {
		out->steps = 0;
		return PAGEWALK_ABSENT;
	}
	return pagewalk(NULL,
		root->role.level == 4 ? &pagefmt_4level : &pagefmt_pae, &cpu,
		virt_to_phys(root->entry), gva, out);
}

static void
shadow_mmu_describe(struct mmu *mmu, char *buf, size_t size, size_t *pos)
{
	const struct shadow *s = &to_shadow(mmu)->s;
	const struct shadow_stats *n = &s->stats;
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{ "hidden-fault", n->filled },
		{ "guest-fault", n->guest_faults },
		{ "traced-write", n->traced },
		{ "root-known", n->root_hits },
		{ "root-new", n->root_misses },
		{ "table-built", n->built },
		{ "table-dropped", n->dropped },
		{ "table-reclaimed", n->reclaimed },
		{ "shadow-kib", s->n_backed * SHADOW_KIB_PER_TABLE },
		{ "shadow-kib-max", s->n_pages * SHADOW_KIB_PER_TABLE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		str_append(buf, size, pos, "%s %llu\n", rows[i].name,
			(unsigned long long)rows[i].value);
}

static const struct mmu_engine shadow_engine = {
	.name = "shadow",
	.init = shadow_mmu_init,
	.fini = shadow_mmu_fini,
	.root = shadow_mmu_root,
	.set_cr3 = shadow_mmu_set_cr3,
	.fault = shadow_mmu_fault,
	.untrace = shadow_mmu_untrace,
	.store = shadow_mmu_store,
	.unmap = shadow_mmu_unmap,
	.reserve = shadow_mmu_reserve,
	.walk = shadow_mmu_walk,
	.describe = shadow_mmu_describe,
};

MMU_ENGINE(shadow_engine);
