# SPDX-License-Identifier: MIT
#
# The output of the runs that tools/bench asks for, as a table.
#
#	@ PAIR ROW		what follows belongs to this
#	bench ROW CYCLES UNITS	what was measured
#	REASON COUNT		exits of the whole VM, boot included, up to
#	total COUNT
#	NAME COUNT		other things that the VMM counts

# Goals: the most that a row may cost against bare, in instructions, and in
# exits for one unit of work.  "*" stands for every pair.
function goal(p, r, instructions, exits) {
	most_instructions[p, r] = instructions
	most_ratio[p, r] = -1
	most_exits[p, r] = exits
}
function goal_ratio(p, r, ratio, exits) {
	goal(p, r, -1, exits)
	most_ratio[p, r] = ratio
}
BEGIN {
	pair = "bare"
	row = "boot"
	order[++n] = pair SUBSEP row
	goal_ratio("svm+npt", "boot", 1.10, -1)
	goal_ratio("svm+npt", "compute", 1.005, -1)
	goal_ratio("svm+npt", "syscall", 1.005, 0)
	goal_ratio("svm+npt", "fault", 1.005, 0)
	goal_ratio("svm+npt", "unmap", 1.005, 0)
	goal_ratio("svm+npt", "switch", 1.005, 0)
	goal_ratio("svm+npt", "fork", 1.02, -1)
	goal("svm+npt", "cpuid", 250, 1)
	goal_ratio("svm+shadow", "compute", 1.005, -1)
	goal_ratio("svm+shadow", "syscall", 1.005, 0)
	goal("svm+shadow", "fault", -1, 3)
	goal("svm+shadow", "switch", -1, 1)
	goal_ratio("ring3+shadow", "boot", 5, -1)
	goal_ratio("ring3+shadow", "compute", 1.005, -1)
	goal("ring3+shadow", "syscall", -1, 6)
	goal("ring3+shadow", "fault", -1, 12)
	goal_ratio("ring3+shadow", "fork", 8, -1)
}
$1 == "@" {
	pair = $2
	row = $3
	order[++n] = pair SUBSEP row
	counting = 1
	next
}
$1 == "bench" { cycles[pair, row] = $3; units[pair, row] = $4; next }
$1 == "total" { counting = 0; next }
$1 == "injected" { ticks[pair, row] += $2 == "interrupts" ? $3 : 0; next }
NF == 2 && $2 ~ /^[0-9]+$/ && counting {
	exits[pair, row, $1] = $2
	reasons[$1] = 1
}

# The exits of a row by reason, for a unit of work; the sum in `work`.  What the
# timer causes stands apart: host interrupts, windows, and the ends of interrupt
# (one port access a tick).  The row ran twice, once unmeasured.
function exit_list(p, r,   reason, delta, text, timer, port, runs) {
	work = 0
	runs = 2 * units[p, r]
	for (reason in reasons) {
		delta = exits[p, r, reason] - exits[p, "nothing", reason]
		port = p ~ /^ring3/ ? "emulate" : "io"
		if (reason == "host" || reason == "window") {
			timer += delta
			continue
		}
		if (r == "boot")
			delta = exits[p, r, reason]
		if (reason == "io") {
			# digits of the figures, and a few of the console
			timer += ticks[p, r] - ticks[p, "nothing"]
			if (r != "boot")
				continue
		}
		if (delta / runs < 0.01)
			continue
		work += delta / runs
		text = text sprintf(" %s %.2f", reason, delta / runs)
	}
	return text == "" ? " none" : text
}

function judge(p, r, each, ratio,   text) {
	if (most_ratio[p, r] > 0 && ratio > most_ratio[p, r])
		text = sprintf("  MISSED: at most %sx", most_ratio[p, r])
	if (most_instructions[p, r] > 0 && each > most_instructions[p, r])
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
		each = cycles[p, r] / units[p, r]
		if (p == "bare") {
			bare[r] = each
			printf format, r, p, sprintf("%.1f", each), "", "", ""
			continue
		}
		list = exit_list(p, r)
		printf format, r, p, sprintf("%.1f", each),
			sprintf("%.3f", each / bare[r]),
			sprintf("%.1f", each + 1500 * work),
			list judge(p, r, each, each / bare[r])
	}
	exit bad
}
