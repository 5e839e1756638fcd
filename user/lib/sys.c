/* SPDX-License-Identifier: MIT */
/*
 * One C function a system call, over the one SYSCALL of syscall.S.  Only fork
 * and exec do more than pass their arguments on: they flush standard output
 * first, else its buffer would be written twice or lost.
 */
#include "user/lib/sys.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"

int errno;

/* RAX of a call; or, for a negated error number, -1 with errno set to it. */
long
syscall_checked(long nr, long a, long b, long c, long d, long e, long f)
{
	long value = syscall_raw(nr, a, b, c, d, e, f);

	if (value < 0) {
		errno = (int)-value;
		return -1;
	}
	return value;
}

#define CALL0(nr)	syscall_checked(nr, 0, 0, 0, 0, 0, 0)
#define CALL1(nr, a)	syscall_checked(nr, (long)(a), 0, 0, 0, 0, 0)
#define CALL2(nr, a, b) syscall_checked(nr, (long)(a), (long)(b), 0, 0, 0, 0)
#define CALL3(nr, a, b, c)                                                     \
	syscall_checked(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)

/* Ends the process at once: no buffer is flushed. */
void
_exit(int status)
{
	for (;;)
		syscall_raw(SYS_exit, status, 0, 0, 0, 0, 0);
}

int
fork(void)
{
	stdout_flush();
	return (int)CALL0(SYS_fork);
}

int
execve(const char *path, char *const argv[], char *const envp[])
{
	stdout_flush();
	return (int)CALL3(SYS_exec, path, argv, envp);
}

int
waitpid(int pid, int *status, int flags)
{
	return (int)CALL3(SYS_wait, pid, status, flags);
}

int
wait(int *status)
{
	return waitpid(-1, status, 0);
}

int
kill(int pid, int sig)
{
	return (int)CALL2(SYS_kill, pid, sig);
}

int
getpid(void)
{
	return (int)CALL0(SYS_getpid);
}

int
getppid(void)
{
	return (int)CALL0(SYS_getppid);
}

int
setpgid(int pid, int pgid)
{
	return (int)CALL2(SYS_setpgid, pid, pgid);
}

int
getpgid(int pid)
{
	return (int)CALL1(SYS_getpgid, pid);
}

int
nanosleep_for(uint64_t nanoseconds)
{
	return (int)CALL1(SYS_sleep, nanoseconds);
}

uint64_t
uptime(void)
{
	return (uint64_t)CALL0(SYS_uptime);
}

int
sched_yield(void)
{
	return (int)CALL0(SYS_yield);
}

int
sysinfo(struct sysinfo *info)
{
	return (int)CALL1(SYS_sysinfo, info);
}

int
uname(struct utsname *name)
{
	return (int)CALL1(SYS_uname, name);
}

int
poweroff(int status)
{
	stdout_flush();
	return (int)CALL1(SYS_poweroff, status);
}

long
proclist(struct procinfo *list, size_t n)
{
	return CALL2(SYS_proclist, list, n);
}

int
selftest(long index, char *name, size_t size)
{
	return (int)CALL3(SYS_selftest, index, name, size);
}

long
klog(char *to, size_t n)
{
	return CALL2(SYS_klog, to, n);
}

int
open(const char *path, int flags)
{
	return (int)CALL2(SYS_open, path, flags);
}

int
close(int fd)
{
	return (int)CALL1(SYS_close, fd);
}

long
read(int fd, void *to, size_t n)
{
	return CALL3(SYS_read, fd, to, n);
}

long
write(int fd, const void *from, size_t n)
{
	return CALL3(SYS_write, fd, from, n);
}

int64_t
lseek(int fd, int64_t offset, int whence)
{
	return CALL3(SYS_lseek, fd, offset, whence);
}

int
stat(const char *path, struct stat *st)
{
	return (int)CALL2(SYS_stat, path, st);
}

int
fstat(int fd, struct stat *st)
{
	return (int)CALL2(SYS_fstat, fd, st);
}

long
readdir(int fd, struct dirent *entries, size_t n)
{
	return CALL3(SYS_readdir, fd, entries, n);
}

int
pipe(int fd[2])
{
	return (int)CALL1(SYS_pipe, fd);
}

int
dup(int fd)
{
	return (int)CALL1(SYS_dup, fd);
}

int
dup2(int fd, int newfd)
{
	return (int)CALL2(SYS_dup2, fd, newfd);
}

int
chdir(const char *path)
{
	return (int)CALL1(SYS_chdir, path);
}

/* The working directory into to, of n bytes: to, or NULL with errno. */
char *
getcwd(char *to, size_t n)
{
	return CALL2(SYS_getcwd, to, n) < 0 ? NULL : to;
}

int
mkdir(const char *path)
{
	return (int)CALL1(SYS_mkdir, path);
}

int
unlink(const char *path)
{
	return (int)CALL1(SYS_unlink, path);
}

int
rename(const char *from, const char *to)
{
	return (int)CALL2(SYS_rename, from, to);
}

int
ftruncate(int fd, uint64_t length)
{
	return (int)CALL2(SYS_ftruncate, fd, length);
}

int
ioctl(int fd, int request, uint64_t arg)
{
	return (int)CALL3(SYS_ioctl, fd, request, arg);
}

/* 1 if fd is a terminal, else 0; errno is kept. */
int
isatty(int fd)
{
	return syscall_raw(SYS_ioctl, fd, TTY_IS_TERMINAL, 0, 0, 0, 0) == 1;
}

int
poll(struct pollfd *fds, size_t n, int64_t nanoseconds)
{
	return (int)CALL3(SYS_poll, fds, n, nanoseconds);
}

/* New zeroed pages: their address, or MAP_FAILED with errno. */
void *
mmap(void *at, size_t length, int prot)
{
	return (void *)CALL3(SYS_mmap, at, length, prot);
}

int
munmap(void *at, size_t length)
{
	return (int)CALL2(SYS_munmap, at, length);
}

/*
 * Moves the end of the heap; NULL asks.  Returns the end as it is then, which
 * is another than the one asked for where memory is short; or (void *)-1.
 */
void *
brk_set(void *end)
{
	return (void *)CALL1(SYS_brk, end);
}
