/* SPDX-License-Identifier: MIT */
/*
 * init: process 1.  It gives itself the console, starts one shell, reaps every
 * process that has lost its parent, and when the shell ends it ends the
 * machine with the shell's status.
 *
 *   init            an interactive shell
 *   init -c TEXT    a shell that runs these commands
 */
#include "user/lib/libc.h"

#define SHELL	   "/bin/sh"
#define STATUS_MAX 127 /* what the debug exit of a machine can carry */

static void
console_open(void)
{
	int fd = open("/dev/console", O_RDWR);

	/* Descriptors are given out from 0 up; the kernel may have opened. */
	for (int i = 0; i < 3; i++)
		if (fd >= 0 && fd != i)
			dup2(fd, i);
	if (fd > 2)
		close(fd);
}

static void
banner_print(void)
{
	struct utsname name;
	struct sysinfo info;
	char text[256];
	int motd;
	long n;

	if (uname(&name) < 0 || sysinfo(&info) < 0)
		return;
	printf("%s %s, %s: %lu MiB, %u CPU%s\n", name.sysname, name.release,
		name.level, info.mem_total >> 20, info.cpus,
		info.cpus == 1 ? "" : "s");
	stdout_flush();
	motd = open("/etc/motd", O_RDONLY);
	while (motd >= 0 && (n = read(motd, text, sizeof(text))) > 0)
		write_all(1, text, (size_t)n);
	if (motd >= 0)
		close(motd);
}

static int
shell_start(char *commands)
{
	char *const argv[] = { "sh", commands != NULL ? "-c" : NULL, commands,
		NULL };
	char *const environment[] = { "PATH=/bin", "HOME=/", NULL };
	int pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		ioctl(0, TTY_SET_GROUP, (uint64_t)getpid());
		execve(SHELL, argv, environment);
		err(STATUS_MAX, SHELL);
	}
	return pid;
}

/* Waits for all that ends until shell does; returns its exit status. */
static int
shell_wait(int shell)
{
	int status, pid;

	do {
		pid = wait(&status);
		if (pid < 0)
			err(STATUS_MAX, "wait");
	} while (pid != shell);
	if (WIFSIGNALED(status)) {
		warnx("the shell was killed by signal %d", WTERMSIG(status));
		return STATUS_MAX;
	}
	return WEXITSTATUS(status);
}

int
main(int argc, char **argv)
{
	char *commands = NULL;
	int shell, status;

	console_open();
	if (argc == 3 && strcmp(argv[1], "-c") == 0)
		commands = argv[2];
	else
		banner_print();
	stdout_flush();
	shell = shell_start(commands);
	if (shell < 0) {
		warn("fork");
		status = STATUS_MAX;
	} else {
		status = shell_wait(shell);
	}
	poweroff(status > STATUS_MAX ? STATUS_MAX : status);
	err(1, "poweroff");
}
