/* SPDX-License-Identifier: MIT */
/* Signals; contracts in stop.h. */
#include "grading/auto/stop.h"

#include "grading/auto/util.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static volatile sig_atomic_t stop_asked;
static const char *stop_advice = "";
static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };

static void
stop_ask(int number)
{
	stop_asked = number;
}

static void
stop_handle(void (*handler)(int))
{
	/* system calls that wait are to end with EINTR */
	struct sigaction action = { .sa_handler = handler };

	for (size_t i = 0; i < sizeof(stop_signals) / sizeof(int); i++)
		sigaction(stop_signals[i], &action, NULL);
}

void
stop_catch(const char *advice)
{
	stop_advice = advice;
	stop_handle(stop_ask);
}

void
stop_default(void)
{
	stop_handle(SIG_DFL);
}

void
stop_check(void)
{
	if (stop_asked)
		die("stopped by a signal (%s)%s", strsignal(stop_asked),
			stop_advice);
}

void
stop_mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(stop_signals) / sizeof(int); i++)
		sigaddset(&set, stop_signals[i]);
	pthread_sigmask(how, &set, NULL);
}
