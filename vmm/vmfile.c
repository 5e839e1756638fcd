/* SPDX-License-Identifier: MIT */
/*
 * The files of /vm/N (vmfs.h): a vnode for each open.
 *
 * The text of status, exits, regs, trace and walk is made when a file is read
 * from its start, and kept for the reads that follow: so one reader sees one
 * moment.  status has these lines, those that apply:
 *
 *   state created|running|stopped|dead
 *   status N        what the guest ended with; 255: it was stopped
 *   reason TEXT     why it ended
 *   engine NAME, mmu NAME, memory MIB
 *   error TEXT      why the last command to ctl failed
 *   note TEXT       why the guest seems to do nothing
 *
 * The console is a device: a read waits for output while the guest runs, and
 * gives 0 at its end.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "vmm/board.h"
#include "vmm/engine.h"
#include "vmm/note.h"
#include "vmm/vcpu.h"
#include "vmm/vmcon.h"
#include "vmm/vmfs.h"

#define VMFILE_TEXT_MAX	   16384
#define VMFILE_COMMAND_MAX 16384 /* bytes of one write to ctl */

const char *const vmfile_names[VMFILES] = { "ctl", "console", "status", "exits",
	"regs", "trace", "walk" };

struct vmfile {
	struct vnode vnode;
	struct vmdir *dir; /* counted */
	enum vmfile_kind kind;
	char address[VMWALK_ADDRESS_MAX]; /* of walk; "": none written */
	char *text; /* owned; what the last read from offset 0 made */
	size_t length;
};

#define to_vmfile(vnode_) container_of(vnode_, struct vmfile, vnode)

static const char *
vmdir_state_name(enum vm_state state)
{
	static const char *const names[] = { [VM_NEW] = "created",
		[VM_RUNNING] = "running",
		[VM_STOPPED] = "stopped",
		[VM_DEAD] = "dead" };

	return names[state];
}

static void
vmdir_format_status(struct vmdir *dir, char *buf, size_t size, size_t *pos)
{
	struct vm *vm = dir->vm;
	const char *engine = vm->engine ? vm->engine->name : dir->engine;
	const char *mmu = vm->mmu ? vm->mmu->ops->name : dir->mmu;
	char reason[VM_REASON_MAX];
	enum vm_state state;
	int status;

	spin_lock(&vm->lock);
	state = vm->state;
	status = vm->status;
	str_copy(reason, vm->reason, sizeof(reason));
	spin_unlock(&vm->lock);
	str_append(buf, size, pos, "state %s\n", vmdir_state_name(state));
	if (state >= VM_STOPPED) {
		str_append(buf, size, pos, "status %d\n", status);
		str_append(buf, size, pos, "reason %s\n", reason);
	}
	if (engine[0])
		str_append(buf, size, pos, "engine %s\n", engine);
	if (mmu[0])
		str_append(buf, size, pos, "mmu %s\n", mmu);
	if (dir->memory)
		str_append(buf, size, pos, "memory %lu\n", dir->memory >> 20);
	if (dir->error[0])
		str_append(buf, size, pos, "error %s\n", dir->error);
	vm_format_notes(vm, buf, size, pos);
}

static void
vmdir_format_exits(struct vmdir *dir, struct vcpu *vcpu, char *buf, size_t size,
	size_t *pos)
{
	struct mmu *mmu = dir->vm->mmu;

	trace_format_counts(&vcpu->trace, buf, size, pos);
	if (vcpu->engine->describe)
		vcpu->engine->describe(vcpu, buf, size, pos);
	if (mmu->ops->describe)
		mmu->ops->describe(mmu, buf, size, pos);
}

/* What only the vCPU knows; dir->lock is held, and it may be running. */
static int
vmfile_format_vcpu(struct vmfile *vf, char *buf, size_t size, size_t *pos)
{
	enum vmfile_kind kind = vf->kind;
	struct vmdir *dir = vf->dir;
	struct vcpu *vcpu = dir->vm->n_vcpus ? dir->vm->vcpu[0] : NULL;
	int err;

	if (!vcpu && kind == VMFILE_WALK)
		str_append(buf, size, pos, "the VM has no CPU\n");
	if (!vcpu)
		return 0;
	err = vm_visit_begin(dir->vm);
	if (err)
		return err;
	if (kind == VMFILE_EXITS)
		vmdir_format_exits(dir, vcpu, buf, size, pos);
	else if (kind == VMFILE_REGS)
		vcpu_format_regs(vcpu, buf, size, pos);
	else if (kind == VMFILE_TRACE)
		trace_format_ring(&vcpu->trace, buf, size, pos);
	else if (kind == VMFILE_WALK)
		vmwalk_format(vcpu, vf->address, buf, size, pos);
	vm_visit_end(dir->vm);
	return 0;
}

/* The text of a file as it is now; dir->lock is held.  0 or -EINTR. */
static int
vmfile_format(struct vmfile *vf, char *buf, size_t size, size_t *pos)
{
	if (vf->kind == VMFILE_CTL)
		str_append(buf, size, pos, "%d\n", vf->dir->vm->id);
	else if (vf->kind == VMFILE_STATUS)
		vmdir_format_status(vf->dir, buf, size, pos);
	else
		return vmfile_format_vcpu(vf, buf, size, pos);
	return 0;
}

