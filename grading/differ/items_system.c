/* SPDX-License-Identifier: MIT */
/* Privileged instructions, ports, traps. */
#include "grading/differ/guest.h"

#define CR4_TSD (1ul << 2)
#define CR4_DE	(1ul << 3)

#define MSR_SYSENTER_CS	 0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static void
emit_cli_sti(void)
{
	put((uint8_t)(0xfa + dice_below(&dice, 2)));
}

/* Registers that can be read; ERRATUM: MOV from CR5 in ring 3 is no #UD. */
static void
emit_cr_read(void)
{
	static const uint8_t crs[] = { 0, 2, 3, 4 };

	PUT("\x0f\x20");
	put((uint8_t)(0xc0 | crs[dice_below(&dice, 4)] << 3 | RDX));
}

/* Bits that may change while the program runs: MP, TS, NE, WP, and CD. */
static void
emit_cr0(void)
{
	static const uint64_t bits[] = { CR0_MP, CR0_TS, CR0_NE, CR0_WP, CR0_WP,
		CR0_EM, CR0_CD };

	PUT("\x0f\x20\xc0"); /* mov %cr0, %rax */
	put_load(RCX, bits[dice_below(&dice, LEN(bits))]);
	PUT("\x48\x31\xc8\x0f\x22\xc0"); /* xor %rcx, %rax; mov %rax, %cr0 */
}

static void
emit_clts(void)
{
	PUT("\x0f\x06");
}

static void
emit_lmsw(void)
{
	put_load(RAX, dice_below(&dice, 2) ? CR0_PE | CR0_TS : CR0_PE | CR0_MP);
	PUT("\x0f\x01\xf0");
}

static void
emit_cr2(void)
{
	put_load(RAX, dice_value(&dice));
	PUT("\x0f\x22\xd0");
}

/* ERRATUM: reserved bits of CR4 make QEMU hang. */
static void
emit_cr4(void)
{
	static const uint64_t bits[] = { CR4_TSD, CR4_DE, CR4_PGE, CR4_OSFXSR,
		CR4_OSXMMEXCPT, CR4_UMIP, CR4_FSGSBASE, CR4_SMEP, CR4_SMAP };

	PUT("\x0f\x20\xe0"); /* mov %cr4, %rax */
	/* SMAP is the last */
	put_load(RCX, bits[dice_below(&dice, LEN(bits) - !program.smap)]);
	PUT("\x48\x31\xc8\x0f\x22\xe0");
}

static void
emit_dr(void)
{
	static const uint8_t drs[] = { 0, 1, 2, 3, 6, 7 };
	unsigned dr = drs[dice_below(&dice, 6)];

	if (dice_below(&dice, 2)) {
		/* nothing that is enabled */
		put_load(RAX,
			dr < 6		  ? dice_value(&dice)
				: dr == 6 ? 0xffff0ff0
					  : 0x400);
		PUT("\x0f\x23");
	} else {
		PUT("\x0f\x21");
	}
	put((uint8_t)(0xc0 | dr << 3));
}

/*
 * ERRATUM: QEMU takes what is not canonical, and MSRs that do not exist.
 */
static void
emit_msr(void)
{
	static const uint32_t msrs[] = { MSR_LSTAR, MSR_CSTAR, MSR_SFMASK,
		MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE, MSR_SYSENTER_CS,
		MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_STAR };
	uint32_t msr = msrs[dice_below(&dice, LEN(msrs))];
	uint64_t value = dice_next(&dice) >> 17;

	put_load(RCX, msr);
	if (dice_below(&dice, 3) == 0) {
		PUT("\x0f\x32");
		return;
	}
	if (msr == MSR_SFMASK)
		value = SFMASK ^ (value & 0x200);
	if (msr == MSR_SYSENTER_CS)
		value &= 0xfff8;
	if (msr == MSR_STAR) /* its selectors must go on to be some */
		value = (uint64_t)(SEL_CODE | (SEL_CODE32 | 3ull) << 16) << 32 |
			(value & 0xffffffff);
	put_load(RAX, (uint32_t)value);
	put_load(RDX, value >> 32);
	PUT("\x0f\x30");
}

