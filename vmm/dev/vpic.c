/* SPDX-License-Identifier: MIT */
/*
 * The pair of 8259A interrupt controllers of a PC, with the edge/level
 * control registers (ELCR) of later chip sets.
 *
 * Each chip has eight lines and three masks of a bit a line: IRR (asks for
 * service), ISR (being served) and IMR (masked).  The chip's output is high
 * while an unmasked request has a higher priority than everything in
 * service.  The slave's output is line 2 of the master; only the master's
 * output reaches the CPU.
 *
 * A request on an edge-triggered line stays until it is acknowledged, even
 * if the line falls before (the chip itself would forget it and deliver IRQ 7
 * instead): a device whose interrupt comes late is not lost.  A request that
 * does go away (a level line fell, a mask was set) drops the output with it;
 * whoever acknowledges nevertheless gets the spurious IRQ 7 or 15, as the
 * data sheet says.
 *
 * After reset all lines are masked: there is no firmware that would do it
 * before the guest's kernel runs.  Left out: 8080 mode, buffered mode, and
 * ICW1's level bit, for which a PC has the ELCR.
 *
 * Intel 8259A data sheet; Intel 82371AB (PIIX4), 7.5.6 for the ELCR.
 */
#include "vmm/dev/vbus.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "vmm/state.h"

#define VPIC_MASTER_PORT 0x20 /* command; data is the port above */
#define VPIC_SLAVE_PORT	 0xa0
#define VPIC_ELCR_PORT	 0x4d0 /* master's, then slave's */
#define VPIC_CASCADE	 2 /* the master's line that is the slave's output */
#define VPIC_SPURIOUS	 7
#define VPIC_NONE	 (-1)

#define ICW1	      0x10 /* this bit marks it */
#define ICW1_SINGLE   0x02 /* no ICW3 follows */
#define ICW1_ICW4     0x01 /* an ICW4 follows */
#define ICW4_SFNM     0x10 /* special fully nested mode */
#define ICW4_AUTO_EOI 0x02
#define OCW3	      0x08 /* this bit marks it; neither: OCW2 */
#define OCW3_SMM_SET  0x40 /* take the special-mask bit from 0x20 */
#define OCW3_SMM      0x20
#define OCW3_POLL     0x04
#define OCW3_READ_SET 0x02 /* take the read-ISR bit from 0x01 */
#define OCW3_READ_ISR 0x01
#define OCW2_ROTATE   0x80
#define OCW2_SPECIFIC 0x40
#define OCW2_EOI      0x20
#define POLL_PENDING  0x80

static const uint8_t vpic_elcr_mask[2] = { 0xf8, 0xde };

/* Which initialisation word the data port expects next. */
enum vpic_step {
	VPIC_READY,
	VPIC_ICW2,
	VPIC_ICW3,
	VPIC_ICW4
};

#define MODE_SINGLE	  0x01 /* initialisation has no ICW3 */
#define MODE_ICW4	  0x02 /* initialisation has an ICW4 */
#define MODE_AUTO_EOI	  0x04
#define MODE_AEOI_ROTATE  0x08
#define MODE_SPECIAL_MASK 0x10
#define MODE_SFNM	  0x20
#define MODE_POLL	  0x40 /* the next read acknowledges */
#define MODE_READ_ISR	  0x80 /* the command port reads ISR, not IRR */

struct vpic_chip {
	uint8_t lines; /* levels of the inputs */
	uint8_t irr, isr, imr;
	uint8_t level; /* lines that are level-triggered: ELCR, and cascade */
	uint8_t base;  /* vector of line 0 */
	uint8_t first; /* the line of highest priority */
	uint8_t step;  /* enum vpic_step */
	uint8_t mode;  /* MODE_ bits */
};
_Static_assert(sizeof(struct vpic_chip) == 9, "saved as bytes");

struct vpic {
	struct device dev;
	struct vpic_chip chip[2]; /* master, slave */
};

#define to_vpic(dev_) container_of(dev_, struct vpic, dev)

static void
vpic_mode(struct vpic_chip *chip, uint8_t bits, bool on)
{
	chip->mode = on ? chip->mode | bits : chip->mode & ~bits;
}

/* The line of highest priority in a mask, as a rank 0 to 7; 8: none. */
static unsigned
vpic_rank(const struct vpic_chip *chip, uint8_t mask)
{
	unsigned rank = 0;

	while (rank < 8 && !(mask & 1u << ((chip->first + rank) & 7)))
		rank++;
	return rank;
}

