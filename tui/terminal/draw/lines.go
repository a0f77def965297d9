package draw

import "math"

// The arms of a line character: from the middle of the cell up, to the right,
// down and to the left.
const (
	up = iota
	right
	down
	left
)

// arms tells the weight of each arm of the characters U+2500 to U+257F, in the
// order of the constants above: 0 none, 1 light, 2 heavy, 3 double. Those drawn
// otherwise (dashes, arcs, diagonals) are blank.
const arms = "" +
	"0101 0202 1010 2020 ---- ---- ---- ---- ---- ---- ---- ---- 0110 0210 0120 0220 " + // ─━│┃┄┅┆┇┈┉┊┋┌┍┎┏
	"0011 0012 0021 0022 1100 1200 2100 2200 1001 1002 2001 2002 1110 1210 2110 1120 " + // ┐┑┒┓└┕┖┗┘┙┚┛├┝┞┟
	"2120 2210 1220 2220 1011 1012 2011 1021 2021 2012 1022 2022 0111 0112 0211 0212 " + // ┠┡┢┣┤┥┦┧┨┩┪┫┬┭┮┯
	"0121 0122 0221 0222 1101 1102 1201 1202 2101 2102 2201 2202 1111 1112 1211 1212 " + // ┰┱┲┳┴┵┶┷┸┹┺┻┼┽┾┿
	"2111 1121 2121 2112 2211 1122 1221 2212 1222 2122 2221 2222 ---- ---- ---- ---- " + // ╀╁╂╃╄╅╆╇╈╉╊╋╌╍╎╏
	"0303 3030 0310 0130 0330 0013 0031 0033 1300 3100 3300 1003 3001 3003 1310 3130 " + // ═║╒╓╔╕╖╗╘╙╚╛╜╝╞╟
	"3330 1013 3031 3033 0313 0131 0333 1303 3101 3303 1313 3131 3333 ---- ---- ---- " + // ╠╡╢╣╤╥╦╧╨╩╪╫╬╭╮╯
	"---- ---- ---- ---- 0001 1000 0100 0010 0002 2000 0200 0020 0201 1020 0102 2010 " //   ╰╱╲╳╴╵╶╷╸╹╺╻╼╽╾╿

const (
	heavy = 3 * stroke
	gap   = 3 // from the middle to each line of a double one
)

// lines returns the shape of a line character.
func lines(r rune) shape {
	const w, h = cellWidth, cellHeight
	switch {
	case r >= '┄' && r <= '┋':
		i := int(r - '┄')
		return dashed(3+i/4, i%4 >= 2, i%2 == 1)
	case r >= '╌' && r <= '╏':
		i := int(r - '╌')
		return dashed(2, i >= 2, i%2 == 1)
	case r >= '╭' && r <= '╰':
		return arc(r)
	case r == '╱':
		return path(stroke, point{w, 0}, point{0, h})
	case r == '╲':
		return path(stroke, point{0, 0}, point{w, h})
	case r == '╳':
		return union(lines('╱'), lines('╲'))
	}
	weights := arms[(r-0x2500)*5:]
	var all []shape
	for direction := range 4 {
		all = append(all, arm(weights[:4], direction)...)
	}
	return union(all...)
}

// arm returns the lines of one arm.
func arm(weights string, direction int) []shape {
	before, after := weights[(direction+3)%4], weights[(direction+1)%4]
	opposite := weights[(direction+2)%4]
	switch weights[direction] {
	case '1':
		return []shape{bar(direction, 0, stroke, start(before, after, opposite))}
	case '2':
		return []shape{bar(direction, 0, heavy, start(before, after, opposite))}
	case '3':
		return []shape{
			bar(direction, -gap, stroke, startDouble(before, after, opposite)),
			bar(direction, gap, stroke, startDouble(after, before, opposite)),
		}
	}
	return nil
}

// start returns how far from the middle a single line starts, given the arms on
// both sides of it and opposite. It reaches over the middle as far as what it
// meets is thick.
func start(before, after, opposite byte) float64 {
	switch {
	case before == '3' && after == '3' && opposite == '0':
		return gap - stroke/2
	case (before == '3' || after == '3') && opposite == '0':
		return -gap - stroke/2
	case before == '2' || after == '2':
		return -heavy / 2
	}
	return -stroke / 2
}

// startDouble is the same for one line of a double one; near is the arm on the
// side of that line, far the one on the other.
func startDouble(near, far, opposite byte) float64 {
	switch {
	case near == '3':
		return gap - stroke/2
	case far == '3' && opposite == '0':
		return -gap - stroke/2
	}
	return -stroke / 2
}

// bar is a line from the middle to the edge, off the axis to the side that
// comes after the direction clockwise.
func bar(direction int, off, thickness, from float64) shape {
	a, b := off-thickness/2, off+thickness/2
	switch direction {
	case up:
		return rect(midX+a, 0, midX+b, midY-from)
	case right:
		return rect(midX+from, midY+a, cellWidth, midY+b)
	case down:
		return rect(midX-b, midY+from, midX-a, cellHeight)
	default:
		return rect(0, midY-b, midX-from, midY-a)
	}
}

// dashed returns a line of n dashes that continues evenly in the next cell.
func dashed(n int, vertical, bold bool) shape {
	thickness, length := float64(stroke), float64(cellWidth)
	if bold {
		thickness = heavy
	}
	if vertical {
		length = cellHeight
	}
	step := length / float64(n)
	return dashes(float64(n), func(from float64) shape {
		a, b := math.Round(from+step*0.2), math.Round(from+step*0.8)
		if vertical {
			return rect(midX-thickness/2, a, midX+thickness/2, b)
		}
		return rect(a, midY-thickness/2, b, midY+thickness/2)
	}, step)
}

// arc returns a rounded corner: a quarter of a circle that turns from the edge
// at the side into a straight line to the edge above or below.
func arc(r rune) shape {
	const bend = cellWidth / 2.0
	toRight, toBottom := r == '╭' || r == '╰', r == '╭' || r == '╮'
	return func(x, y float64) float64 {
		// Turn the cell so that the line comes from the right and goes down.
		if !toRight {
			x = cellWidth - x
		}
		if !toBottom {
			y = cellHeight - y
		}
		dx, dy := x-midX-bend, y-midY-bend
		if dy > 0 {
			return math.Abs(x-midX) - stroke/2
		}
		if dx > 0 {
			return math.Abs(y-midY) - stroke/2
		}
		return math.Abs(math.Hypot(dx, dy)-bend) - stroke/2
	}
}