static void
emit_efer(void)
{
	put_load(RCX, MSR_EFER);
	PUT("\x0f\x32\x83\xf0\x01\x0f\x30"); /* rdmsr; xor $1, %eax; wrmsr */
}

static void
emit_swapgs(void)
{
	PUT("\x0f\x01\xf8");
}

/* Behind a MOV from CR0, so in ring 0 alone: docs/errata.md, Q25. */
static void
emit_wbinvd(void)
{
	PUT("\x0f\x20\xc0\x0f\x09");
}

/* The PICs' masks, and a port where nothing is.  All lines stay masked. */
static void
emit_io(void)
{
	static const char *const codes[] = { "\xe4\x21", "\xe4\xa1", "\xe6\x21",
		"\xe6\xa1", "\xec\x90", "\xee\x90" };

	put_load(RAX, 0xff);
	put_load(RDX, dice_below(&dice, 2) ? 0x21 : 0xa1);
	put_bytes(codes[dice_below(&dice, 6)], 2);
}

/* The jump to what follows is for QEMU: docs/errata.md, Q26. */
static void
emit_io_string(void)
{
	put_load(RDX, 0x80); /* a port whose device keeps quiet */
	put_load(RCX, dice_below(&dice, 12));
	put_load(RSI, item_address());
	PUT("\xeb\x00");
	put_bytes(
		dice_below(&dice, 2) ? "\xf3\x6e" : "\x6e\x90", 2); /* OUTSB */
}

/* With interrupts off, start the timer; then let it through, and wait. */
static void
emit_hlt(void)
{
	PUT("\xfa\xb0\x30\xe6\x43\xb0\x40\xe6\x40\xb0\x00\xe6\x40" /* PIT, once
								    */
	    "\xb0\xfe\xe6\x21\xfb\xf4\xfa"); /* unmask; sti; hlt; cli */
}

static void
emit_int(void)
{
	/* none of those that have an error code */
	static const uint8_t vectors[] = { 3, 4, 0x41, 0x50, 0x51, 0x30, 0, 6 };
	uint64_t i = dice_below(&dice, LEN(vectors));

	put(0xcd);
	put(vectors[options.badint ? i : i % 4]);
}

static void
emit_traps(void)
{
	static const char *const codes[] = { "\xcc\x90\x90", "\x0f\x0b\x90",
		"\x0f\xb9\xc0", "\xf1\x90\x90", "\xf0\x90\x90", "\xd9\xd0\x90",
		"\x9b\x90\x90", "\x0e\x90\x90", "\x0f\x35\x90" };
	/* INT3 UD2 UD1 INT1 LOCK-NOP FNOP FWAIT PUSH-CS(undefined) SYSEXIT */

	put_bytes(codes[dice_below(&dice, 8)], 3);
}

static void
emit_divide(void)
{
	put_load(RCX, dice_below(&dice, 2));
	PUT("\x31\xd2\x48\xf7\xf1\x48\x31\xc9"); /* div; flags made anew */
}

static void
emit_clac_stac(void)
{
	PUT("\x0f\x01");
	put((uint8_t)(0xca + dice_below(&dice, 2)));
}

const struct item items_system[] = {
	{ "cli-sti", 3, ITEM_UNSTEPPED, emit_cli_sti },
	{ "cr-read", 3, 0, emit_cr_read },
	{ "cr0", 4, 0, emit_cr0 },
	{ "clts", 1, 0, emit_clts },
	{ "lmsw", 1, 0, emit_lmsw },
	{ "cr2", 1, 0, emit_cr2 },
	{ "cr4", 4, 0, emit_cr4 },
	{ "dr", 3, 0, emit_dr },
	{ "msr", 6, 0, emit_msr },
	{ "efer", 1, 0, emit_efer },
	{ "swapgs", 2, 0, emit_swapgs },
	{ "wbinvd", 1, 0, emit_wbinvd },
	{ "io", 2, 0, emit_io },
	{ "io-string", 2, ITEM_UNSTEPPED, emit_io_string },
	{ "hlt", 1, ITEM_UNSTEPPED, emit_hlt },
	{ "int", 4, 0, emit_int },
	{ "traps", 3, 0, emit_traps },
	{ "divide", 1, 0, emit_divide },
	{ "clac-stac", 2, 0, emit_clac_stac },
	{ 0 },
};
