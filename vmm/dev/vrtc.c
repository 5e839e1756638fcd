/* SPDX-License-Identifier: MIT */
/*
 * The real-time clock of a PC: an MC146818 with 128 bytes of CMOS RAM.
 *
 * Nothing counts here: the calendar follows from the owner's calendar at
 * power-on, the guest's time since, and an offset that the guest makes by
 * setting the clock.  While the guest holds the clock with SET, the calendar
 * registers are plain RAM.
 *
 * Flags in register C are worked out when somebody looks, from what has
 * happened since the last time; the bus is asked for a tick only while an
 * interrupt (line 8) is enabled and not yet given.  Missed periodic
 * interrupts are one.
 *
 * Left out: daylight saving, the square wave, stopping the divider.  The NMI
 * mask in bit 7 of the index is kept for reading alone: nothing here raises
 * an NMI.
 *
 * Motorola MC146818 data sheet.
 */
#include "vmm/dev/vbus.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "vmm/dev/calendar.h"
#include "vmm/state.h"

#define VRTC_PORT     0x70 /* index; data is the port above */
#define VRTC_LINE     8
#define VRTC_RAM      128
#define VRTC_INDEX    0x7f
#define VRTC_CLOCK_HZ 32768ull
#define NS_PER_SEC    1000000000ull
#define VRTC_UPDATE   2228000ull /* ns before a second that UIP is set */

enum vrtc_register {
	RTC_SECOND = 0,
	RTC_SECOND_ALARM = 1,
	RTC_MINUTE = 2,
	RTC_MINUTE_ALARM = 3,
	RTC_HOUR = 4,
	RTC_HOUR_ALARM = 5,
	RTC_WEEKDAY = 6, /* 1 is Sunday */
	RTC_DAY = 7,
	RTC_MONTH = 8,
	RTC_YEAR = 9,
	RTC_A = 10,
	RTC_B = 11,
	RTC_C = 12,
	RTC_D = 13,
	RTC_CENTURY = 0x32
};

#define A_UIP	   0x80 /* an update is near: do not read the calendar */
#define A_RATE	   0x0f
#define A_RESET	   0x26 /* 32768 Hz crystal, 1024 Hz periodic */
#define B_SET	   0x80 /* updates are held */
#define B_FLAGS	   0x70 /* enables of the flags in C, at the same bits */
#define B_BINARY   0x04 /* else BCD */
#define B_24H	   0x02
#define C_IRQ	   0x80
#define C_PERIODIC 0x40
#define C_ALARM	   0x20
#define C_UPDATE   0x10
#define D_VALID	   0x80 /* the battery is good */
#define HOUR_PM	   0x80
#define ALARM_ANY  0xc0 /* both bits: every value matches */

struct vrtc {
	struct device dev;
	uint8_t index; /* with the NMI mask in bit 7 */
	uint8_t ram[VRTC_RAM];
	uint64_t offset; /* seconds that the guest set the clock on, mod 2^64 */
	uint64_t seen;	 /* guest ns up to which flags are worked out */
};

#define to_vrtc(dev_) container_of(dev_, struct vrtc, dev)

static uint8_t
vrtc_encode(const struct vrtc *rtc, unsigned value)
{
	if (rtc->ram[RTC_B] & B_BINARY)
		return (uint8_t)value;
	return (uint8_t)(value / 10 << 4 | value % 10);
}

static unsigned
vrtc_decode(const struct vrtc *rtc, uint8_t value)
{
	if (rtc->ram[RTC_B] & B_BINARY)
		return value;
	return (value >> 4) * 10u + (value & 15);
}

static uint8_t
vrtc_encode_hour(const struct vrtc *rtc, unsigned hour)
{
	if (rtc->ram[RTC_B] & B_24H)
		return vrtc_encode(rtc, hour);
	return vrtc_encode(rtc, hour % 12 ? hour % 12 : 12) |
		(hour >= 12 ? HOUR_PM : 0);
}

static unsigned
vrtc_decode_hour(const struct vrtc *rtc, uint8_t value)
{
	unsigned hour;

	if (rtc->ram[RTC_B] & B_24H)
		return vrtc_decode(rtc, value);
	hour = vrtc_decode(rtc, value & ~HOUR_PM) % 12;
	return value & HOUR_PM ? hour + 12 : hour;
}

static uint64_t
vrtc_seconds(struct vrtc *rtc, uint64_t now)
{
	return rtc->dev.bus->owner->boot_time(rtc->dev.bus) + rtc->offset +
		now / NS_PER_SEC;
}