/* The line that the chip asks the CPU to serve, or VPIC_NONE. */
static int
vpic_request(const struct vpic_chip *chip)
{
	unsigned want = vpic_rank(chip, chip->irr & ~chip->imr);
	uint8_t served = chip->isr;

	if (chip->mode & MODE_SPECIAL_MASK)
		served &= ~chip->imr;
	if (chip->mode &
		MODE_SFNM) /* only a master is told so: let the slave nest */
		served &= ~(1u << VPIC_CASCADE);
	if (want == 8 || want >= vpic_rank(chip, served))
		return VPIC_NONE;
	return (chip->first + want) & 7;
}

static void
vpic_set_line(struct vpic_chip *chip, unsigned line, bool level)
{
	uint8_t bit = 1u << line;

	if (chip->level & bit)
		chip->irr = level ? chip->irr | bit : chip->irr & ~bit;
	else if (level && !(chip->lines & bit))
		chip->irr |= bit;
	chip->lines = level ? chip->lines | bit : chip->lines & ~bit;
}

/* Something changed: carry the slave's output on, then the master's. */
static void
vpic_update(struct vpic *pic)
{
	vpic_set_line(&pic->chip[0], VPIC_CASCADE,
		vpic_request(&pic->chip[1]) != VPIC_NONE);
	vbus_intr_set(&pic->dev, vpic_request(&pic->chip[0]) != VPIC_NONE);
}

/* Take a line into service. */
static void
vpic_serve(struct vpic_chip *chip, unsigned line)
{
	uint8_t bit = 1u << line;

	if (!(chip->level & bit))
		chip->irr &= ~bit;
	if (!(chip->mode & MODE_AUTO_EOI))
		chip->isr |= bit;
	else if (chip->mode & MODE_AEOI_ROTATE)
		chip->first = (line + 1) & 7;
}

static int
vpic_ack(struct device *dev)
{
	struct vpic *pic = to_vpic(dev);
	struct vpic_chip *chip = &pic->chip[0];
	int line = vpic_request(chip);

	if (line != VPIC_NONE)
		vpic_serve(chip, (unsigned)line);
	if (line == VPIC_CASCADE) {
		chip = &pic->chip[1];
		line = vpic_request(chip);
		if (line != VPIC_NONE)
			vpic_serve(chip, (unsigned)line);
	}
	vpic_update(pic);
	return chip->base + (line == VPIC_NONE ? VPIC_SPURIOUS : line);
}

static void
vpic_set(struct device *dev, unsigned line, bool level)
{
	struct vpic *pic = to_vpic(dev);

	if (line >= 16 || line == VPIC_CASCADE)
		return;
	vpic_set_line(&pic->chip[line / 8], line % 8, level);
	vpic_update(pic);
}

static void
vpic_write_icw1(struct vpic_chip *chip, uint8_t value)
{
	chip->irr = chip->lines & chip->level;
	chip->isr = chip->imr = chip->first = chip->mode = 0;
	vpic_mode(chip, MODE_SINGLE, value & ICW1_SINGLE);
	vpic_mode(chip, MODE_ICW4, value & ICW1_ICW4);
	chip->step = VPIC_ICW2;
}

static void
vpic_write_ocw2(struct vpic_chip *chip, uint8_t value)
{
	unsigned line = value & 7;

	if (!(value & OCW2_EOI)) {
		if (!(value & OCW2_SPECIFIC))
			vpic_mode(chip, MODE_AEOI_ROTATE, value & OCW2_ROTATE);
		else if (value & OCW2_ROTATE)
			chip->first = (line + 1) & 7;
		return;
	}
	if (!(value & OCW2_SPECIFIC)) {
		uint8_t served = chip->isr;
		unsigned rank;

		if (chip->mode & MODE_SPECIAL_MASK)
			served &= ~chip->imr;
		rank = vpic_rank(chip, served);
		if (rank == 8)
			return;
		line = (chip->first + rank) & 7;
	}
	chip->isr &= ~(1u << line);
	if (value & OCW2_ROTATE)
		chip->first = (line + 1) & 7;
}

static void
vpic_write_ocw3(struct vpic_chip *chip, uint8_t value)
{
	if (value & OCW3_POLL)
		vpic_mode(chip, MODE_POLL, true);
	if (value & OCW3_READ_SET)
		vpic_mode(chip, MODE_READ_ISR, value & OCW3_READ_ISR);
	if (value & OCW3_SMM_SET)
		vpic_mode(chip, MODE_SPECIAL_MASK, value & OCW3_SMM);
}

