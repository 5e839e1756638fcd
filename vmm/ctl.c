/* SPDX-License-Identifier: MIT */
/*
 * The commands of /vm/N/ctl (kernel/abi/vm.h): a word and the rest of the
 * line.  One that fails changes nothing but the line in status.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/vm.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "vmm/engine.h"
#include "vmm/vmcon.h"
#include "vmm/vmfs.h"

#define MIB_SHIFT 20

int
vmdir_error(struct vmdir *dir, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(dir->error, sizeof(dir->error), fmt, ap);
	va_end(ap);
	return err;
}

static enum vm_state
vmdir_state(struct vmdir *dir)
{
	enum vm_state state;

	spin_lock(&dir->vm->lock);
	state = dir->vm->state;
	spin_unlock(&dir->vm->lock);
	return state;
}

static int
ctl_memory(struct vmdir *dir, const char *arg)
{
	uint64_t mib;

	if (str_to_u64(arg, &mib))
		return vmdir_error(dir, -EINVAL,
			"memory: '%.16s' is no number of MiB", arg);
	if (mib < VM_MEMORY_MIN >> MIB_SHIFT ||
		mib > VM_MEMORY_MAX >> MIB_SHIFT)
		return vmdir_error(dir, -EINVAL,
			"memory: %lu MiB is not from %llu to %llu", mib,
			VM_MEMORY_MIN >> MIB_SHIFT, VM_MEMORY_MAX >> MIB_SHIFT);
	dir->memory = mib << MIB_SHIFT;
	return 0;
}

static int
ctl_shadow(struct vmdir *dir, const char *arg)
{
	uint64_t kib;

	if (str_to_u64(arg, &kib) || kib < SHADOW_KIB_MIN ||
		kib > SHADOW_KIB_MAX)
		return vmdir_error(dir, -EINVAL,
			"shadow: '%.16s' is no number of KiB from %d to %d",
			arg, SHADOW_KIB_MIN, SHADOW_KIB_MAX);
	dir->vm->shadow_kib = (uint32_t)kib;
	return 0;
}

static int
ctl_pages(struct vmdir *dir, const char *arg)
{
	bool small = strcmp(arg, "4K") == 0;

	if (!small && strcmp(arg, "large") != 0)
		return vmdir_error(
			dir, -EINVAL, "pages: '%.16s' is not 4K or large", arg);
	dir->vm->small_pages = small;
	return 0;
}

static int
ctl_check(struct vmdir *dir, const char *arg)
{
	(void)arg;
	dir->vm->check = true;
	return 0;
}

static int
ctl_name(struct vmdir *dir, char name[VM_NAME_MAX], const char *arg)
{
	if (!arg[0] || strlen(arg) >= VM_NAME_MAX)
		return vmdir_error(
			dir, -EINVAL, "'%.32s' is no engine's name", arg);
	str_copy(name, arg, VM_NAME_MAX);
	return 0;
}

static int
ctl_engine(struct vmdir *dir, const char *arg)
{
	return ctl_name(dir, dir->engine, arg);
}

static int
ctl_mmu(struct vmdir *dir, const char *arg)
{
	return ctl_name(dir, dir->mmu, arg);
}

/* Keep a copy of arg in *text. */
static int
ctl_text(struct vmdir *dir, char **text, const char *arg)
{
	char *copy = kstrdup(arg);

	if (!copy)
		return vmdir_error(dir, -ENOMEM, "no memory left");
	kfree(*text);
	*text = copy;
	return 0;
}

static int
ctl_path(struct vmdir *dir, char **path, const char *arg)
{
	if (arg[0] != '/')
		return vmdir_error(dir, -EINVAL,
			"'%.64s' is no path that begins with /", arg);
	return ctl_text(dir, path, arg);
}

static int
ctl_kernel(struct vmdir *dir, const char *arg)
{
	return ctl_path(dir, &dir->kernel, arg);
}

static int
ctl_initrd(struct vmdir *dir, const char *arg)
{
	return ctl_path(dir, &dir->initrd, arg);
}

static int
ctl_cmdline(struct vmdir *dir, const char *arg)
{
	return ctl_text(dir, &dir->cmdline, arg);
}

static int
ctl_commands(struct vmdir *dir, const char *arg)
{
	return ctl_text(dir, &dir->commands, arg);
}

static int
ctl_start(struct vmdir *dir, const char *arg)
{
	(void)arg;
	return vmdir_start(dir);
}

static int
ctl_kill(struct vmdir *dir, const char *arg)
{
	(void)arg;
	if (vmdir_state(dir) != VM_RUNNING)
		return vmdir_error(dir, -EINVAL, "it does not run");
	vm_kill(dir->vm);
	return 0;
}

static int
ctl_destroy(struct vmdir *dir, const char *arg)
{
	int err;

	(void)arg;
	if (vmdir_state(dir) == VM_DEAD)
		return vmdir_error(dir, -ESRCH, "it is destroyed already");
	err = vm_destroy(dir->vm);
	if (err)
		return vmdir_error(dir, err, "it runs: kill it first");
	vmcon_end(dir->console, true);
	vmdir_remove(dir);
	return 0;
}

static const struct ctl_command {
	const char *name;
	bool setup; /* only before start */
	bool takes_arg;
	int (*run)(struct vmdir *dir, const char *arg);
} ctl_commands_table[] = {
	{ "memory", true, true, ctl_memory },
	{ "engine", true, true, ctl_engine },
	{ "mmu", true, true, ctl_mmu },
	{ "shadow", true, true, ctl_shadow },
	{ "pages", true, true, ctl_pages },
	{ "check", true, false, ctl_check },
	{ "kernel", true, true, ctl_kernel },
	{ "initrd", true, true, ctl_initrd },
	{ "cmdline", true, true, ctl_cmdline },
	{ "commands", true, true, ctl_commands },
	{ "start", true, false, ctl_start },
	{ "kill", false, false, ctl_kill },
	{ "destroy", false, false, ctl_destroy },
};

#define CTL_COMMANDS                                                           \
	(sizeof(ctl_commands_table) / sizeof(ctl_commands_table[0]))

static int
ctl_run(struct vmdir *dir, const char *text)
{
	size_t i, n;

	for (i = 0; i < CTL_COMMANDS; i++) {
		const struct ctl_command *c = &ctl_commands_table[i];
		const char *arg;

		n = strlen(c->name);
		if (strncmp(text, c->name, n) || (text[n] && text[n] != ' '))
			continue;
		arg = text[n] ? text + n + 1 : "";
		if (!c->takes_arg && arg[0])
			return vmdir_error(
				dir, -EINVAL, "%s takes no argument", c->name);
		if (c->setup && vmdir_state(dir) != VM_NEW)
			return vmdir_error(dir, -EBUSY,
				"%s: the VM has been started already", c->name);
		return c->run(dir, arg);
	}
	return vmdir_error(dir, -EINVAL, "no such command: %.64s", text);
}

int
vmdir_command(struct vmdir *dir, const char *text)
{
	int err;

	mutex_lock(&dir->lock);
	dir->error[0] = '\0';
	err = ctl_run(dir, text);
	mutex_unlock(&dir->lock);
	return err;
}
