/* SPDX-License-Identifier: MIT */
/* As popf_halt, but it looks again and again instead of halting. */
/* demo: popf */
#define WAIT() __asm__ volatile("pause" : : : "memory")
#include "grading/probes/popf_halt.c"
