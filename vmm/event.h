/* SPDX-License-Identifier: MIT */
/*
 * Events that a guest gets: exceptions and external interrupts.
 *
 * At most one exception waits for delivery; a second one that arises before
 * the first is delivered merges with it as on hardware (SDM 3A, table 6-5:
 * benign, contributory, page fault), up to the double fault, and beyond it
 * the VM shuts down.  An event whose delivery an exit interrupted is put
 * back and delivered again.  External interrupts stay in the interrupt
 * controller model until the guest can take one.
 *
 * Order (SDM 3A, table 6-2): what was interrupted, exception, external
 * interrupt.  Left out on purpose: NMIs, which nothing in the machine raises.
 * INT n, INT3 and INTO that an exit interrupted are executed again rather
 * than injected.
 */
#ifndef VMM_EVENT_H
#define VMM_EVENT_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

#define VEC_DE	0
#define VEC_DB	1
#define VEC_NMI 2
#define VEC_BP	3
#define VEC_OF	4
#define VEC_BR	5
#define VEC_UD	6
#define VEC_NM	7
#define VEC_DF	8
#define VEC_TS	10
#define VEC_NP	11
#define VEC_SS	12
#define VEC_GP	13
#define VEC_PF	14
#define VEC_MF	16
#define VEC_AC	17

enum event_kind {
	EVENT_NONE,
	EVENT_IRQ, /* an external interrupt */
	EVENT_EXCEPTION,
	EVENT_KINDS
};

struct event {
	uint8_t kind; /* enum event_kind */
	uint8_t vector;
	bool has_error;
	uint32_t error;
};

/* events.shadow while the instruction that casts it is being done. */
#define EVENT_SHADOW_BEGIN 2

struct vevents {
	/*
	 * There may be something to deliver.  A controller that asserts its
	 * interrupt kicks the vCPU, and vcpu_look() sets this.
	 */
	bool waiting;
	struct event next; /* to deliver before the guest runs on */
	bool nmi;	   /* an NMI waits */
	bool intr;	   /* the level of the CPU's INTR pin */
	/*
	 * An external interrupt that was taken from the controller and then
	 * pushed aside by an exception on its way: vector, or -1.
	 */
	int16_t irq_taken;
	bool window; /* an interrupt window is asked for */
	/*
	 * STI or MOV SS blocks interrupts before the next instruction.  An
	 * instruction that ends halves it.
	 */
	uint8_t shadow;
	bool no_step;  /* MOV SS under TF: no debug trap behind it, either */
	bool shutdown; /* a fault while delivering a double fault */
};

/* What two exceptions make of each other. */
enum event_merge {
	MERGE_SECOND,
	MERGE_DOUBLE,
	MERGE_SHUTDOWN
};

/*
 * first was being delivered when second arose (SDM 3A, 6.15, table 6-5).
 * Pure.
 */
enum event_merge event_merge(uint8_t first, uint8_t second);

/* Does the vector push an error code?  Pure. */
bool event_has_error(uint8_t vector);

/*
 * Deliver an exception before the guest runs on; merges with one that waits.
 * Vector 14 expects state.cr2 to be set already.
 */
void event_queue(struct vcpu *vcpu, uint8_t vector, uint32_t error);

/*
 * An engine's word that an exit interrupted the delivery of ev: to be
 * delivered again unless something else comes of it.
 */
void event_interrupted(struct vcpu *vcpu, const struct event *ev);

/*
 * The work of event_prepare() when something may wait: hand the most urgent
 * event to the engine, or ask it for a window.
 */
bool event_deliver(struct vcpu *vcpu);

/* Would event_deliver() deliver something now?  Ends a HLT. */
bool event_pending(struct vcpu *vcpu);

#endif
