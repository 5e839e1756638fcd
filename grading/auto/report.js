// SPDX-License-Identifier: MIT
//
// What the report does besides standing there: sort and filter students, open
// what a link leads to, open everything to be printed.  Without it all that is
// known can still be read.
"use strict";
(function () {
	const map = document.querySelector("#map tbody");
	const rows = Array.from(map.rows);
	const details = Array.from(document.querySelectorAll("details"));
	const controls = document.getElementById("controls");
	let wanted = "", lost = -1;

	function make(kind, text, parent) {
		const e = document.createElement(kind);
		e.textContent = text;
		parent.append(e);
		return e;
	}

	function button(text, parent, fn) {
		const e = make("button", text, parent);
		e.type = "button";
		e.addEventListener("click", fn);
		return e;
	}

	function name(row) {
		return row.cells[0].textContent.toLowerCase();
	}

	// Show those whose name has the text, and who lost the check.
	function filter() {
		let shown = 0;
		for (const row of rows) {
			const cell = row.cells[lost + 2];
			const ok = name(row).includes(wanted) && (lost < 0 ||
				!cell.classList.contains("passed"));
			row.hidden = !ok;
			document.getElementById("s" + row.dataset.at).hidden =
				!ok;
			shown += ok;
		}
		count.textContent = shown + " of " + rows.length + " shown";
	}

	function sort(order) {
		rows.sort(order);
		map.append(...rows);
	}

	function at(row) {
		return Number(row.dataset.at);
	}

	function points(row) {
		return Number(row.dataset.points);
	}

	function open_target() {
		const e = location.hash.length > 1 &&
			document.getElementById(location.hash.slice(1));
		if (e && e.tagName === "DETAILS")
			e.open = true;
		if (e)
			e.scrollIntoView();
	}

	function open_all(open) {
		for (const e of details)
			e.open = open;
	}

	const label = make("label", "Name has ", controls);
	const input = make("input", "", label);
	input.type = "search";
	input.addEventListener("input", function () {
		wanted = input.value.toLowerCase();
		filter();
	});
	button("By name", controls, () => sort((a, b) => at(a) - at(b)));
	button("By points", controls,
		() => sort((a, b) => points(b) - points(a) || at(a) - at(b)));
	button("Open all failures", controls, () => open_all(true));
	button("Close all", controls, () => open_all(false));
	const count = make("span", "", controls);
	count.setAttribute("role", "status");
	controls.hidden = false;

	// A check's name shows only those who lost it, and again all.
	const checks = Array.from(document.querySelectorAll("#map th.check"));
	const presses = checks.map(function (th, k) {
		const text = th.textContent;
		th.textContent = "";
		const e = button(text, th, function () {
			lost = lost === k ? -1 : k;
			presses.forEach((p, i) =>
				p.setAttribute("aria-pressed", i === lost));
			filter();
		});
		e.title = "Show only those who lost it";
		e.setAttribute("aria-pressed", "false");
		return e;
	});

	addEventListener("hashchange", open_target);
	addEventListener("beforeprint", () => open_all(true));
	filter();
	open_target();
	document.documentElement.dataset.ready = "yes";
})();
