/* SPDX-License-Identifier: MIT */
/* Console, verdict and traps of the guest; contracts in guest.h. */
#include "grading/flat/guest.h"
#include "grading/guest/hex.h"

struct frame trap;
uint32_t trap_at, trap_resume;
volatile unsigned irqs, calls;

/* The serial port takes it all at once: no line status, no loop. */
void
print(const char *text)
{
	uint32_t n = 0;

	while (text[n])
		n++;
	__asm__ volatile("rep outsb"
			 : "+S"(text), "+c"(n)
			 : "d"(0x3f8)
			 : "memory");
}

static void
print_hex(uint32_t value)
{
	char text[2 + HEX_DIGITS + 1] = "0x";

	*hex_put(text + 2, value) = '\0';
	print(text);
}

void
end(uint8_t status)
{
	for (;;) {
		outb(0xf4, status);
		__asm__ volatile("cli; hlt");
	}
}

void
check(uint32_t value, uint32_t expected, const char *text)
{
	if (value == expected)
		return;
	print("failed: ");
	print(text);
	print(" is ");
	print_hex(value);
	print(", not ");
	print_hex(expected);
	print(", after the trap ");
	print_hex(trap.vector);
	print(" error ");
	print_hex(trap.error);
	print(" at ");
	print_hex(trap.eip);
	print("\n");
	end(1);
}

void
trap_dispatch(struct frame *frame)
{
	trap = *frame;
	trap_at = (uint32_t)frame;
	if (frame->vector == VEC_IRQ0) {
		irqs++;
		outb(0x20, 0x20);
		return;
	}
	if (frame->vector == VEC_SYSTEM) {
		calls++;
		return;
	}
	if ((frame->cs & 3) == 3)
		user_back();
	if (!trap_resume)
		check(frame->vector, NO_TRAP, "trap");
	frame->eip = trap_resume;
	trap_resume = 0;
}
