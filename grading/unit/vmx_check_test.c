/* SPDX-License-Identifier: MIT */
/*
 * The checks of VM entry: each field of a VMCS is driven to values on both
 * sides of each boundary that the manual draws (vmx_check_rows.h), and no
 * field is left out.
 */
/* links: vmm/cpu/vmx/vmx_check.c vmm/cpu/vmx/vmx_check_host.c
 * vmm/cpu/vmx/vmx_check_guest.c
 * vmm/cpu/vmx/vmx_check_seg.c vmm/cpu/vmx/vmcs.c kernel/lib/printf.c */
#include "vmm/cpu/vmx/vmx_check.h"

#include "vmx_check_help.h"
#include "vmx_check_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
vmx_check_of_each_base(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BASES; i++) {
		struct vmx_broken b;

		set_base((enum base)i);
		check(&b);
		if (b.rule)
			fail_msg("base %u: %s: %s", i, vmcs_info[b.slot].name,
				b.rule);
	}
}

static void
vmx_check_of_each_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];
		const char *want = r->rule ? r->rule : "fine", *got;
		struct vmx_broken b;

		set_base((enum base)r->base);
		image.slot[r->slot] = r->value;
		check(&b);
		got = b.rule ? b.rule : "fine";
		if (strcmp(want, got) != 0)
			fail_msg("base %u: %s = 0x%llx: want '%s', got '%s' "
				 "of %s",
				r->base, vmcs_info[r->slot].name,
				(unsigned long long)r->value, want, got,
				vmcs_info[b.slot].name);
	}
}

static bool
slot_is_tried(unsigned slot)
{
	for (size_t i = 0; i < sizeof(free_slots); i++)
		if (free_slots[i] == slot)
			return true;
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].slot == slot && rows[i].rule)
			return true;
	return false;
}

/* CS_SELECTOR and ENTRY_INSN_LEN count with others alone: see below. */
static void
vmx_check_leaves_no_field_out(void **state)
{
	(void)state;
	for (unsigned slot = 0; slot < VMCS_SLOTS; slot++) {
		enum vmcs_field field = (enum vmcs_field)vmcs_info[slot].field;

		if (vmcs_type(field) != VMCS_EXIT && !slot_is_tried(slot) &&
			slot != SLOT_GUEST_CS_SELECTOR &&
			slot != SLOT_ENTRY_INSN_LEN)
			fail_msg("%s is not tried", vmcs_info[slot].name);
	}
}

static void
expect(const char *rule)
{
	struct vmx_broken b;

	check(&b);
	assert_string_equal(b.rule ? b.rule : "fine", rule);
}

static void
vmx_check_of_free_values(void **state)
{
	static const uint64_t values[] = { 0, 1, 0xffffffff, ~0ull };

	(void)state;
	for (size_t i = 0; i < 14; i++)
		for (unsigned j = 0; j < 4; j++) {
			set_base(LONG);
			image.slot[free_slots[i]] = values[j];
			expect("fine");
		}
}

static void
vmx_check_of_instruction_lengths(void **state)
{
	(void)state;
	set_base(LONG);
	SET(ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_INT | 0x80);
	expect("no length of an instruction");
	SET(ENTRY_INSN_LEN, 1);
	expect("fine");
	SET(ENTRY_INSN_LEN, 15);
	expect("fine");
	SET(ENTRY_INSN_LEN, 16);
	expect("no length of an instruction");
}

static void
vmx_check_of_pdptes(void **state)
{
	struct vmx_broken b;

	(void)state;
	set_base(V86);
	pdpte[2] = 1ull << 39 | 1;
	expect("fine");
	pdpte[2] = 1ull << 40 | 1;
	expect("leads to a PDPTE with reserved bits set");
	pdpte[2] = 2;
	expect("fine");
	pdpte[2] = 3;
	expect("leads to a PDPTE with reserved bits set");
	SET(PROC2_CONTROLS, PROC2_VPID | PROC2_EPT);
	expect("fine");
	SET(GUEST_PDPTE1, 0x1e7);
	check(&b);
	assert_int_equal(b.slot, SLOT_GUEST_PDPTE1);
	assert_string_equal(b.section, "26.3.1.6");
}

static void
vmx_check_of_events_that_wake(void **state)
{
	(void)state;
	set_base(LONG);
	SET(GUEST_ACTIVITY, 2);
	SET(ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_NMI | 2);
	expect("fine");
	SET(ENTRY_EVENT, EVENT_VALID | EVENT_TYPE_EXCP | 1);
	expect("the injected event cannot come in this state");
	SET(GUEST_ACTIVITY, 1);
	expect("fine");
}

static void
vmx_check_of_the_virtual_tpr(void **state)
{
	struct vmx_entry e = { .v = &image, .msr = &cpu, .vtpr = 0x2f };
	struct vmx_broken b;

	(void)state;
	set_base(LONG);
	SET(PROC_CONTROLS, VMCS_AT(&image, PROC_CONTROLS) | PROC_TPR_SHADOW);
	SET(TPR_THRESHOLD, 2);
	vmx_check(&e, &b);
	assert_null(b.rule);
	SET(TPR_THRESHOLD, 3);
	vmx_check(&e, &b);
	assert_string_equal(b.rule, "above the virtual TPR");
}

static void
vmx_check_says_it_in_one_line(void **state)
{
	struct vmx_broken b;
	char line[160];

	(void)state;
	set_base(LONG);
	SET(GUEST_CR0, CR0_NE | CR0_PG);
	check(&b);
	assert_int_equal(b.stage, STAGE_GUEST);
	vmx_check_say(&b, 0x80000021, line, sizeof(line));
	assert_string_equal(line,
		"VM entry refused the guest state: GUEST_CR0 = 0x80000020: PG "
		"is set and PE is not (26.3.1.1)");
	vmx_check_say(&b, 7, line, sizeof(line));
	assert_non_null(strstr(line, "; the CPU means something else"));
	SET(HOST_RIP, 1ull << 63);
	check(&b);
	vmx_check_say(&b, 8, line, sizeof(line));
	assert_string_equal(line,
		"VM entry refused the host state: HOST_RIP = "
		"0x8000000000000000: not canonical (26.2.4)");
	SET(VPID, 0);
	check(&b);
	vmx_check_say(&b, 7, line, sizeof(line));
	assert_string_equal(line,
		"VM entry refused the controls: VPID = 0x0: 0 is the host's "
		"(26.2.1.1)");
	set_base(LONG);
	check(&b);
	vmx_check_say(&b, 4, line, sizeof(line));
	assert_string_equal(line,
		"VM entry failed with 0x4, and no rule of SDM 3C, 26.2 and "
		"26.3 that this VMM knows is broken");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vmx_check_of_each_base),
		cmocka_unit_test(vmx_check_of_each_value),
		cmocka_unit_test(vmx_check_leaves_no_field_out),
		cmocka_unit_test(vmx_check_of_free_values),
		cmocka_unit_test(vmx_check_of_instruction_lengths),
		cmocka_unit_test(vmx_check_of_pdptes),
		cmocka_unit_test(vmx_check_of_events_that_wake),
		cmocka_unit_test(vmx_check_of_the_virtual_tpr),
		cmocka_unit_test(vmx_check_says_it_in_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