/* Put the present time into the calendar registers. */
static void
vrtc_show(struct vrtc *rtc, uint64_t now)
{
	struct calendar cal;

	calendar_from_seconds(&cal, vrtc_seconds(rtc, now));
	rtc->ram[RTC_SECOND] = vrtc_encode(rtc, cal.second);
	rtc->ram[RTC_MINUTE] = vrtc_encode(rtc, cal.minute);
	rtc->ram[RTC_HOUR] = vrtc_encode_hour(rtc, cal.hour);
	rtc->ram[RTC_WEEKDAY] = vrtc_encode(rtc, cal.weekday + 1);
	rtc->ram[RTC_DAY] = vrtc_encode(rtc, cal.day);
	rtc->ram[RTC_MONTH] = vrtc_encode(rtc, cal.month);
	rtc->ram[RTC_YEAR] = vrtc_encode(rtc, cal.year % 100);
	rtc->ram[RTC_CENTURY] = vrtc_encode(rtc, cal.year / 100 % 100);
}

/* Set the clock to what the calendar registers say. */
static void
vrtc_take(struct vrtc *rtc, uint64_t now)
{
	struct calendar cal = {
		.second = vrtc_decode(rtc, rtc->ram[RTC_SECOND]),
		.minute = vrtc_decode(rtc, rtc->ram[RTC_MINUTE]),
		.hour = vrtc_decode_hour(rtc, rtc->ram[RTC_HOUR]),
		.day = vrtc_decode(rtc, rtc->ram[RTC_DAY]),
		.month = vrtc_decode(rtc, rtc->ram[RTC_MONTH]),
		.year = vrtc_decode(rtc, rtc->ram[RTC_CENTURY]) * 100 +
			vrtc_decode(rtc, rtc->ram[RTC_YEAR]),
	};

	rtc->offset += calendar_to_seconds(&cal) - vrtc_seconds(rtc, now);
}

static bool
vrtc_alarm_field(struct vrtc *rtc, uint8_t alarm, uint8_t value)
{
	return (rtc->ram[alarm] & ALARM_ANY) == ALARM_ANY ||
		rtc->ram[alarm] == value;
}

/* Does the alarm match a time of day? */
static bool
vrtc_alarm_at(struct vrtc *rtc, unsigned second)
{
	return vrtc_alarm_field(
		       rtc, RTC_SECOND_ALARM, vrtc_encode(rtc, second % 60)) &&
		vrtc_alarm_field(rtc, RTC_MINUTE_ALARM,
			vrtc_encode(rtc, second / 60 % 60)) &&
		vrtc_alarm_field(rtc, RTC_HOUR_ALARM,
			vrtc_encode_hour(rtc, second / 3600));
}

/* Has the alarm matched in the last n seconds? */
static bool
vrtc_alarm_passed(struct vrtc *rtc, uint64_t now, uint64_t n)
{
	uint64_t last = vrtc_seconds(rtc, now), i;

	if (n > 86400)
		n = 86400; /* it has passed each time of day */
	for (i = 0; i < n; i++)
		if (vrtc_alarm_at(rtc, (unsigned)((last - i) % 86400)))
			return true;
	return false;
}

/* Clocks between two periodic interrupts, or 0 for none. */
static uint64_t
vrtc_period(const struct vrtc *rtc)
{
	unsigned rate = rtc->ram[RTC_A] & A_RATE;

	if (!rate)
		return 0;
	return 1ull << ((rate <= 2 ? rate + 7 : rate) - 1);
}

static uint64_t
vrtc_clocks(uint64_t ns)
{
	return ns / NS_PER_SEC * VRTC_CLOCK_HZ +
		ns % NS_PER_SEC * VRTC_CLOCK_HZ / NS_PER_SEC;
}

/* When the next enabled flag can come. */
static uint64_t
vrtc_next(const struct vrtc *rtc, uint64_t now)
{
	uint64_t next = VBUS_NEVER, period = vrtc_period(rtc);
	uint8_t enabled = rtc->ram[RTC_B] & B_FLAGS;

	if (rtc->ram[RTC_C] & C_IRQ)
		return VBUS_NEVER; /* nothing new until C is read */
	if (enabled & (C_ALARM | C_UPDATE))
		next = (now / NS_PER_SEC + 1) * NS_PER_SEC;
	if (enabled & C_PERIODIC && period) {
		uint64_t clock = (vrtc_clocks(now) / period + 1) * period;
		uint64_t ns = clock / VRTC_CLOCK_HZ * NS_PER_SEC +
			(clock % VRTC_CLOCK_HZ * NS_PER_SEC + VRTC_CLOCK_HZ -
				1) /
				VRTC_CLOCK_HZ;

		next = ns < next ? ns : next;
	}
	return next;
}

