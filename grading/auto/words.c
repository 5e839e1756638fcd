/* SPDX-License-Identifier: MIT */
/*
 * Numbers in words; contracts in words.h.  Sources: SDM 3A, 4.7 and 6.13
 * (error codes), 4.5 (entries), 3.4.3 of volume 1 (flags); APM 2, appendix B
 * (VMCB) and 15.20 (event injection); SDM 3C, 24.8.3.
 */
#include "grading/auto/words.h"

#include <stdlib.h>
#include <string.h>

#define ERRNO_MAX 134
#define BITS_FEW  6 /* that differ, and are worth a list */

struct bit {
	unsigned first, width; /* one bit: a name; more: name and number */
	const char *name;
};

struct meaning {
	const char *before; /* the token before it; NULL: any */
	const char *line;   /* what the line has; NULL: anything */
	int base;	    /* that drivers print it in */
	const struct bit *bits;
	const char *const *names; /* by value */
	size_t n_names;
};

#define BIT(n, name)                                                           \
	{                                                                      \
		n, 1, name                                                     \
	}
#define END                                                                    \
	{                                                                      \
		0, 0, NULL                                                     \
	}

static const struct bit page_fault[] = { BIT(0, "present"), BIT(1, "write"),
	BIT(2, "user"), BIT(3, "reserved bit"), BIT(4, "fetch"),
	BIT(5, "protection key"), END };

static const struct bit selector_error[] = { BIT(0, "external"), BIT(1, "IDT"),
	BIT(2, "LDT"), { 3, 13, "index" }, END };

static const struct bit entry[] = { BIT(0, "P"), BIT(1, "W"), BIT(2, "U"),
	BIT(3, "PWT"), BIT(4, "PCD"), BIT(5, "A"), BIT(6, "D"), BIT(7, "PS"),
	BIT(8, "G"), BIT(63, "NX"), END };

static const struct bit rflags[] = { BIT(0, "CF"), BIT(2, "PF"), BIT(4, "AF"),
	BIT(6, "ZF"), BIT(7, "SF"), BIT(8, "TF"), BIT(9, "IF"), BIT(10, "DF"),
	BIT(11, "OF"), { 12, 2, "IOPL" }, BIT(14, "NT"), BIT(16, "RF"),
	BIT(17, "VM"), BIT(18, "AC"), BIT(19, "VIF"), BIT(20, "VIP"),
	BIT(21, "ID"), END };

static const struct bit access_bits[] = { BIT(0, "present"), BIT(1, "write"),
	BIT(2, "user"), BIT(3, "reserved bit"), BIT(4, "fetch"),
	BIT(8, "by the walk of the guest's tables"), BIT(9, "gva known"), END };

static const struct bit event_inj[] = { { 0, 8, "vector" }, { 8, 3, "type" },
	BIT(11, "has an error code"), BIT(31, "valid"),
	{ 32, 32, "error code" }, END };

static const struct bit entry_event[] = { { 0, 8, "vector" }, { 8, 3, "type" },
	BIT(11, "has an error code"), BIT(31, "valid"), END };

static const struct bit int_ctl[] = { { 0, 8, "V_TPR" }, BIT(8, "V_IRQ"),
	BIT(9, "VGIF"), { 16, 4, "V_INTR_PRIO" }, BIT(20, "V_IGN_TPR"),
	BIT(24, "V_INTR_MASKING"), END };

static const struct bit intercepts[] = { BIT(0, "INTR"), BIT(1, "NMI"),
	BIT(2, "SMI"), BIT(3, "INIT"), BIT(4, "VINTR"), BIT(5, "CR0 select"),
	BIT(14, "RDTSC"), BIT(18, "CPUID"), BIT(24, "HLT"), BIT(25, "INVLPG"),
	BIT(27, "ports"), BIT(28, "MSRs"), BIT(31, "shutdown"), END };

static const struct bit attributes[] = { { 0, 4, "type" }, BIT(4, "S"),
	{ 5, 2, "DPL" }, BIT(7, "P"), BIT(8, "AVL"), BIT(9, "L"),
	BIT(10, "D/B"), BIT(11, "G"), END };

static const char *const vectors[] = { "#DE", "#DB", "NMI", "#BP", "#OF", "#BR",
	"#UD", "#NM", "#DF", "vector 9", "#TS", "#NP", "#SS", "#GP", "#PF",
	"vector 15", "#MF", "#AC", "#MC", "#XM" };

/* The first row that fits is the one. */
static const struct meaning meanings[] = {
	{ "error", "faults", 16, page_fault, NULL, 0 },
	{ "error", "vector 14", 16, page_fault, NULL, 0 },
	{ "error", "vector", 16, selector_error, NULL, 0 },
	{ "access", NULL, 16, access_bits, NULL, 0 },
	{ "vector", NULL, 10, NULL, vectors,
		sizeof(vectors) / sizeof(vectors[0]) },
	{ "rflags", NULL, 16, rflags, NULL, 0 },
	{ "flags", "map ", 16, entry, NULL, 0 },
	{ "by", "change ", 16, entry, NULL, 0 },
	{ "entry", NULL, 16, entry, NULL, 0 },
	{ "attributes", NULL, 16, attributes, NULL, 0 },
	{ "event_inj", NULL, 16, event_inj, NULL, 0 },
	{ "entry_event", NULL, 16, entry_event, NULL, 0 },
	{ "int_ctl", NULL, 16, int_ctl, NULL, 0 },
	{ "intercepts", NULL, 16, intercepts, NULL, 0 },
};

