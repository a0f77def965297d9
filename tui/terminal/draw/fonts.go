package draw

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"unicode/utf8"

	uv "github.com/charmbracelet/ultraviolet"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/gomonobolditalic"
	"golang.org/x/image/font/gofont/gomonoitalic"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// fontSize makes a glyph of Go Mono, 1229/2048 of the size wide, fill a cell.
const fontSize = cellWidth * 2048.0 / 1229

// fonts holds a face for each of regular, bold, italic and both, in that order.
type fonts struct {
	faces  [4]font.Face
	shared *sfnt.Font // tells which characters there are, the same in all
}

func newFonts() (fonts, error) {
	var f fonts
	for i, ttf := range [][]byte{gomono.TTF, gomonobold.TTF, gomonoitalic.TTF, gomonobolditalic.TTF} {
		parsed, err := opentype.Parse(ttf)
		if err != nil {
			return fonts{}, fmt.Errorf("read font: %w", err)
		}
		f.faces[i], err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: fontSize, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			return fonts{}, fmt.Errorf("size font: %w", err)
		}
		if i == 0 {
			f.shared = parsed
		}
	}
	return f, nil
}

// has reports whether the font has a character.
func (f *fonts) has(r rune) bool {
	index, err := f.shared.GlyphIndex(nil, r)
	return err == nil && index != 0
}

// draw draws a character in an area, unless the font lacks it.
func (f *fonts) draw(picture draw.Image, area image.Rectangle, r rune, attrs uint8, ink color.RGBA) bool {
	if !f.has(r) {
		return false
	}
	style := 0
	if attrs&uv.AttrBold != 0 {
		style |= 1
	}
	if attrs&uv.AttrItalic != 0 {
		style |= 2
	}
	face := f.faces[style]
	metrics := face.Metrics()
	baseline := fixed.I(area.Min.Y) + (fixed.I(cellHeight)-metrics.Ascent-metrics.Descent)/2 + metrics.Ascent
	drawer := font.Drawer{
		Dst:  picture,
		Src:  image.NewUniform(ink),
		Face: face,
		Dot:  fixed.Point26_6{X: fixed.I(area.Min.X), Y: fixed.I(baseline.Round())},
	}
	drawer.DrawString(string(r))
	return true
}

// character returns the first character of a cell's content, composed with
// its marks, and whether that is all of it.
func character(content string) (first rune, only bool) {
	composed := norm.NFC.String(content)
	first, size := utf8.DecodeRuneInString(composed)
	return first, size == len(composed)
}
