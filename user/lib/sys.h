/* SPDX-License-Identifier: MIT */
/*
 * The system calls as C functions.  kernel/abi/syscall.h says what each does.
 * A call that fails returns -1 and sets errno.
 */
#ifndef USER_LIB_SYS_H
#define USER_LIB_SYS_H

#include "kernel/abi/errno.h"
#include "kernel/abi/selftest.h"
#include "kernel/abi/syscall.h"
#include <stddef.h>
#include <stdint.h>

extern int errno;

/* A system call without errno: RAX as the kernel returned it. */
long syscall_raw(long nr, long a, long b, long c, long d, long e, long f);
/* The same with errno. */
long syscall_checked(long nr, long a, long b, long c, long d, long e, long f);

int fork(void);
int execve(const char *path, char *const argv[], char *const envp[]);
int execvp(const char *name, char *const argv[]);
int waitpid(int pid, int *status, int flags);
int wait(int *status);
int kill(int pid, int sig);
int getpid(void);
int getppid(void);
int setpgid(int pid, int pgid);
int getpgid(int pid);
int nanosleep_for(uint64_t nanoseconds);
uint64_t uptime(void);
int sched_yield(void);
int sysinfo(struct sysinfo *info);
int uname(struct utsname *name);
int poweroff(int status);
long proclist(struct procinfo *list, size_t n);
int selftest(long index, char *name, size_t size);
long klog(char *to, size_t n);

int open(const char *path, int flags);
int close(int fd);
long read(int fd, void *to, size_t n);
long write(int fd, const void *from, size_t n);
int64_t lseek(int fd, int64_t offset, int whence);
int stat(const char *path, struct stat *st);
int fstat(int fd, struct stat *st);
long readdir(int fd, struct dirent *entries, size_t n);
int pipe(int fd[2]);
int dup(int fd);
int dup2(int fd, int newfd);
int chdir(const char *path);
char *getcwd(char *to, size_t n);
int mkdir(const char *path);
int unlink(const char *path);
int rename(const char *from, const char *to);
int ftruncate(int fd, uint64_t length);
int ioctl(int fd, int request, uint64_t arg);
int isatty(int fd);
int poll(struct pollfd *fds, size_t n, int64_t nanoseconds);

#define MAP_FAILED ((void *)-1)

void *mmap(void *at, size_t length, int prot);
int munmap(void *at, size_t length);
void *brk_set(void *end);

#endif