struct token
token_next(const char *at)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-";
	size_t end = strcspn(at, "\n");

	for (size_t i = 0; i < end; i++)
		if (strchr(word, at[i]))
			return (struct token){ at + i, strspn(at + i, word) };
	return (struct token){ at + end, 0 };
}

bool
token_is(const struct token *a, const struct token *b)
{
	return a->len == b->len && strncmp(a->at, b->at, a->len) == 0;
}

bool
token_is_number(const struct token *t)
{
	size_t sign = t->len && *t->at == '-';
	bool digit = t->len == 16; /* as no word is */

	for (size_t i = sign; i < t->len; i++)
		digit |= t->at[i] >= '0' && t->at[i] <= '9';
	return digit &&
		strspn(t->at + sign, "0123456789abcdef") >= t->len - sign;
}

void
error_say(const struct token *t, struct text *out)
{
	bool hex = t->len == 16;
	long value =
		hex ? (long)strtoull(t->at, NULL, 16) : strtol(t->at, NULL, 10);
	const char *name = value < -1 && value > -ERRNO_MAX
		? strerrorname_np((int)-value)
		: NULL;
	if (name && hex)
		text_addf(out, " (%ld, %s)", value, name);
	else if (name)
		text_addf(out, " (%s)", name);
}

static bool
line_has(const char *line, const char *words)
{
	const char *at = strstr(line, words);

	return at && (size_t)(at - line) < strcspn(line, "\n");
}

const struct meaning *
meaning_find(const char *line, const struct token *before)
{
	static const struct token becomes = { "becomes", 7 };
	struct token word = *before;

	if (token_is(before, &becomes))
		word = token_next(line);
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		const struct meaning *m = &meanings[i];
		struct token is = { m->before, strlen(m->before) };

		if (token_is(&word, &is) &&
			(!m->line || line_has(line, m->line)))
			return m;
	}
	return NULL;
}

bool
meaning_value(const struct meaning *m, const struct token *t, uint64_t *value)
{
	char digits[24], *end;

	if (t->len == 0 || t->len > 16)
		return false;
	memcpy(digits, t->at, t->len);
	digits[t->len] = '\0';
	*value = strtoull(digits, &end, m ? m->base : 16);
	return *end == '\0' && *digits != '-';
}

static uint64_t
bit_value(const struct bit *b, uint64_t value)
{
	uint64_t mask = b->width == 64 ? ~0ull : (1ull << b->width) - 1;

	return value >> b->first & mask;
}

static void
comma(const struct text *t, size_t start, const char **separator)
{
	*separator = t->len > start ? ", " : "";
}

void
meaning_say(const struct meaning *m, uint64_t value, struct text *t)
{
	size_t start = t->len;
	const char *separator;

	if (m->names) {
		if (value < m->n_names)
			text_addf(t, "%s", m->names[value]);
		return;
	}
	for (const struct bit *b = m->bits; b->name; b++) {
		uint64_t field = bit_value(b, value);

		if (!field)
			continue;
		comma(t, start, &separator);
		text_addf(t, "%s%s", separator, b->name);
		if (b->width > 1)
			text_addf(t, " %llx", (unsigned long long)field);
	}
	if (t->len == start)
		text_addf(t, "none of its bits");
}

/* Bits that no name covers, by their numbers. */
static void
differs_unnamed(uint64_t rest, uint64_t expected, size_t start, struct text *t)
{
	const char *separator;

	if (!rest || __builtin_popcountll(rest) > BITS_FEW)
		return;
	for (unsigned i = 0; i < 64; i++) {
		if (!(rest >> i & 1))
			continue;
		comma(t, start, &separator);
		text_addf(t, "%sbit %u is %s", separator, i,
			expected >> i & 1 ? "missing" : "too much");
	}
}

void
meaning_differs(const struct meaning *m, uint64_t expected, uint64_t seen,
	struct text *t)
{
	uint64_t rest = expected ^ seen;
	size_t start = t->len;
	const char *separator;

	if (m && m->names)
		return;
	for (const struct bit *b = m ? m->bits : NULL; b && b->name; b++) {
		uint64_t is = bit_value(b, seen), be = bit_value(b, expected);

		rest &= ~(((1ull << b->width) - 1) << b->first);
		if (is == be)
			continue;
		comma(t, start, &separator);
		if (b->width > 1)
			text_addf(t, "%s%s is %llx and not %llx", separator,
				b->name, (unsigned long long)is,
				(unsigned long long)be);
		else
			text_addf(t, "%s%s is %s", separator, b->name,
				be ? "missing" : "too much");
	}
	differs_unnamed(rest, expected, start, t);
}
