package draw

import (
	"math"

	"github.com/charmbracelet/x/ansi"
)

// A shape tells how far a point is outside of it, in pixels; inside, the
// distance is negative. That is all one needs to draw it with smooth edges.
type shape func(x, y float64) float64

func everywhere(float64, float64) float64 { return -1 }

// rect covers the pixels from left, top up to right, bottom.
func rect(left, top, right, bottom float64) shape {
	return func(x, y float64) float64 { return max(left-x, x-right, top-y, y-bottom) }
}

func roundedRect(left, top, right, bottom, r float64) shape {
	return func(x, y float64) float64 {
		dx := max(left+r-x, x-right+r)
		dy := max(top+r-y, y-bottom+r)
		return math.Hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - r
	}
}

func disc(cx, cy, r float64) shape {
	return func(x, y float64) float64 { return math.Hypot(x-cx, y-cy) - r }
}

type point struct{ x, y float64 }

// path is a line through points, with round ends and joints.
func path(thickness float64, points ...point) shape {
	return func(x, y float64) float64 {
		nearest := math.Inf(1)
		for i := range len(points) - 1 {
			a, b := points[i], points[i+1]
			dx, dy := b.x-a.x, b.y-a.y
			along := ((x-a.x)*dx + (y-a.y)*dy) / (dx*dx + dy*dy)
			along = min(max(along, 0), 1)
			nearest = min(nearest, math.Hypot(x-a.x-along*dx, y-a.y-along*dy))
		}
		return nearest - thickness/2
	}
}

// convex covers what is between points given clockwise.
func convex(points ...point) shape {
	return func(x, y float64) float64 {
		farthest := math.Inf(-1)
		for i, a := range points {
			b := points[(i+1)%len(points)]
			dx, dy := b.x-a.x, b.y-a.y
			farthest = max(farthest, ((x-a.x)*dy-(y-a.y)*dx)/math.Hypot(dx, dy))
		}
		return farthest
	}
}

func union(shapes ...shape) shape {
	return func(x, y float64) float64 {
		nearest := math.Inf(1)
		for _, s := range shapes {
			nearest = min(nearest, s(x, y))
		}
		return nearest
	}
}

// grow moves a shape's edge outwards.
func grow(s shape, by float64) shape {
	return func(x, y float64) float64 { return s(x, y) - by }
}

// missing is the empty box for a character that cannot be drawn.
func missing(width int) shape {
	outer := roundedRect(3, 8, float64(width)-3, cellHeight-8, 2)
	return func(x, y float64) float64 { return math.Abs(outer(x, y)+1) - 1 }
}

// underline is the line under a cell, nil for none.
func underline(style ansi.Underline, width int) shape {
	const y = cellHeight - 5
	right := float64(width)
	switch style {
	case ansi.UnderlineSingle:
		return rect(0, y, right, y+stroke)
	case ansi.UnderlineDouble:
		return union(rect(0, y-2, right, y-2+stroke), rect(0, y+2, right, y+2+stroke))
	case ansi.UnderlineDotted:
		return dashes(right/4, func(from float64) shape { return rect(from, y, from+2, y+stroke) }, 4)
	case ansi.UnderlineDashed:
		return dashes(right/8, func(from float64) shape { return rect(from+1, y, from+6, y+stroke) }, 8)
	case ansi.UnderlineCurly:
		return func(px, py float64) float64 {
			wave := y + 1 + 2*math.Sin(2*math.Pi*px/cellWidth)
			return math.Abs(py-wave) - stroke/2
		}
	}
	return nil
}

// dashes repeats a dash n times, a step apart.
func dashes(n float64, dash func(from float64) shape, step float64) shape {
	var all []shape
	for i := range int(n) {
		all = append(all, dash(float64(i)*step))
	}
	return union(all...)
}
