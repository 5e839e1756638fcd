/* SPDX-License-Identifier: MIT */
/*
 * Starting a VM: engines, memory, kernel, initrd, command line (vmfs.h).
 *
 * Without a kernel it is the second copy: the kernel image comes from the
 * root file system, and the initrd is the one that this kernel booted with,
 * byte for byte, so that a guest can do the same for its own guest.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/vm.h"
#include "kernel/boot/boot.h"
#include "kernel/fs/file.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "vmm/board.h"
#include "vmm/cpuid.h"
#include "vmm/engine.h"
#include "vmm/loader/loader.h"
#include "vmm/vmcon.h"
#include "vmm/vmfs.h"

#define MIB		   (1ull << 20)
#define MEMORY_DEFAULT_MIN (16 * MIB)
#define MEMORY_DEFAULT_MAX (64 * MIB)
#define COMMANDS_WORD	   "cmd=" /* all behind it is for the shell */

/* A file, or bytes of the kernel's own memory, for a loader. */
struct start_source {
	struct elf_source src;
	struct file *file;
	const uint8_t *bytes;
};

static int64_t
start_read_file(struct elf_source *src, void *buf, size_t n, uint64_t offset)
{
	struct start_source *s = container_of(src, struct start_source, src);

	return file_read_at(s->file, buf, n, offset);
}

static int64_t
start_read_bytes(struct elf_source *src, void *buf, size_t n, uint64_t offset)
{
	struct start_source *s = container_of(src, struct start_source, src);

	if (offset >= src->size)
		return 0;
	if (n > src->size - offset)
		n = src->size - offset;
	memcpy(buf, s->bytes + offset, n);
	return (int64_t)n;
}

static int
start_open(struct vmdir *dir, struct start_source *s, const char *what,
	const char *path)
{
	int err = vfs_open(NULL, path, O_RDONLY, &s->file);

	if (err)
		return vmdir_error(dir, err,
			err == -ENOENT ? "%s: no file %.100s"
				       : "%s: %.100s cannot be read",
			what, path);
	s->src.read = start_read_file;
	s->src.size = file_size(s->file);
	return 0;
}

/* The initrd that this kernel booted with. */
static void
start_use_own_initrd(struct start_source *s)
{
	const struct bootinfo *boot = boot_info();

	s->src.read = start_read_bytes;
	s->src.size = boot->initrd_size;
	s->bytes = phys_to_virt(boot->initrd_start);
}

/* Half of what is free, in even MiB, within limits. */
static uint64_t
start_default_memory(void)
{
	uint64_t bytes = (uint64_t)pmm_frames_free() * PAGE_SIZE / 2;

	bytes &= ~(2 * MIB - 1);
	if (bytes < MEMORY_DEFAULT_MIN)
		return MEMORY_DEFAULT_MIN;
	return bytes < MEMORY_DEFAULT_MAX ? bytes : MEMORY_DEFAULT_MAX;
}

/* cmdline and commands in one, or NULL when memory is short. */
static char *
start_cmdline(const struct vmdir *dir)
{
	const char *cmdline = dir->cmdline ? dir->cmdline : "";
	const char *commands = dir->commands ? dir->commands : "";
	size_t size =
		strlen(cmdline) + strlen(commands) + sizeof(" " COMMANDS_WORD);
	char *text = kmalloc(size);

	if (text)
		snprintf(text, size, "%s%s%s%s", cmdline,
			dir->commands && cmdline[0] ? " " : "",
			dir->commands ? COMMANDS_WORD : "", commands);
	return text;
}

/* Where CPUID does not trap, the guest is told what it should have said. */
static void
start_add_cpuid(const struct vm *vm, struct load *ld,
	struct load_module *module, struct vm_cpuid *list)
{
	size_t n;

	if (!vm->engine->deprivileged)
		return;
	n = cpuid_policy_list(vm->cpuid, list, CPUID_LIST_MAX);
	*module = (struct load_module){ .name = VM_CPUID_MODULE,
		.bytes = list,
		.size = n * sizeof(*list) };
	ld->module = module;
}

static int
start_load(struct vmdir *dir, struct start_source *kernel,
	struct start_source *initrd)
{
	struct vm_cpuid cpuid[CPUID_LIST_MAX];
	struct load_module module;
	struct load ld = { .gmem = &dir->vm->gmem,
		.vcpu = dir->vm->vcpu[0],
		.kernel = &kernel->src,
		.initrd = initrd->src.read ? &initrd->src : NULL,
		.name = dir->kernel ? dir->kernel : VM_KERNEL_PATH };
	char *cmdline = start_cmdline(dir);
	int err;

	if (!cmdline)
		return vmdir_error(dir, -ENOMEM, "no memory left");
	ld.cmdline = cmdline;
	start_add_cpuid(dir->vm, &ld, &module, cpuid);
	err = load_kernel(&ld);
	if (err)
		vmdir_error(dir, err, "%s", ld.why);
	kfree(cmdline);
	return err;
}

static int
start_run(struct vmdir *dir, struct start_source *kernel,
	struct start_source *initrd)
{
	struct vm *vm = dir->vm;
	int err;

	if (!dir->memory)
		dir->memory = start_default_memory();
	err = vm_configure(vm, dir->engine[0] ? dir->engine : NULL,
		dir->mmu[0] ? dir->mmu : NULL, dir->memory);
	if (err)
		return vmdir_error(dir, err, "%s", vm->reason);
	board_set_console(vm, dir->console);
	err = start_load(dir, kernel, initrd);
	if (err)
		return err;
	err = vm_start(vm);
	return err ? vmdir_error(dir, err, "the VM's thread cannot be started")
		   : 0;
}

int
vmdir_start(struct vmdir *dir)
{
	struct start_source kernel = { 0 }, initrd = { 0 };
	int err;

	err = start_open(dir, &kernel, "kernel",
		dir->kernel ? dir->kernel : VM_KERNEL_PATH);
	if (!err && dir->initrd)
		err = start_open(dir, &initrd, "initrd", dir->initrd);
	else if (!err && !dir->kernel)
		start_use_own_initrd(&initrd);
	if (!err)
		err = start_run(dir, &kernel, &initrd);
	file_put(kernel.file);
	file_put(initrd.file);
	return err;
}