static int64_t
vmfile_read(struct file *file, void *buf, size_t n, uint64_t offset)
{
	struct vmfile *vf = to_vmfile(file->vnode);
	int err;

	if (!vf->text)
		vf->text = kmalloc(VMFILE_TEXT_MAX);
	if (!vf->text)
		return -ENOMEM;
	if (!offset) {
		vf->length = 0;
		vf->text[0] = '\0';
		mutex_lock(&vf->dir->lock);
		err = vmfile_format(vf, vf->text, VMFILE_TEXT_MAX, &vf->length);
		mutex_unlock(&vf->dir->lock);
		if (err)
			return err;
		vf->length = strnlen(vf->text, VMFILE_TEXT_MAX);
	}
	if (offset >= vf->length)
		return 0;
	if (n > vf->length - offset)
		n = vf->length - offset;
	memcpy(buf, vf->text + offset, n);
	return (int64_t)n;
}

/* One write is one command; a newline at its end is not part of it. */
static int64_t
vmfile_write_ctl(struct file *file, const void *buf, size_t n, uint64_t offset)
{
	struct vmdir *dir = to_vmfile(file->vnode)->dir;
	const char *bytes = buf;
	size_t length = n;
	char *text;
	int err;

	(void)offset;
	if (n > VMFILE_COMMAND_MAX)
		return -E2BIG;
	if (bytes[n - 1] == '\n')
		length--;
	if (strnlen(bytes, length) != length)
		return -EINVAL;
	text = kmalloc(length + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, bytes, length);
	text[length] = '\0';
	err = vmdir_command(dir, text);
	kfree(text);
	return err ? err : (int64_t)n;
}

/* One write is the address that the next read from the start walks to. */
static int64_t
vmfile_write_walk(struct file *file, const void *buf, size_t n, uint64_t offset)
{
	struct vmfile *vf = to_vmfile(file->vnode);
	char address[VMWALK_ADDRESS_MAX] = "";
	int err;

	(void)offset;
	if (n < sizeof(address))
		memcpy(address, buf, n);
	else /* what cannot be one is named as far as there is room */
		snprintf(address, sizeof(address), "%.19s...",
			(const char *)buf);
	if (n && n < sizeof(address) && address[n - 1] == '\n')
		address[n - 1] = '\0';
	mutex_lock(&vf->dir->lock);
	err = vmwalk_parse(vf->dir, address);
	if (!err)
		memcpy(vf->address, address, sizeof(address));
	mutex_unlock(&vf->dir->lock);
	return err ? err : (int64_t)n;
}

static void
vmfile_release(struct vnode *vnode)
{
	struct vmfile *vf = to_vmfile(vnode);

	vnode_put(&vf->dir->vnode);
	kfree(vf->text);
	kfree(vf);
}

static bool
vmfile_reads(const struct file *file)
{
	return (file->flags & O_ACCMODE) != O_WRONLY;
}

static int
vmfile_open_console(struct vnode *vnode, int flags, struct file *file)
{
	(void)flags;
	if (vmfile_reads(file))
		vmcon_open(to_vmfile(vnode)->dir->console);
	return 0;
}

static void
vmfile_close_console(struct file *file)
{
	if (vmfile_reads(file))
		vmcon_close(to_vmfile(file->vnode)->dir->console);
}

static int64_t
vmfile_read_console(struct file *file, void *buf, size_t n, uint64_t offset)
{
	(void)offset;
	return vmcon_read(to_vmfile(file->vnode)->dir->console, buf, n);
}

static int64_t
vmfile_write_console(
	struct file *file, const void *buf, size_t n, uint64_t offset)
{
	struct vmdir *dir = to_vmfile(file->vnode)->dir;
	int64_t put = vmcon_write(dir->console, buf, n);

	(void)offset;
	if (put > 0) {
		mutex_lock(&dir->lock);
		if (dir->vm->bus)
			board_console_input(dir->vm);
		mutex_unlock(&dir->lock);
	}
	return put;
}

static unsigned
vmfile_poll_console(struct file *file)
{
	return vmcon_poll(to_vmfile(file->vnode)->dir->console);
}

static const struct vnode_ops vmfile_text_ops = {
	.read = vmfile_read,
	.release = vmfile_release,
};

static const struct vnode_ops vmfile_ctl_ops = {
	.read = vmfile_read,
	.write = vmfile_write_ctl,
	.release = vmfile_release,
};

static const struct vnode_ops vmfile_walk_ops = {
	.read = vmfile_read,
	.write = vmfile_write_walk,
	.release = vmfile_release,
};

static const struct vnode_ops vmfile_console_ops = {
	.open = vmfile_open_console,
	.close = vmfile_close_console,
	.read = vmfile_read_console,
	.write = vmfile_write_console,
	.poll = vmfile_poll_console,
	.release = vmfile_release,
};

int
vmfile_create(struct vmdir *dir, enum vmfile_kind kind, struct vnode **out)
{
	static const struct vnode_ops *const ops[VMFILES] = {
		[VMFILE_CTL] = &vmfile_ctl_ops,
		[VMFILE_CONSOLE] = &vmfile_console_ops,
		[VMFILE_STATUS] = &vmfile_text_ops,
		[VMFILE_EXITS] = &vmfile_text_ops,
		[VMFILE_REGS] = &vmfile_text_ops,
		[VMFILE_TRACE] = &vmfile_text_ops,
		[VMFILE_WALK] = &vmfile_walk_ops,
	};
	struct vmfile *vf = kzalloc(sizeof(*vf));

	if (!vf)
		return -ENOMEM;
	vnode_init(&vf->vnode, ops[kind],
		kind == VMFILE_CONSOLE ? FT_DEVICE : FT_FILE, DEV_VM,
		VMFS_INO_FILE(dir->vm->id, kind));
	vnode_get(&dir->vnode);
	vf->dir = dir;
	vf->kind = kind;
	*out = &vf->vnode;
	return 0;
}
