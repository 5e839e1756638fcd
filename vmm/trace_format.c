/* SPDX-License-Identifier: MIT */
/*
 * Exits as text.  An entry of the ring holds raw words; they are decoded
 * here, when somebody reads them, so that remembering costs next to nothing.
 */
#include "vmm/trace.h"

#include "kernel/lib/printf.h"

static const char *const vmexit_names[VMEXIT_REASONS] = {
	[VMEXIT_UNKNOWN] = "unknown",
	[VMEXIT_HOST] = "host",
	[VMEXIT_WINDOW] = "window",
	[VMEXIT_CPUID] = "cpuid",
	[VMEXIT_MSR] = "msr",
	[VMEXIT_CR] = "cr",
	[VMEXIT_DR] = "dr",
	[VMEXIT_IO] = "io",
	[VMEXIT_HLT] = "hlt",
	[VMEXIT_FAULT] = "fault",
	[VMEXIT_EXCEPTION] = "exception",
	[VMEXIT_HYPERCALL] = "hypercall",
	[VMEXIT_INSN] = "insn",
	[VMEXIT_EMULATE] = "emulate",
	[VMEXIT_TASK] = "task",
	[VMEXIT_SHUTDOWN] = "shutdown",
	[VMEXIT_STALE] = "stale",
	[VMEXIT_INVALID] = "invalid",
};

const char *
vmexit_name(enum vmexit_reason reason)
{
	return reason < VMEXIT_REASONS ? vmexit_names[reason] : "?";
}

struct text {
	char *buf;
	size_t size;
	size_t *pos;
};

#define say(t, ...) str_append((t)->buf, (t)->size, (t)->pos, __VA_ARGS__)
#define hex(value)  ((unsigned long long)(value))

static void
trace_format_io(const struct text *t, const struct trace_entry *e)
{
	const struct vmexit *x = &e->x;
	uint64_t mask =
		x->io.size >= 4 ? 0xffffffff : (1ull << 8 * x->io.size) - 1;

	say(t, " %s%s%s%u port 0x%x", x->io.rep ? "rep " : "",
		x->io.write ? "out" : "in", x->io.string ? "s" : "",
		8u * x->io.size, x->io.port);
	if (x->io.write && !x->io.string)
		say(t, " = 0x%llx", hex(e->rax & mask));
}

static void
trace_format_cr(const struct text *t, const struct vmexit *x)
{
	static const char *const kinds[] = { "mov to", "mov from", "clts",
		"lmsw", "smsw" };

	if (x->cr.kind == CR_WRITE || x->cr.kind == CR_READ)
		say(t, " %s cr%u, register %u", kinds[x->cr.kind], x->cr.cr,
			x->cr.gpr);
	else
		say(t, " %s", kinds[x->cr.kind]);
}

static void
trace_format_fault(const struct text *t, const struct vmexit *x)
{
	uint32_t access = x->fault.access;

	say(t, " %s",
		access & ACCESS_EXEC		? "execute"
			: access & ACCESS_WRITE ? "write"
						: "read");
	say(t, " gpa 0x%llx%s%s", hex(x->fault.gpa),
		access & ACCESS_PRESENT ? ", protected" : "",
		access & ACCESS_WALK ? ", by a page walk" : "");
	if (access & ACCESS_GVA)
		say(t, ", gva 0x%llx", hex(x->fault.gva));
}

static void
trace_format_exception(const struct text *t, const struct vmexit *x)
{
	say(t, " vector %u", x->exception.vector);
	if (x->exception.has_error)
		say(t, " error 0x%x", x->exception.error);
	if (x->exception.vector == VEC_PF)
		say(t, " address 0x%llx", hex(x->exception.address));
}

static void
trace_format_details(const struct text *t, const struct trace_entry *e)
{
	const struct vmexit *x = &e->x;

	switch (x->reason) {
	case VMEXIT_CPUID:
		say(t, " leaf 0x%x.%x", (uint32_t)e->rax, (uint32_t)e->rcx);
		break;
	case VMEXIT_MSR:
		say(t, " %s 0x%x", x->msr.write ? "write" : "read",
			(uint32_t)e->rcx);
		if (x->msr.write)
			say(t, " = 0x%x%08x", (uint32_t)e->rdx,
				(uint32_t)e->rax);
		break;
	case VMEXIT_CR:
		trace_format_cr(t, x);
		break;
	case VMEXIT_DR:
		say(t, " mov %s dr%u, register %u", x->dr.write ? "to" : "from",
			x->dr.dr, x->dr.gpr);
		break;
	case VMEXIT_IO:
		trace_format_io(t, e);
		break;
	case VMEXIT_FAULT:
		trace_format_fault(t, x);
		break;
	case VMEXIT_EXCEPTION:
		trace_format_exception(t, x);
		break;
	case VMEXIT_HYPERCALL:
		say(t, " number 0x%llx", hex(e->rax));
		break;
	case VMEXIT_INSN:
	case VMEXIT_EMULATE:
		say(t, " %s", insn_name((enum insn_op)x->insn.op));
		break;
	case VMEXIT_INVALID:
	case VMEXIT_UNKNOWN:
		say(t, " code 0x%llx info 0x%llx 0x%llx", hex(x->raw.code),
			hex(x->raw.info1), hex(x->raw.info2));
		break;
	default:
		break;
	}
}

void
trace_format_exit(
	const struct trace_entry *e, char *buf, size_t size, size_t *pos)
{
	const struct text t = { buf, size, pos };

	say(&t, "%s", vmexit_name(e->x.reason));
	trace_format_details(&t, e);
	say(&t, " at 0x%llx\n", hex(e->rip));
}

static void
trace_format_emulated(const struct text *t, const struct trace *trace)
{
	for (unsigned op = 0; op < INSN_OP_COUNT; op++) {
		const uint64_t *n = trace->emulated[op];

		if (n[0] || n[1])
			say(t, "emulated %s %llu %llu\n",
				insn_name((enum insn_op)op), hex(n[0]),
				hex(n[1]));
	}
}

void
trace_format_counts(
	const struct trace *trace, char *buf, size_t size, size_t *pos)
{
	static const char *const injected[EVENT_KINDS] = {
		[EVENT_IRQ] = "interrupts",
		[EVENT_EXCEPTION] = "exceptions",
	};
	const struct text t = { buf, size, pos };

	for (unsigned i = 0; i < VMEXIT_REASONS; i++)
		if (trace->count[i])
			say(&t, "%-10s %llu\n", vmexit_name(i),
				hex(trace->count[i]));
	say(&t, "%-10s %llu\n", "total", hex(trace->exits));
	for (unsigned i = EVENT_IRQ; i < EVENT_KINDS; i++)
		if (trace->injected[i])
			say(&t, "injected %s %llu\n", injected[i],
				hex(trace->injected[i]));
	for (unsigned i = 0; i < VMEXIT_REASONS; i++)
		if (trace->ahead[i])
			say(&t, "looked-ahead %s %llu\n", vmexit_name(i),
				hex(trace->ahead[i]));
	if (trace->flushes)
		say(&t, "flushes %llu\n", hex(trace->flushes));
	trace_format_emulated(&t, trace);
}

void
trace_format_ring(
	const struct trace *trace, char *buf, size_t size, size_t *pos)
{
	uint64_t n = trace->exits < TRACE_RING ? trace->exits : TRACE_RING;

	for (uint64_t i = trace->exits - n; i < trace->exits; i++)
		trace_format_exit(&trace->ring[i % TRACE_RING], buf, size, pos);
}
