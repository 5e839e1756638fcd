/* SPDX-License-Identifier: MIT */
/* The pair of 8259A interrupt controllers of the PC. */
#ifndef KERNEL_DEV_PIC_H
#define KERNEL_DEV_PIC_H

#include "kernel/cpu/irq.h"

extern const struct irqchip pic_chip;

/* Move its vectors to VECTOR_IRQ_BASE and mask every line. */
void pic_init(void);

#endif
