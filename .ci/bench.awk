# Turns the output of `go test -bench` into a table: a line a number, against
# its budget if it has one.
#
# A benchmark says what it measured, and what it may be, by b.ReportMetric:
#
#	b.ReportMetric(12.3, "ms")       12.3 ms were measured
#	b.ReportMetric(16, "max-ms")     and it may be at most 16,
#	b.ReportMetric(12000, "min-/s")  or for a rate: at least
#
# ns/op, B/op and allocs/op may have a budget in the same way (max-ns/op). A
# benchmark with units of its own shows those, and of go's only what has a
# budget or stands alone.

/^FAIL|^--- FAIL|^panic:/ { failed = 1 }
/^pkg: / { pkg = $2; sub(/^muster\//, "", pkg) }
!/^Benchmark/ || NF < 4 { next }

{
	name = $1
	sub(/^Benchmark/, "", name)
	sub(/-[0-9]+$/, "", name)
	split("", value)
	split("", order)
	n = own = 0
	for (i = 3; i < NF; i += 2) {
		value[$(i + 1)] = $i
		if ($(i + 1) ~ /^(max|min)-/) continue
		order[n++] = $(i + 1)
		if ($(i + 1) !~ /^(ns|B|allocs)\/op$/) own = 1
	}
	for (i = 0; i < n; i++) {
		unit = order[i]
		most = ("max-" unit) in value
		least = ("min-" unit) in value
		if (own && unit ~ /\/op$/ && !most && !least) continue
		add(pkg, name, unit, value[unit], most ? value["max-" unit] : "", least ? value["min-" unit] : "")
	}
}

function add(pkg, name, unit, got, most, least) {
	rows++
	where[rows] = pkg
	what[rows] = name
	measured[rows] = show(got, unit)
	if (most != "") budget[rows] = "at most " show(most, unit)
	if (least != "") budget[rows] = "at least " show(least, unit)
	if (budget[rows] != "") {
		budgets++
		missed = (most != "" && got + 0 > most + 0) || (least != "" && got + 0 < least + 0)
		misses += missed
		verdict[rows] = missed ? "MISSED" : "ok"
	}
	if (length(name) > wide) wide = length(name)
	if (length(measured[rows]) > broad) broad = length(measured[rows])
}

# show writes three significant digits and a unit fit for them.
function show(x, unit) {
	x += 0
	if (unit == "ns/op" || unit == "ns") {
		if (x >= 1e9) return digits(x / 1e9) " s"
		if (x >= 1e6) return digits(x / 1e6) " ms"
		if (x >= 1e3) return digits(x / 1e3) " us"
		return digits(x) " ns"
	}
	if (unit == "B/op" || unit == "B") {
		if (x >= 1073741824) return digits(x / 1073741824) " GiB"
		if (x >= 1048576) return digits(x / 1048576) " MiB"
		if (x >= 1024) return digits(x / 1024) " KiB"
		return digits(x) " B"
	}
	return digits(x) " " unit
}

function digits(x) {
	if (x == int(x) || x >= 100) return sprintf("%.0f", x)
	return sprintf(x >= 10 ? "%.1f" : x >= 0.01 ? "%.2f" : "%.2g", x)
}

END {
	for (i = 1; i <= rows; i++) {
		if (where[i] != where[i - 1]) printf "\n%s\n", where[i]
		same = where[i] == where[i - 1] && what[i] == what[i - 1]
		line = sprintf("  %-" wide "s  %" broad "s", same ? "" : what[i], measured[i])
		if (budget[i] != "") line = line sprintf("  %-6s  %s", verdict[i], budget[i])
		print line
	}
	if (budgets) printf "\n%d of %d budgets kept\n", budgets - misses, budgets
	if (failed) print "\nsome benchmarks failed; see above"
	exit failed
}
