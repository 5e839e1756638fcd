/* SPDX-License-Identifier: MIT */
/* Lines of the table of sensitive instructions; contracts in sensitive.h. */
#include "grading/probes/lib/sensitive.h"

#define CR4_UMIP_BIT (1ul << 11)
#define ECX_UMIP     (1u << 2) /* CPUID.7 */
#define STATUS_WRONG 1

static const char *wrong_insn, *wrong_where;

void
sensitive(const char *insn, const char *where, const char *does, bool right)
{
	guest_print("| ");
	guest_print(insn);
	guest_print(" | ");
	guest_print(where);
	guest_print(" | ");
	guest_print(does);
	guest_print(right ? " | right |\n" : " | wrong |\n");
	if (right || wrong_insn)
		return;
	wrong_insn = insn;
	wrong_where = where;
}

int
sensitive_end(void)
{
	if (!wrong_insn)
		return 0;
	guest_print("step failed: ");
	guest_print(wrong_insn);
	guest_print(", ");
	guest_print(wrong_where);
	guest_print("\n");
	return STATUS_WRONG;
}

bool
umip_offered(void)
{
	return cpuid_told(7, 0).ecx & ECX_UMIP;
}

void
umip_set(bool on)
{
	write_cr4(on ? read_cr4() | CR4_UMIP_BIT : read_cr4() & ~CR4_UMIP_BIT);
}
