/* SPDX-License-Identifier: MIT */
/*
 * Loading a program: segments, heap, stack.
 *
 * All of it happens in a new address space while the old one is in use, so
 * that an error leaves the caller as it was.  The stack that a program finds
 * is that of the System V ABI for x86-64, 3.4.1:
 *
 *	rsp	argc
 *		argv[0] ... argv[argc - 1], NULL
 *		envp[0] ... NULL
 *		the strings
 */
#include "kernel/proc/exec.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/gdt.h"
#include "kernel/cpu/msr.h"
#include "kernel/cpu/trap.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/elf.h"
#include "kernel/lib/list.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/aspace.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "kernel/proc/proc.h"

/* Programs live below this, so that the heap behind them has room. */
#define PROGRAM_END 0x0000000800000000ul

struct exec_source {
	struct elf_source elf;
	struct file *file;
};

static int64_t
exec_read(struct elf_source *elf, void *buf, size_t n, uint64_t offset)
{
	struct exec_source *source = container_of(elf, struct exec_source, elf);

	return file_read_at(source->file, buf, n, offset);
}

int
exec_args_init(struct exec_args *args)
{
	*args = (struct exec_args){ .strings = kmalloc(ARG_MAX) };
	return args->strings ? 0 : -ENOMEM;
}

void
exec_args_free(struct exec_args *args)
{
	kfree(args->strings);
	args->strings = NULL;
}

int
exec_args_add(struct exec_args *args, size_t *count, const char *text)
{
	size_t size = strlen(text) + 1;

	if (*count == ARGC_MAX || size > ARG_MAX - args->size)
		return -E2BIG;
	memcpy(args->strings + args->size, text, size);
	args->size += size;
	(*count)++;
	return 0;
}

/* Copy a segment's file part, a page at a time; the rest is zeros. */
static int
segment_copy(
	struct aspace *as, struct elf *elf, const struct elf_segment *segment)
{
	uint64_t done = 0;
	void *page = kmalloc(PAGE_SIZE);
	int err = page ? 0 : -ENOMEM;

	while (err == 0 && done < segment->filesz) {
		uint64_t part = segment->filesz - done;

		if (part > PAGE_SIZE)
			part = PAGE_SIZE;
		err = elf_read(elf, page, part, segment->offset + done);
		if (err == 0)
			err = aspace_fill(
				as, segment->vaddr + done, page, part);
		done += part;
	}
	kfree(page);
	return err;
}

static int
segment_load(
	struct aspace *as, struct elf *elf, const struct elf_segment *segment)
{
	uint64_t start = page_round_down(segment->vaddr);
	uint64_t end = segment->vaddr + segment->memsz;
	int prot = 0, err;

	if (end > PROGRAM_END || start < USER_LOW) {
		snprintf(elf->why, sizeof(elf->why),
			"a segment lies outside %#lx to %#lx", USER_LOW,
			PROGRAM_END);
		return -ENOEXEC;
	}
	end = page_round_up(end);
	if (segment->flags & ELF_PF_R)
		prot |= PROT_READ;
	if (segment->flags & ELF_PF_W)
		prot |= PROT_READ | PROT_WRITE;
	if (segment->flags & ELF_PF_X)
		prot |= PROT_READ | PROT_EXEC;
	if (prot & PROT_WRITE && prot & PROT_EXEC) {
		str_copy(elf->why, "a segment is writable and executable",
			sizeof(elf->why));
		return -ENOEXEC;
	}
	err = aspace_map(as, start, end, prot);
	if (err == -EEXIST) {
		str_copy(elf->why, "two segments share a page",
			sizeof(elf->why));
		return -ENOEXEC;
	}
	if (end > as->heap_start)
		as->heap_start = as->heap_end = end;
	return err ? err : segment_copy(as, elf, segment);
}

static int
program_load(struct aspace *as, struct elf *elf)
{
	struct elf_segment segment;
	int err = 0;

	for (unsigned i = 0; i < elf->phnum && err == 0; i++) {
		err = elf_segment(elf, i, &segment);
		if (err == 0 && segment.type == ELF_PT_LOAD && segment.memsz)
			err = segment_load(as, elf, &segment);
	}
	if (err == 0 && (elf->entry < USER_LOW || elf->entry >= PROGRAM_END)) {
		snprintf(elf->why, sizeof(elf->why),
			"the entry point %#lx lies outside the program",
			elf->entry);
		err = -ENOEXEC;
	}
	return err;
}

/* Push argc, argv, envp and the strings; *rsp is where argc lies. */
static int
stack_build(struct aspace *as, const struct exec_args *args, uint64_t *rsp)
{
	size_t words = args->argc + args->envc + 3, w = 0;
	uint64_t strings = (USTACK_TOP - args->size) & ~15ul;
	uint64_t at = strings;
	const char *text = args->strings;
	uint64_t *table = kmalloc(words * sizeof(*table));
	int err;

	if (!table)
		return -ENOMEM;
	table[w++] = args->argc;
	for (size_t i = 0; i < args->argc + args->envc; i++) {
		size_t size = strlen(text) + 1;

		if (i == args->argc)
			table[w++] = 0;
		table[w++] = at;
		at += size;
		text += size;
	}
	if (args->envc == 0)
		table[w++] = 0;
	table[w++] = 0;
	*rsp = (strings - words * sizeof(*table)) & ~15ul;
	err = aspace_map(as, USTACK_TOP - USTACK_SIZE, USTACK_TOP,
		PROT_READ | PROT_WRITE);
	if (err == 0)
		err = aspace_fill(as, strings, args->strings, args->size);
	if (err == 0)
		err = aspace_fill(as, *rsp, table, words * sizeof(*table));
	kfree(table);
	return err;
}

static int
exec_open(const char *path, struct file **out)
{
	struct proc *proc = proc_current();
	int err = vfs_open(proc ? proc->cwd : NULL, path, O_RDONLY, out);

	if (err == 0 && (*out)->vnode->type != FT_FILE) {
		file_put(*out);
		return -EACCES;
	}
	return err;
}

int
exec_load(const char *path, const struct exec_args *args, struct aspace **out,
	struct trapframe *tf)
{
	struct exec_source source = { .elf.read = exec_read };
	struct aspace *as = NULL;
	struct elf elf = { .why = "" };
	uint64_t rsp = 0;
	int err = exec_open(path, &source.file);

	if (err)
		return err;
	source.elf.size = file_size(source.file);
	err = elf_open(&elf, &source.elf);
	if (err == 0 && elf.machine != ELF_MACHINE_X86_64)
		err = -ENOEXEC;
	if (err == 0 && !(as = aspace_create()))
		err = -ENOMEM;
	if (err == 0)
		err = program_load(as, &elf);
	if (err == 0)
		err = stack_build(as, args, &rsp);
	file_put(source.file);
	if (err == 0) {
		*tf = (struct trapframe){
			.rip = elf.entry,
			.cs = SEL_USER_CODE,
			.rflags = RFLAGS_IF | RFLAGS_R1,
			.rsp = rsp,
			.ss = SEL_USER_DATA,
		};
		*out = as;
		return 0;
	}
	if (err == -ENOEXEC)
		kprintf("exec %s: %s\n", path, elf.why);
	if (as)
		aspace_destroy(as);
	return err;
}
