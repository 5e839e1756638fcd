/* SPDX-License-Identifier: MIT */
/* The vectors that guests know (APM 2, 8.2; SDM 3A, 6.3.1). */
#ifndef GRADING_GUEST_VECTORS_H
#define GRADING_GUEST_VECTORS_H

enum vector {
	VEC_DE = 0,
	VEC_DB = 1,
	VEC_NMI = 2,
	VEC_BP = 3,
	VEC_OF = 4,
	VEC_BR = 5,
	VEC_UD = 6,
	VEC_NM = 7,
	VEC_DF = 8,
	VEC_TS = 10,
	VEC_NP = 11,
	VEC_SS = 12,
	VEC_GP = 13,
	VEC_PF = 14,
	VEC_MF = 16,
	VEC_AC = 17,
	VEC_IRQ0 = 32, /* where guests put the PIC's */
	NO_TRAP = 256
};

#endif