static void
vpic_write_data(struct vpic_chip *chip, uint8_t value)
{
	switch (chip->step) {
	case VPIC_READY:
		chip->imr = value;
		return;
	case VPIC_ICW2:
		chip->base = value & 0xf8;
		if (!(chip->mode & MODE_SINGLE)) {
			chip->step = VPIC_ICW3; /* cascading is wired */
			return;
		}
		break;
	case VPIC_ICW4:
		vpic_mode(chip, MODE_SFNM, value & ICW4_SFNM);
		vpic_mode(chip, MODE_AUTO_EOI, value & ICW4_AUTO_EOI);
		chip->step = VPIC_READY;
		return;
	}
	chip->step = chip->mode & MODE_ICW4 ? VPIC_ICW4 : VPIC_READY;
}

static uint8_t
vpic_read(struct vpic_chip *chip, bool data)
{
	int line;

	if (chip->mode & MODE_POLL) {
		vpic_mode(chip, MODE_POLL, false);
		line = vpic_request(chip);
		if (line == VPIC_NONE)
			return 0;
		vpic_serve(chip, (unsigned)line);
		return POLL_PENDING | (uint8_t)line;
	}
	if (data)
		return chip->imr;
	return chip->mode & MODE_READ_ISR ? chip->isr : chip->irr;
}

static void
vpic_access(struct vpic *pic, struct vpic_chip *chip, struct vaccess *access)
{
	uint8_t value = (uint8_t)access->value;

	if (!access->write)
		access->value = vpic_read(chip, access->offset);
	else if (access->offset)
		vpic_write_data(chip, value);
	else if (value & ICW1)
		vpic_write_icw1(chip, value);
	else if (value & OCW3)
		vpic_write_ocw3(chip, value);
	else
		vpic_write_ocw2(chip, value);
	vpic_update(pic);
}

static void
vpic_access_master(struct device *dev, struct vaccess *access)
{
	vpic_access(to_vpic(dev), &to_vpic(dev)->chip[0], access);
}

static void
vpic_access_slave(struct device *dev, struct vaccess *access)
{
	vpic_access(to_vpic(dev), &to_vpic(dev)->chip[1], access);
}

static void
vpic_access_elcr(struct device *dev, struct vaccess *access)
{
	struct vpic *pic = to_vpic(dev);
	struct vpic_chip *chip = &pic->chip[access->offset];

	if (!access->write) {
		access->value = chip->level & vpic_elcr_mask[access->offset];
		return;
	}
	chip->level &= ~vpic_elcr_mask[access->offset];
	chip->level |= access->value & vpic_elcr_mask[access->offset];
	chip->irr = (chip->irr & ~chip->level) | (chip->lines & chip->level);
	vpic_update(pic);
}

static void
vpic_reset(struct device *dev)
{
	struct vpic *pic = to_vpic(dev);
	unsigned i;

	for (i = 0; i < 2; i++)
		pic->chip[i] = (struct vpic_chip){ .lines = pic->chip[i].lines,
			.imr = 0xff };
	pic->chip[0].level = 1u << VPIC_CASCADE;
	vpic_update(pic);
}

static int
vpic_init(struct device *dev)
{
	static const struct irqchip_ops irqchip = { .set = vpic_set,
		.ack = vpic_ack };
	int err;

	err = vbus_claim_ports(dev, VPIC_MASTER_PORT, 2, 1, vpic_access_master);
	if (!err)
		err = vbus_claim_ports(
			dev, VPIC_SLAVE_PORT, 2, 1, vpic_access_slave);
	if (!err)
		err = vbus_claim_ports(
			dev, VPIC_ELCR_PORT, 2, 1, vpic_access_elcr);
	return err ? err : vbus_add_irqchip(dev, &irqchip);
}

static void
vpic_save(struct device *dev, struct state_writer *w)
{
	/* a chip is bytes only, so its layout has no padding */
	state_put_bytes(w, to_vpic(dev)->chip, sizeof(to_vpic(dev)->chip));
}

static int
vpic_load(struct device *dev, struct state_reader *r)
{
	struct vpic *pic = to_vpic(dev);
	struct vpic_chip chip[2];
	unsigned i;

	state_get_bytes(r, chip, sizeof(chip));
	for (i = 0; i < 2; i++) {
		uint8_t fixed = i ? 0 : 1u << VPIC_CASCADE;

		state_require(r,
			(chip[i].level & ~vpic_elcr_mask[i]) == fixed &&
				!(chip[i].base & 7) && chip[i].first <= 7 &&
				chip[i].step <= VPIC_ICW4);
	}
	if (r->bad)
		return -EINVAL;
	memcpy(pic->chip, chip, sizeof(chip));
	vpic_update(pic);
	return 0;
}

static const struct device_ops vpic_ops = {
	.name = "vpic",
	.size = sizeof(struct vpic),
	.init = vpic_init,
	.reset = vpic_reset,
	.save = vpic_save,
	.load = vpic_load,
};

DEVICE(vpic_ops);
