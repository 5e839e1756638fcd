/* SPDX-License-Identifier: MIT */
/*
 * The system-call interface: numbers and the structures that cross it.
 *
 * A program loads the number into RAX and up to six arguments into RDI, RSI,
 * RDX, R10, R8 and R9, and executes SYSCALL (APM 2, 6.1.1; SDM 2B, SYSCALL).
 * RAX returns a value of 0 or more, or a negated error number of errno.h.
 * RCX and R11 are lost; all other registers are kept.
 *
 * Numbers are for good: new calls get new numbers, holes are never reused.
 */
#ifndef KERNEL_ABI_SYSCALL_H
#define KERNEL_ABI_SYSCALL_H

#include <stddef.h>
#include <stdint.h>

enum syscall_nr {
	SYS_exit = 1, /* (int status) never returns; status & 0xff is kept */
	SYS_fork = 2, /* () child's pid, 0 in the child */
	SYS_exec = 3, /* (path, char *const argv[], char *const envp[]) */
	SYS_wait = 4, /* (pid or -1, int *status, int flags) pid; 0: WNOHANG */
	SYS_kill = 5, /* (pid; -pgid for a group, int sig) */
	SYS_getpid = 6,
	SYS_getppid = 7,
	SYS_setpgid = 8, /* (pid or 0, pgid or 0) */
	SYS_getpgid = 9, /* (pid or 0) */
	SYS_sleep = 10,	 /* (uint64_t nanoseconds) */
	SYS_uptime = 11, /* () nanoseconds since boot */
	SYS_yield = 12,
	SYS_sysinfo = 13,  /* (struct sysinfo *) */
	SYS_poweroff = 14, /* (int status) ends the machine; never returns */
	SYS_uname = 15,	   /* (struct utsname *) */
	SYS_proclist = 16, /* (struct procinfo *, size_t n) entries written */
	SYS_selftest = 17, /* (index, char *name, size_t) see selftest.h */
	SYS_klog = 18, /* (char *buf, size_t n) the kernel log's last bytes */

	SYS_open = 20, /* (path, int flags) lowest free descriptor */
	SYS_close = 21,
	SYS_read = 22,	  /* (fd, void *, size_t) */
	SYS_write = 23,	  /* (fd, const void *, size_t) */
	SYS_lseek = 24,	  /* (fd, int64_t offset, int whence) */
	SYS_stat = 25,	  /* (path, struct stat *) */
	SYS_fstat = 26,	  /* (fd, struct stat *) */
	SYS_readdir = 27, /* (fd, struct dirent *, size_t n) entries; 0: end */
	SYS_pipe = 28,	  /* (int fd[2]) read end, write end */
	SYS_dup = 29,	  /* (fd) lowest free descriptor */
	SYS_dup2 = 30,	  /* (fd, newfd) */
	SYS_chdir = 31,
	SYS_getcwd = 32, /* (char *, size_t) length without the NUL */
	SYS_mkdir = 33,
	SYS_unlink = 34,    /* (path) a file or an empty directory */
	SYS_rename = 35,    /* (from, to) */
	SYS_ftruncate = 36, /* (fd, uint64_t length) */
	SYS_ioctl = 37,	    /* (fd, enum ioctl_nr, uint64_t arg) */
	SYS_poll = 38,	    /* (struct pollfd *, size_t n, int64_t ns or -1) */

	SYS_mmap = 40,	 /* (addr or 0, length, int prot) anonymous, private */
	SYS_munmap = 41, /* (addr, length) */
	SYS_brk = 42,	 /* (new end or 0) the current end of the heap */
	SYS_NR_MAX = 64	 /* one more than the largest number ever allowed */
};

/* SYS_open flags. */
#define O_RDONLY    0x000
#define O_WRONLY    0x001
#define O_RDWR	    0x002
#define O_ACCMODE   0x003
#define O_CREAT	    0x040
#define O_EXCL	    0x080
#define O_TRUNC	    0x200
#define O_APPEND    0x400
#define O_DIRECTORY 0x10000

/* SYS_lseek whence. */
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

