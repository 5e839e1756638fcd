/* SPDX-License-Identifier: MIT */
/* The 8254; pit.h.  Counter 2 is the loudspeaker's, gated by port 0x61. */
#include "kernel/dev/pit.h"

#include "kernel/cpu/asm.h"

#define PIT_COUNTER0 0x40
#define PIT_COUNTER2 0x42
#define PIT_CONTROL  0x43
#define PIT_SPEAKER  0x61

#define PIT_COUNTER0_RATE    0x34 /* counter 0, two bytes, mode 2 */
#define PIT_COUNTER2_ONESHOT 0xb0 /* counter 2, two bytes, mode 0 */

#define SPEAKER_GATE   0x01 /* counter 2 runs */
#define SPEAKER_SOUND  0x02
#define SPEAKER_OUTPUT 0x20 /* counter 2 has reached zero */

void
pit_start(unsigned hz)
{
	uint16_t divisor = (uint16_t)(PIT_HZ / hz);

	outb(PIT_CONTROL, PIT_COUNTER0_RATE);
	outb(PIT_COUNTER0, (uint8_t)divisor);
	outb(PIT_COUNTER0, (uint8_t)(divisor >> 8));
}

uint64_t
pit_measure_tsc(uint16_t ticks)
{
	uint8_t speaker = inb(PIT_SPEAKER) & (uint8_t)~SPEAKER_SOUND;
	uint64_t start;

	outb(PIT_SPEAKER, speaker & (uint8_t)~SPEAKER_GATE);
	outb(PIT_CONTROL, PIT_COUNTER2_ONESHOT);
	outb(PIT_COUNTER2, (uint8_t)ticks);
	outb(PIT_COUNTER2, (uint8_t)(ticks >> 8));
	outb(PIT_SPEAKER, speaker | SPEAKER_GATE);
	start = rdtsc();
	while (!(inb(PIT_SPEAKER) & SPEAKER_OUTPUT))
		cpu_pause();
	start = rdtsc() - start;
	outb(PIT_SPEAKER, speaker & (uint8_t)~SPEAKER_GATE);
	return start;
}