/* Work out the flags up to now, the interrupt, and the next deadline. */
static void
vrtc_run(struct vrtc *rtc, uint64_t now)
{
	uint64_t seconds = now / NS_PER_SEC - rtc->seen / NS_PER_SEC;
	uint64_t period = vrtc_period(rtc);
	uint8_t *c = &rtc->ram[RTC_C];

	if (period &&
		vrtc_clocks(now) / period != vrtc_clocks(rtc->seen) / period)
		*c |= C_PERIODIC;
	if (seconds && !(rtc->ram[RTC_B] & B_SET)) {
		*c |= C_UPDATE;
		if (vrtc_alarm_passed(rtc, now, seconds))
			*c |= C_ALARM;
	}
	rtc->seen = now;
	*c &= ~C_IRQ;
	if (*c & rtc->ram[RTC_B] & B_FLAGS)
		*c |= C_IRQ;
	vbus_irq_set(rtc->dev.bus, VRTC_LINE, *c & C_IRQ);
	vbus_deadline_set(&rtc->dev, vrtc_next(rtc, now));
}

static void
vrtc_tick(struct device *dev, uint64_t now)
{
	vrtc_run(to_vrtc(dev), now);
}

static bool
vrtc_is_calendar(uint8_t reg)
{
	return reg == RTC_CENTURY ||
		(reg <= RTC_YEAR && reg != RTC_SECOND_ALARM &&
			reg != RTC_MINUTE_ALARM && reg != RTC_HOUR_ALARM);
}

static uint8_t
vrtc_read(struct vrtc *rtc, uint8_t reg, uint64_t now)
{
	bool held = rtc->ram[RTC_B] & B_SET;
	uint8_t value;

	if (vrtc_is_calendar(reg) && !held)
		vrtc_show(rtc, now);
	value = rtc->ram[reg];
	if (reg == RTC_A && !held &&
		now % NS_PER_SEC >= NS_PER_SEC - VRTC_UPDATE)
		value |= A_UIP;
	if (reg == RTC_C)
		rtc->ram[RTC_C] = 0;
	return value;
}

static void
vrtc_write(struct vrtc *rtc, uint8_t reg, uint8_t value, uint64_t now)
{
	bool held = rtc->ram[RTC_B] & B_SET;

	if (reg == RTC_C || reg == RTC_D)
		return;
	if (reg == RTC_A)
		value &= ~A_UIP;
	if (!held && (vrtc_is_calendar(reg) || reg == RTC_B))
		vrtc_show(rtc, now);
	rtc->ram[reg] = value;
	if ((vrtc_is_calendar(reg) && !held) ||
		(reg == RTC_B && held && !(value & B_SET)))
		vrtc_take(rtc, now);
}

static void
vrtc_access(struct device *dev, struct vaccess *access)
{
	struct vrtc *rtc = to_vrtc(dev);
	uint64_t now = vbus_now(dev->bus);
	uint8_t reg = rtc->index & VRTC_INDEX;

	if (!access->offset) {
		if (access->write)
			rtc->index = (uint8_t)access->value;
		else
			access->value = rtc->index;
		return;
	}
	vrtc_run(rtc, now);
	if (access->write)
		vrtc_write(rtc, reg, (uint8_t)access->value, now);
	else
		access->value = vrtc_read(rtc, reg, now);
	vrtc_run(rtc, now);
}

static int
vrtc_init(struct device *dev)
{
	return vbus_claim_ports(dev, VRTC_PORT, 2, 1, vrtc_access);
}

static void
vrtc_reset(struct device *dev)
{
	struct vrtc *rtc = to_vrtc(dev);

	memset(rtc->ram, 0, sizeof(rtc->ram));
	rtc->ram[RTC_A] = A_RESET;
	rtc->ram[RTC_B] = B_24H;
	rtc->ram[RTC_D] = D_VALID;
	rtc->index = 0;
	rtc->offset = 0;
	rtc->seen = vbus_now(dev->bus);
	vrtc_run(rtc, rtc->seen);
}

static void
vrtc_save(struct device *dev, struct state_writer *w)
{
	struct vrtc *rtc = to_vrtc(dev);

	state_put_u8(w, rtc->index);
	state_put_bytes(w, rtc->ram, sizeof(rtc->ram));
	state_put_u64(w, rtc->offset);
	state_put_u64(w, rtc->seen);
}

static int
vrtc_load(struct device *dev, struct state_reader *r)
{
	struct vrtc loaded = { .dev = to_vrtc(dev)->dev };

	loaded.index = state_get_u8(r);
	state_get_bytes(r, loaded.ram, sizeof(loaded.ram));
	loaded.offset = state_get_u64(r);
	loaded.seen = state_get_u64(r);
	state_require(r, !(loaded.ram[RTC_A] & A_UIP));
	state_require(r, loaded.ram[RTC_D] == D_VALID);
	state_require(r, loaded.seen <= vbus_now(dev->bus));
	if (r->bad)
		return -EINVAL;
	*to_vrtc(dev) = loaded;
	vrtc_run(to_vrtc(dev), loaded.seen);
	return 0;
}

static const struct device_ops vrtc_ops = {
	.name = "vrtc",
	.size = sizeof(struct vrtc),
	.init = vrtc_init,
	.reset = vrtc_reset,
	.tick = vrtc_tick,
	.save = vrtc_save,
	.load = vrtc_load,
};

DEVICE(vrtc_ops);
