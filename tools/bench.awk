# SPDX-License-Identifier: MIT
#
# The output of the runs that tools/bench asks for, as a table.
#
#	@ PAIR ROW		what follows belongs to this; PAIR may be
#				bare:EMULATOR, too, or `level`
#	base PAIR		what the next are compared with
#	bench ROW CYCLES UNITS	what was measured
#	REASON COUNT		exits of the whole VM, boot included, up to
#	total COUNT
#	looked-ahead REASON N	those among them without a world switch
#	emulated NAME N M	those of reason emulate: with one, without
#	NAME COUNT		other things that the VMM counts
#	walk PAIR SIZE		the walk behind it is by pages of this size, and
#	COUNT references = ...	so many it takes

# Goals: the most that a row may cost against bare, in instructions, and in
# exits for one unit of work.
function goal(p, r, instructions, exits) {
	most_instructions[p, r] = instructions
	most_ratio[p, r] = -1
	most_exits[p, r] = exits
}
function goal_ratio(p, r, ratio, exits) {
	goal(p, r, -1, exits)
	most_ratio[p, r] = ratio
}

# Where the CPU walks the guest's tables, nothing that a guest does with them
# exits; a boot has its devices.
function goals_nested(p) {
	goal_ratio(p, "boot", 1.10, -1)
	goal_ratio(p, "compute", 1.005, -1)
	goal_ratio(p, "syscall", 1.005, 0)
	goal_ratio(p, "fault", 1.005, 0)
	goal_ratio(p, "unmap", 1.005, 0)
	goal_ratio(p, "switch", 1.005, 0)
	goal_ratio(p, "fork", 1.02, -1)
}

# The same, but what changes tables exits.
function goals_shadow(p) {
	goal_ratio(p, "compute", 1.005, -1)
	goal_ratio(p, "syscall", 1.005, 0)
	goal(p, "fault", -1, 3)
	goal(p, "switch", -1, 1)
}
BEGIN {
	goals_nested("svm+npt")
	goals_nested("vmx+ept")
	goal("svm+npt", "cpuid", 250, 1)
	goal("vmx+ept", "cpuid", 300, 1)
	goals_shadow("svm+shadow")
	goals_shadow("vmx+shadow")
	goal("svm+shadow", "traced", 600, 1)
	goal("vmx+shadow", "traced", 800, 1)
	goal_ratio("ring3+shadow", "boot", 5, -1)
	goal_ratio("ring3+shadow", "compute", 1.005, -1)
	goal("ring3+shadow", "syscall", -1, 6)
	goal("ring3+shadow", "fault", -1, 12)
	# (one world switch in software takes more than 400 instructions)
	goal("ring3+shadow", "traced", -1, 1)
	goal_ratio("ring3+shadow", "fork", 8, -1)
}
$1 == "@" {
	pair = $2
	row = $3
	order[++n] = pair SUBSEP row
	base[pair] = compared
	counting = 1
	next
}
$1 == "base" { compared = $2; next }
$1 == "walk" { walked = $2; size = $3; next }
$2 == "references" { references[walked, size] = $1; next }
$1 == "bench" { cycles[pair, row] = $3; units[pair, row] = $4; next }
$1 == "total" { counting = 0; total[pair, row] = $2; next }
$1 == "injected" { ticks[pair, row] += $2 == "interrupts" ? $3 : 0; next }
$1 == "looked-ahead" {
	exits[pair, row, $2] -= $3
	total[pair, row] -= $3
	ahead[pair, row] += $3
	next
}
$1 == "emulated" {
	emulated[pair, row, $2] = $3
	names[$2] = 1
	next
}
NF == 2 && $2 ~ /^[0-9]+$/ && counting {
	exits[pair, row, $1] = $2
	reasons[$1] = 1
}

# How many for a unit of work.  A row ran twice, once unmeasured, but for a
# boot; what an empty row has is not the work's, and a probe has no boot.
function each_of(p, r, counted, whole) {
	if (r == "boot")
		return counted
	if (r == "traced")
		return counted / (2 * units[p, r])
	return (counted - whole) / (2 * units[p, r])
}

function item(name, count) {
	return count < 0.01 ? "" : sprintf(" %s %.2f", name, count)
}

