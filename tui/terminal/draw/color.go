package draw

import (
	"image/color"

	"github.com/charmbracelet/x/ansi"

	"muster/tui/terminal"
)

// resolve returns what a colour looks like; the first sixteen are up to the
// terminal's palette.
func resolve(c color.Color, palette terminal.Palette) color.RGBA {
	switch c := c.(type) {
	case ansi.BasicColor:
		return palette.ANSI[c&15]
	case ansi.IndexedColor:
		if c < 16 {
			return palette.ANSI[c]
		}
	}
	return color.RGBAModel.Convert(c).(color.RGBA)
}

// mix returns the colour a part of the way from a to b.
func mix(a, b color.RGBA, part float64) color.RGBA {
	between := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*part + 0.5) }
	return color.RGBA{R: between(a.R, b.R), G: between(a.G, b.G), B: between(a.B, b.B), A: between(a.A, b.A)}
}

// fade returns a colour made transparent.
func fade(c color.RGBA, alpha float64) color.RGBA { return mix(color.RGBA{}, c, alpha) }
