# SPDX-License-Identifier: MIT
#
# The report in a browser, as a part of class_test under SOAK: the page of the
# class in ../b, as a script in it sees it, in headless Chromium.

# What the page's own script may not do a tester may: with the page's nonce.
nonce=$(sed -n 's/^<script nonce="\(.*\)">$/\1/p' ../b/report.html)
probe=$PWD/../probe.html
{
	cat ../b/report.html
	cat <<EOT
<script nonce="$nonce">
(function () {
	const out = [];
	const all = s => Array.from(document.querySelectorAll(s));
	const shown = () => all("#map tbody tr").filter(r => !r.hidden);
	const names = () => shown().map(r => r.dataset.at).join(" ");
	const press = t => all("#controls button").find(
		b => b.textContent === t).click();
	function say(name, value) { out.push(name + "=" + value); }

	say("ready", document.documentElement.dataset.ready);
	say("rows", shown().length);
	say("students", all("#students article").length);
	say("points", all("#map tbody tr").map(
		r => r.dataset.points).join(" "));
	say("injected", all("img, #students script, main script").length);
	press("By points");
	say("sorted", shown().map(r => r.dataset.points).join(" "));
	press("By name");
	say("named", names());
	const input = document.querySelector("#controls input");
	input.value = "JOS";
	input.dispatchEvent(new Event("input"));
	say("found", shown().map(r => r.cells[0].textContent).join(" "));
	say("articles", all("#students article").filter(
		a => !a.hidden).length);
	input.value = "";
	input.dispatchEvent(new Event("input"));
	all("#map th.check button")[0].click();
	say("lost", shown().every(r => r.cells[2].className === "lost"));
	all("#map th.check button")[0].click();
	say("again", shown().length);
	press("Open all failures");
	say("closed", all("details:not([open])").length);
	press("Close all");
	say("open", all("details[open]").length);
	dispatchEvent(new Event("beforeprint"));
	say("printed", all("details:not([open])").length);
	say("links", all("a[href^='#']").filter(a => !document.getElementById(
		a.getAttribute("href").slice(1))).length);
	say("headers", all("#map tbody tr").every(r =>
		r.cells[0].scope === "row") && all("#map thead th").every(h =>
		h.scope === "col"));
	say("language", document.documentElement.lang);
	document.title = out.join("; ");
})();
</script>
EOT
} >"$probe"

browse() {
	mkdir -p ../profile
	timeout 120 chromium --headless --no-sandbox --disable-gpu \
		--user-data-dir="$PWD/../profile" --enable-logging=stderr \
		--virtual-time-budget=5000 --dump-dom "file://$1" \
		>../dom 2>../browser
	grep -q '</html>' ../dom
}
# tells WORDS: the page said that of itself.
tells() {
	sed -n 's/.*<title>\(.*\)<\/title>.*/\1/p' ../dom | grep -F "$1"
}

check 'Chromium opens the report' browse "$probe"
check 'without an error, or a breach of its policy' \
	sh -c '! grep CONSOLE ../browser'
check 'its script ran, and nothing of strangers is in it' \
	sh -c 'grep -q "ready=yes" ../dom && grep -q "injected=0;" ../dom'
points=$(sed 1d ../b/grades.csv | perl -ne \
	'/^"(?:[^"]|"")*",(\d+),/; print $sep, $1; $sep = " "')
check 'each student is there, with the points of grades.csv' \
	tells "rows=6; students=6; points=$points;"
sorted=$(echo "$points" | tr ' ' '\n' | sort -rn | paste -s -d ' ')
check 'it sorts' tells "sorted=$sorted; named=0 1 2 3 4 5;"
check 'it filters' tells 'found=José 中文; articles=1; lost=true; again=6;'
check 'it opens, closes, prints; links lead to something; tables have headers' \
	tells 'closed=0; open=0; printed=0; links=0; headers=true; language=en'
