package draw

// The middle of a cell.
const (
	midX = cellWidth / 2.0
	midY = cellHeight / 2.0
)

// symbol returns the shape of a character that is drawn as geometry, and how
// opaque it is.
func symbol(r rune) (s shape, alpha float64, ok bool) {
	switch {
	case r >= 0x2500 && r < 0x2580:
		return lines(r), 1, true
	case r >= 0x2591 && r <= 0x2593:
		return everywhere, float64(r-0x2590) / 4, true
	case r >= 0x2580 && r < 0x25a0:
		return blocks(r), 1, true
	case r > 0x2800 && r < 0x2900:
		return braille(r), 1, true
	}
	s, ok = signs(r)
	return s, 1, ok
}

// blocks are the parts of a cell filled by the block elements.
func blocks(r rune) shape {
	const w, h = cellWidth, cellHeight
	switch {
	case r == 0x2580: // the upper half
		return rect(0, 0, w, h/2)
	case r <= 0x2588: // eighths from below
		return rect(0, h-h*float64(r-0x2580)/8, w, h)
	case r <= 0x258f: // eighths from the left
		return rect(0, 0, w*float64(0x2590-r)/8, h)
	case r == 0x2590: // the right half
		return rect(w/2, 0, w, h)
	case r == 0x2594:
		return rect(0, 0, w, h/8.0)
	case r == 0x2595:
		return rect(w-w/8, 0, w, h)
	}
	// Quadrants: upper left, upper right, lower left, lower right.
	filled := [...]string{"..x.", "...x", "x...", "x.xx", "x..x", "xxx.", "xx.x", ".x..", ".xx.", ".xxx"}[r-0x2596]
	var quadrants []shape
	for i, f := range filled {
		if x, y := float64(i%2)*w/2, float64(i/2)*h/2; f == 'x' {
			quadrants = append(quadrants, rect(x, y, x+w/2, y+h/2))
		}
	}
	return union(quadrants...)
}

// braille are up to eight dots, numbered down the columns as far as there were
// six, the other two below them.
func braille(r rune) shape {
	places := [8]point{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {0, 3}, {1, 3}}
	var dots []shape
	for i, at := range places {
		if r&(1<<i) != 0 {
			dots = append(dots, disc(midX-3.5+7*at.x, midY-10.5+7*at.y, 2))
		}
	}
	return union(dots...)
}

// signs are the characters that screens use and the font lacks.
func signs(r rune) (shape, bool) {
	const thick = 2.6
	switch r {
	case '✓', '✔':
		return path(thick, point{2.5, 19}, point{6, 23.5}, point{13.5, 11.5}), true
	case '✗', '✘', '✕', '✖':
		return union(path(thick, point{3.5, 12}, point{12.5, 23}), path(thick, point{12.5, 12}, point{3.5, 23})), true
	case '▸':
		return convex(point{4, 11}, point{13, 17}, point{4, 23}), true
	case '◂':
		return convex(point{12, 23}, point{3, 17}, point{12, 11}), true
	case '▾':
		return convex(point{2, 13}, point{14, 13}, point{8, 22}), true
	case '▴':
		return convex(point{2, 21}, point{8, 12}, point{14, 21}), true
	case '◆':
		return convex(point{8, 10}, point{14.5, 17.5}, point{8, 25}, point{1.5, 17.5}), true
	case '⋯':
		return union(disc(2.7, midY, 1.6), disc(midX, midY, 1.6), disc(13.3, midY, 1.6)), true
	case '⋮':
		return union(disc(midX, 10, 1.6), disc(midX, midY, 1.6), disc(midX, 24, 1.6)), true
	case '⏎', '↵':
		return union(path(stroke, point{13.5, 11}, point{13.5, 20}, point{3, 20}), path(stroke, point{7, 15.5}, point{2.5, 20}, point{7, 24.5})), true
	}
	return nil, false
}
