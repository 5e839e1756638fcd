# SPDX-License-Identifier: MIT
#
# The output of the runs that tools/bench asks for, as a table.
#
#	@ PAIR ROW		what follows belongs to this
#	bench ROW CYCLES UNITS	what was measured
#	REASON COUNT		exits of the whole VM, boot included

# The most that a row may cost, against bare (or, for cpuid, instructions).
BEGIN {
	limit["compute"] = 1.005
	limit["syscall"] = 1.005
	limit["fault"] = 1.005
	limit["fork"] = 1.02
	limit["boot"] = 1.10
	limit_exit = 250
	pair = "bare"
	row = "boot"
	order[++n] = pair SUBSEP row
}
$1 == "@" { pair = $2; row = $3; order[++n] = pair SUBSEP row; next }
$1 == "bench" { cycles[pair, row] = $3; units[pair, row] = $4; next }
$1 == "injected" { ticks[pair, row] += $3; next }
NF == 2 && $2 ~ /^[0-9]+$/ && $1 != "flushes" {
	exits[pair, row, $1] = $2
	reasons[$1] = 1
}

# Exits of a row by reason, less those of the empty row.
function exit_list(p, r,   reason, delta, text, timer) {
	work = 0
	for (reason in reasons) {
		if (reason == "total")
			continue
		delta = exits[p, r, reason] - exits[p, "nothing", reason]
		if (reason == "host" || reason == "window") {
			timer += delta
			continue
		}
		if (reason == "io") {
			# one end-of-interrupt a tick
			delta -= ticks[p, r] - ticks[p, "nothing"]
			timer += ticks[p, r] - ticks[p, "nothing"]
			# and the digits of the figures, printed by port I/O
			if (delta > -40 && delta < 40)
				delta = 0
		}
		if (delta == 0)
			continue
		work += delta
		text = text sprintf(" %s %d", reason, delta)
	}
	if (timer)
		text = text sprintf(" (timer %d)", timer)
	return text == "" ? " none" : text
}
END {
	format = "%-9s %-9s %14s %8s %14s  %s\n"
	printf format, "row", "on", "instr/unit", "ratio", "cost/unit", "exits"
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
		ratio = each / bare[r]
		missed = ""
		if (r in limit && ratio > limit[r])
			missed = sprintf("  MISSED: at most %.3f", limit[r])
		if (r == "cpuid" && each > limit_exit)
			missed = sprintf("  MISSED: at most %d", limit_exit)
		# RAM that the VM touches for the first time costs an exit for
		# each 2 MiB, once, whatever touches it.
		if ((r == "syscall" || r == "fault") &&
				work / units[p, r] >= 0.01)
			missed = missed "  MISSED: no exits"
		if (missed != "")
			bad = 1
		printf format, r, p, sprintf("%.1f", each),
			sprintf("%.3f", ratio),
			sprintf("%.1f", each + 1500 * work / units[p, r]),
			list missed
	}
	exit bad
}
