/* SPDX-License-Identifier: MIT */
/*
 * vm: virtual machines from the shell.  A VM is a directory /vm/N of files
 * (kernel/abi/vm.h), and this program does nothing but read and write them.
 *
 *   main.c     the commands            files.c    /vm/N/...
 *   run.c      vm run, and the end     console.c  its console on this terminal
 *   walk.c     vm walk
 */
#ifndef USER_VM_VM_H
#define USER_VM_VM_H

#include <stdbool.h>
#include <stddef.h>

#define STATUS_USAGE	2
#define STATUS_SETUP	125 /* the guest was never started */
#define STATUS_FAILED	128 /* the guest did not end by itself */
#define STATUS_TEXT_MAX 1024

/* A VM and its open files. */
struct machine {
	int id;
	int ctl;
	int console;
	int status; /* stays readable when the VM has been destroyed */
};

/* files.c */
int machine_create(struct machine *m);
int machine_open(struct machine *m, const char *id);
int machine_ctl(struct machine *m, const char *word, const char *text);
int machine_status(struct machine *m, char text[STATUS_TEXT_MAX]);
int machine_file_open(int id, const char *name, int flags);
int fd_copy(int from, int to);
int machine_file_copy(int id, const char *name, int to);
void machine_wait(struct machine *m);
bool status_value(const char *text, const char *key, char *value, size_t size);
bool status_is(const char *text, const char *key, const char *value);

/* walk.c */
int vm_walk(const char *id, const char *address);

/* console.c */
enum console_end {
	CONSOLE_ENDED,
	CONSOLE_DETACHED
};

enum console_end console_attach(struct machine *m, bool forward_input);

/* run.c */
int vm_run(int argc, char **argv);
int vm_console(const char *id);

#endif
