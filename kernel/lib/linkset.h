/* SPDX-License-Identifier: MIT */
/*
 * Linker sets: how a file adds itself to the kernel.
 *
 * A lab adds files, not conditionals.  A file that implements a system call,
 * an exit handler or a device puts one record into a named section; the
 * linker gathers the records of all files into one array, and whoever walks
 * the array finds what is there.  Leave the file out and the feature is gone:
 * there is no list to edit.
 *
 * The linker defines __start_NAME and __stop_NAME for every section whose
 * name is a C identifier (GNU ld manual, "Input Section Example"), so the
 * same macros work in the kernel and in the host's unit tests.
 */
#ifndef KERNEL_LIB_LINKSET_H
#define KERNEL_LIB_LINKSET_H

/* Declare the bounds of a set of `type` records; use it once per file. */
#define LINKSET_DECLARE(type, set)                                             \
	extern const type __start_##set[] __attribute__((weak));               \
	extern const type __stop_##set[] __attribute__((weak))

/* Add one record of `type`, called `name`, to `set`. */
#define LINKSET(type, set, name)                                               \
	static const type name __attribute__((                                 \
		used, section(#set), aligned(__alignof__(type))))

/* Walk the records of a set in link order; `it` is a const pointer. */
#define linkset_for_each(it, set)                                              \
	for ((it) = __start_##set; (it) < __stop_##set; (it)++)

#endif
