/* SPDX-License-Identifier: MIT */
/* Talking to QEMU; contracts in qmp.h. */
#include "grading/auto/qmp.h"

#include "grading/auto/stop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_QMP 65536
#define ANSWER_MS    30000  /* the longest that QEMU takes; a net */
#define PM_TIMER     0x608  /* of QEMU's PIIX4 */
#define IDLE_MS	     30000u /* virtual, of a machine that only waits */
#define PM_HZ	     3579545.0
#define PM_NONE	     0xffffffffu /* no timer: the firmware maps it */
#define PM_WRAP	     (1u << 24)
#define RTC_START    1577836800 /* 2020-01-01, as the command line says */

/* Take one whole line; false: none within ms. */
static bool
qmp_line(struct qmp *q, int ms, char **line)
{
	uint64_t deadline = clock_ms() + (uint64_t)ms;

	for (;;) {
		char *end = q->line.len ? memchr(q->line.s, '\n', q->line.len)
					: NULL;
		struct pollfd fd = { q->child.out, POLLIN, 0 };
		uint64_t now = clock_ms();
		char buf[4096];
		ssize_t n;

		stop_check();
		if (end) {
			size_t len = (size_t)(end - q->line.s) + 1;

			*line = format("%.*s", (int)len, q->line.s);
			memmove(q->line.s, end + 1, q->line.len - len + 1);
			q->line.len -= len;
			return true;
		}
		if (q->closed || now >= deadline)
			return false;
		n = poll(&fd, 1, (int)(deadline - now));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		n = read(q->child.out, buf, sizeof(buf));
		q->broken = q->line.len > LINE_MAX_QMP;
		if (n <= 0 || q->broken)
			q->closed = true;
		else
			text_add(&q->line, buf, (size_t)n);
	}
}

static void
qmp_event(struct qmp *q, json_t *message)
{
	const char *event =
		json_string_value(json_object_get(message, "event"));
	json_t *data = json_object_get(message, "data");
	const char *reason = json_string_value(json_object_get(data, "reason"));

	if (!event || strcmp(event, "SHUTDOWN") != 0)
		return;
	q->shutdown = true;
	q->reset = reason && strcmp(reason, "guest-reset") == 0;
}

json_t *
qmp_answer(struct qmp *q, int ms)
{
	char *line;

	while (qmp_line(q, ms, &line)) {
		json_t *message = json_loads(line, 0, NULL);
		json_t *answer = json_object_get(message, "return");

		free(line);
		qmp_event(q, message);
		if (answer)
			json_incref(answer);
		else if (json_object_get(message, "error"))
			answer = json_null();
		json_decref(message);
		if (answer)
			return answer;
	}
	return NULL;
}

json_t *
qmp_command(struct qmp *q, const char *name, const char *arguments)
{
	char *line = format("{\"execute\":\"%s\"%s%s}\n", name,
		arguments ? ",\"arguments\":" : "", arguments ? arguments : "");
	size_t len = strlen(line);
	bool sent = write(q->child.in, line, len) == (ssize_t)len;

	free(line);
	return sent ? qmp_answer(q, ANSWER_MS) : NULL;
}

void
qmp_do(struct qmp *q, const char *name)
{
	json_decref(qmp_command(q, name, NULL));
}

void
qmp_quit(struct qmp *q)
{
	uint64_t deadline = clock_ms() + ANSWER_MS;

	qmp_do(q, "quit");
	while (!q->closed && clock_ms() < deadline)
		json_decref(qmp_answer(q, ANSWER_MS));
}

char *
qmp_monitor(struct qmp *q, const char *command)
{
	char *arguments = format("{\"command-line\":\"%s\"}", command);
	json_t *answer = qmp_command(q, "human-monitor-command", arguments);
	char *text = NULL;

	if (json_is_string(answer))
		text = format("%s", json_string_value(answer));
	json_decref(answer);
	free(arguments);
	return text;
}

static long
tm_field(json_t *tm, const char *name)
{
	return (long)json_integer_value(json_object_get(tm, name));
}

uint64_t
qmp_time(struct qmp *q)
{
	json_t *tm = qmp_command(q, "qom-get",
		"{\"path\":\"/machine\",\"property\":\"rtc-time\"}");
	char *port = qmp_monitor(q, "i /1wx 0x608"), *value;
	unsigned long ticks;
	double seconds, fine;
	struct tm date = { .tm_year = (int)tm_field(tm, "tm_year"),
		.tm_mon = (int)tm_field(tm, "tm_mon"),
		.tm_mday = (int)tm_field(tm, "tm_mday"),
		.tm_hour = (int)tm_field(tm, "tm_hour"),
		.tm_min = (int)tm_field(tm, "tm_min"),
		.tm_sec = (int)tm_field(tm, "tm_sec") };
	double whole = (double)(timegm(&date) - RTC_START), turns;

	if (!json_is_object(tm) || !port) {
		json_decref(tm);
		free(port);
		return 0;
	}
	json_decref(tm);
	value = strstr(port, "= ");
	ticks = value ? strtoul(value + 2, NULL, 16) : PM_NONE;
	free(port);
	if (ticks == PM_NONE)
		return (uint64_t)(whole > 0 ? whole * 1000 : 0);
	fine = (double)(ticks % PM_WRAP) / PM_HZ;
	/* the RTC knows the second, the timer where in its turn we are */
	turns = (whole + 0.5 - fine) * PM_HZ / PM_WRAP;
	turns = turns < 0 ? 0 : (double)(uint64_t)(turns + 0.5);
	seconds = turns * PM_WRAP / PM_HZ + fine;
	return (uint64_t)(seconds * 1000);
}

uint64_t
qmp_instructions(struct qmp *q)
{
	json_t *replay = qmp_command(q, "query-replay", NULL);
	json_int_t count =
		json_integer_value(json_object_get(replay, "icount"));

	json_decref(replay);
	return count > 0 ? (uint64_t)count : 0;
}

bool
qmp_is_over(struct qmp *q, uint64_t now, unsigned budget_ms)
{
	if (now <= budget_ms || now > budget_ms + IDLE_MS)
		return now > budget_ms;
	return qmp_instructions(q) / 1000000 > budget_ms;
}

uint64_t
qmp_register(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}
