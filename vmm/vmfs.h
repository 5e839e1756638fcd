/* SPDX-License-Identifier: MIT */
/*
 * /vm: a VM is a directory.
 *
 *   /vm/clone       opening it makes a VM, and gives its ctl
 *   /vm/N/ctl       commands (kernel/abi/vm.h); reading gives N
 *   /vm/N/console   the guest's serial port
 *   /vm/N/status    a line "key value" each, see vmfile.c
 *   /vm/N/exits     how often the guest exited, by reason
 *   /vm/N/regs      registers as they were when the guest last stopped
 *   /vm/N/trace     the last exits, decoded
 *   /vm/N/walk      the walk to a guest-virtual address, which is written
 *                   first: a number, or rip or rsp (as when none is)
 *
 * vmfs.c has the directories, vmfile.c the files, ctl.c the commands and
 * start.c what `start` does.
 *
 * A directory outlives its VM as long as somebody has one of its files open:
 * status can still be read when the VM has been destroyed.
 */
#ifndef VMM_VMFS_H
#define VMM_VMFS_H

#include "kernel/fs/vnode.h"
#include "kernel/lib/list.h"
#include "kernel/proc/waitq.h"
#include "vmm/vm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vmcon;

enum vmfile_kind {
	VMFILE_CTL,
	VMFILE_CONSOLE,
	VMFILE_STATUS,
	VMFILE_EXITS,
	VMFILE_REGS,
	VMFILE_TRACE,
	VMFILE_WALK,
	VMFILES
};

extern const char *const vmfile_names[VMFILES];

/* One /vm/N. */
struct vmdir {
	struct vnode vnode;
	struct list link; /* all that can be found; guarded by vmfs's lock */
	struct vm *vm;	  /* counted */
	struct vmcon *console; /* counted */

	struct mutex lock;
	/* guarded by lock, as is the calling of vm_configure to vm_destroy */
	char engine[VM_NAME_MAX], mmu[VM_NAME_MAX]; /* "": the best */
	uint64_t memory; /* bytes; 0: a share of what is free */
	char *kernel, *initrd, *cmdline, *commands; /* owned; NULL: not set */
	char error[VM_REASON_MAX]; /* why the last command failed, or "" */
};

/* Inode numbers: 1 is the root, 2 clone; a VM has a block of them. */
#define VMFS_INO_ROOT		1
#define VMFS_INO_CLONE		2
#define VMFS_INO_DIR(id)	((uint64_t)(id)*16)
#define VMFS_INO_FILE(id, kind) (VMFS_INO_DIR(id) + 1 + (kind))

/* Make a new VM and its directory; *out is counted. */
int vmdir_create(struct vmdir **out);

/* Take the directory out of /vm: the VM has been destroyed. */
void vmdir_remove(struct vmdir *dir);

/* A new vnode for one open of dir's file; *out is counted. */
int vmfile_create(struct vmdir *dir, enum vmfile_kind kind, struct vnode **out);

/*
 * Perform one command of ctl: text is a string without its newline.  Returns
 * 0 or -errno, and then dir->error says why.  Sleeps.
 */
int vmdir_command(struct vmdir *dir, const char *text);

/*
 * The text of /vm/N/walk for an address, as written: "0x1000", "rip", "rsp".
 * vmwalk_parse() checks it and returns 0 or -EINVAL with dir->error, under
 * dir->lock.  vmwalk_format() appends; the caller visits the VM.
 */
#define VMWALK_ADDRESS_MAX 24
int vmwalk_parse(struct vmdir *dir, const char *address);
void vmwalk_format(struct vcpu *vcpu, const char *address, char *buf,
	size_t size, size_t *pos);

/* The `start` command; dir->lock is held. */
int vmdir_start(struct vmdir *dir);

/* Note why a command failed, and return err; dir->lock is held. */
int vmdir_error(struct vmdir *dir, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