# The exits of a row by reason, for a unit of work; the sum in `work`.  What the
# timer causes stands apart: host interrupts and windows; and so do ports but
# for a boot, which are digits of the figures and a few of the console.
function exit_list(p, r,   reason, name, count, text) {
	work = 0
	for (reason in reasons) {
		if (reason == "host" || reason == "window" ||
				(reason == "io" && r != "boot"))
			continue
		count = each_of(p, r, exits[p, r, reason],
			exits[p, "nothing", reason])
		# (a probe sets its machine up by a few exits of its own)
		if (count < 0.01 || (r == "traced" && count < 0.2))
			continue
		work += count
		if (reason != "emulate")
			text = text item(reason, count)
	}
	for (name in names)
		text = text item(name, each_of(p, r, emulated[p, r, name],
			emulated[p, "nothing", name]))
	count = each_of(p, r, ahead[p, r], ahead[p, "nothing"])
	if (count >= 0.01)
		text = text sprintf(" (ahead %.2f)", count)
	return text == "" ? " none" : text
}

function judge(p, r, each, ratio,   text) {
	if (most_ratio[p, r] > 0 && ratio > most_ratio[p, r])
		text = sprintf("  MISSED: at most %sx", most_ratio[p, r])
	# (those of svm are for QEMU: on Bochs the engine has errata to mend)
	if (most_instructions[p, r] > 0 && each > most_instructions[p, r] &&
			!(p ~ /^svm/ && base[p] == "bare:bochs"))
		text = text sprintf("  MISSED: at most %d",
			most_instructions[p, r])
	if ((p, r) in most_exits && most_exits[p, r] >= 0 &&
			work > most_exits[p, r] + 0.15)
		text = text sprintf("  MISSED: at most %d exits",
			most_exits[p, r])
	if (text != "")
		bad = 1
	return text
}

# What shadow paging adds, over a whole VM.
function print_shadow_to_npt(r,   s, t) {
	s = total["svm+shadow", r]
	t = total["svm+npt", r]
	if (s && t)
		printf "exits of svm+shadow to svm+npt, %s: %d to %d, %.1f\n",
			r, s, t, s / t
}

# A walk through n levels and m nested ones: (n + 1)(m + 1) - 1.
function print_walk(p, s, count) {
	if (!((p, "compute") in cycles) || p !~ /npt|ept/)
		return
	printf "references of a cold walk on %s, %s pages in %s pages: %d%s\n",
		p, s, s, references[p, s],
		references[p, s] == count ? "" : "  MISSED: " count
	if (references[p, s] != count)
		bad = 1
}

function print_level(level, cost, below) {
	printf "boot of level %d: %.0f instructions, %.1f times level %d's\n",
		level, cost, cost / below, level - 1
}

END {
	format = "%-8s %-13s %12s %8s %12s %s\n"
	printf format, "row", "on", "instr/unit", "ratio", "cost/unit",
		" exits/unit"
	for (i = 1; i <= n; i++) {
		split(order[i], key, SUBSEP)
		p = key[1]; r = key[2]
		if (r == "nothing")
			continue
		if (!((p, r) in cycles)) {
			printf "bench: %s %s gave no figure\n", p, r
			bad = 1
			continue
		}
		if (p == "level")
			continue
		each = cycles[p, r] / units[p, r]
		if (p ~ /^bare:/) {
			bare[p, r] = each
			printf format, r, p, sprintf("%.1f", each), "", "", ""
			continue
		}
		ratio = (base[p], r) in bare ? each / bare[base[p], r] : 0
		list = exit_list(p, r)
		printf format, r, p, sprintf("%.1f", each),
			ratio ? sprintf("%.3f", ratio) : "",
			sprintf("%.1f", each + 1500 * work),
			list judge(p, r, each, ratio)
	}
	for (i = 1; i <= n; i++) {
		split(order[i], key, SUBSEP)
		if (key[2] != "nothing")
			continue
		print_walk(key[1], "4K", 24)
		print_walk(key[1], "2M", 15)
	}
	print_shadow_to_npt("boot")
	print_shadow_to_npt("fork")
	below = cycles["ring3+shadow", "boot"]
	if (below)
		print_level(1, below, bare["bare:qemu", "boot"])
	for (level = 2; level <= 3; level++) {
		if (below && cycles["level", level])
			print_level(level, cycles["level", level], below)
		below = cycles["level", level]
	}
	exit bad
}