/* SYS_wait flags, and what a status says (as Linux encodes it). */
#define WNOHANG		 1
#define WIFEXITED(s)	 (((s)&0x7f) == 0)
#define WEXITSTATUS(s)	 (((s) >> 8) & 0xff)
#define WIFSIGNALED(s)	 (((s)&0x7f) != 0)
#define WTERMSIG(s)	 ((s)&0x7f)
#define W_EXITCODE(c, g) ((((c)&0xff) << 8) | (g))

/* Signals end a process; there are no handlers.  SYS_kill takes these. */
#define SIGINT	2
#define SIGILL	4
#define SIGTRAP 5
#define SIGBUS	7
#define SIGFPE	8
#define SIGKILL 9
#define SIGSEGV 11
#define SIGPIPE 13
#define SIGTERM 15
#define SIG_MAX 31

/* SYS_mmap protection. */
#define PROT_READ  1
#define PROT_WRITE 2
#define PROT_EXEC  4

#define NAME_MAX 63    /* bytes of a file name, without the NUL */
#define PATH_MAX 256   /* bytes of a path, with the NUL */
#define ARG_MAX	 65536 /* bytes of argv and envp strings together */
#define ARGC_MAX 256   /* strings in argv, and in envp */
#define OPEN_MAX 32    /* descriptors of one process */

enum file_type {
	FT_FILE = 1,
	FT_DIR = 2,
	FT_DEVICE = 3,
	FT_PIPE = 4
};

struct stat {
	uint64_t ino;  /* the file's number, unique in its file system */
	uint64_t size; /* bytes; 0 for a device, what waits for a pipe */
	uint32_t type; /* enum file_type */
	uint32_t dev;  /* which file system: 0 root, 1 /dev, 2 /vm, 3 pipes */
};
_Static_assert(sizeof(struct stat) == 24, "ABI");

struct dirent {
	uint64_t ino;
	uint64_t size;
	uint32_t type; /* enum file_type */
	char name[NAME_MAX + 1];
	uint32_t pad;
};
_Static_assert(sizeof(struct dirent) == 88, "ABI");

struct sysinfo {
	uint64_t mem_total;  /* bytes of RAM that the kernel manages */
	uint64_t mem_free;   /* bytes of it that are free now */
	uint64_t mem_kernel; /* bytes of the kernel's small-object allocator */
	uint64_t uptime;     /* nanoseconds */
	uint64_t switches;   /* context switches since boot, all CPUs */
	uint64_t tsc_boot;   /* the TSC when the kernel's first line ran */
	uint64_t tsc_wait;   /* cycles that boot spent measuring clocks */
	uint64_t tsc_khz;
	uint32_t cpus;	/* CPUs that run */
	uint32_t procs; /* processes, zombies included */
	uint32_t level; /* 0: on the machine; n: inside n VMs */
	char via[20];	/* "bare", or "engine+mmu" of the VMM below */
};
_Static_assert(sizeof(struct sysinfo) == 96, "ABI");

struct utsname {
	char sysname[32];  /* "Droste" */
	char nodename[32]; /* "droste0": the level's name */
	char release[32];  /* the tree's version */
	char version[64];  /* compiler; nothing of date or place */
	char machine[32];  /* "x86_64" */
	char level[64];	   /* "level 1, svm+npt" */
};

struct procinfo {
	int32_t pid;
	int32_t ppid;
	int32_t pgid;
	char state;  /* R runs or ready, S sleeps, Z zombie, K kernel thread */
	uint8_t cpu; /* where it runs or ran last */
	uint16_t pad;
	uint64_t pages; /* frames mapped in its address space */
	uint64_t ticks; /* timer ticks that it was charged */
	char name[32];
};
_Static_assert(sizeof(struct procinfo) == 64, "ABI");

struct pollfd {
	int32_t fd;	  /* below 0: ignored */
	uint16_t events;  /* POLLIN | POLLOUT */
	uint16_t revents; /* those that hold now, or POLLHUP, POLLNVAL */
};
#define POLLIN	 1
#define POLLOUT	 4
#define POLLHUP	 16
#define POLLNVAL 32

enum ioctl_nr {
	/* arg 0: lines, echo and ^C; 1: raw bytes, no echo. */
	TTY_SET_RAW = 1,
	/* arg: the process group that ^C ends. */
	TTY_SET_GROUP = 2,
	/* returns 1 if the file is a terminal, else -ENOTTY */
	TTY_IS_TERMINAL = 3,
};

#endif
