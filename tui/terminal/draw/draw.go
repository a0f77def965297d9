// Package draw draws a snapshot of a terminal as a picture, without a browser,
// a display or a network: the README's pictures are made by it.
//
// Text is set in Go Mono, which covers Latin, Greek and Cyrillic. Lines, blocks
// and a few symbols are drawn as geometry, so that they join from cell to cell
// whatever the font; what neither knows is drawn as an empty box.
package draw

import (
	"bufio"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"slices"

	uv "github.com/charmbracelet/ultraviolet"

	"muster/tui/terminal"
)

// A cell is so many pixels large: a usual one of 8×17, drawn twice as fine.
const (
	cellWidth  = 16
	cellHeight = 34
	stroke     = 2  // the thickness of a light line
	padding    = 26 // between the screen and the edge of the picture
	radius     = 18 // of the picture's corners, which are transparent
)

// PNG writes the picture of a snapshot as a PNG.
func PNG(w io.Writer, s terminal.Snapshot) error {
	picture, err := Image(s)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(w)
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(buffered, picture); err != nil {
		return fmt.Errorf("encode picture: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write picture: %w", err)
	}
	return nil
}

// Missing returns what of a snapshot is drawn as empty boxes.
func Missing(s terminal.Snapshot) ([]string, error) {
	fonts, err := newFonts()
	if err != nil {
		return nil, err
	}
	var boxes []string
	for _, cell := range s.Cells {
		if cell.Width == 0 || cell.Content == "" {
			continue
		}
		first, only := character(cell.Content)
		if _, _, drawn := symbol(first); only && (drawn || fonts.has(first)) || first == ' ' {
			continue
		}
		if !slices.Contains(boxes, cell.Content) {
			boxes = append(boxes, cell.Content)
		}
	}
	return boxes, nil
}

// Image draws a snapshot. The picture is Size(s) large.
func Image(s terminal.Snapshot) (*image.RGBA, error) {
	fonts, err := newFonts()
	if err != nil {
		return nil, err
	}
	size := Size(s)
	c := canvas{picture: image.NewRGBA(image.Rectangle{Max: size}), snapshot: s, fonts: fonts}
	c.window(size)
	for y := range s.Height {
		for x := range s.Width {
			c.background(x, y)
		}
	}
	// A glyph may reach over its cell's edge, so all grounds come before.
	for y := range s.Height {
		for x := range s.Width {
			c.foreground(x, y)
		}
	}
	return c.picture, nil
}

// Size returns the size in pixels of a snapshot's picture.
func Size(s terminal.Snapshot) image.Point {
	return image.Pt(s.Width*cellWidth+2*padding, s.Height*cellHeight+2*padding)
}

// Cell returns where in the picture the cell in column x of row y is drawn.
func Cell(x, y int) image.Rectangle {
	at := image.Pt(padding+x*cellWidth, padding+y*cellHeight)
	return image.Rectangle{Min: at, Max: at.Add(image.Pt(cellWidth, cellHeight))}
}

type canvas struct {
	picture  *image.RGBA
	snapshot terminal.Snapshot
	fonts    fonts
}

// window draws the ground of the whole picture with a hairline around it, so
// that it stands out from a page of the same colour.
func (c *canvas) window(size image.Point) {
	palette := c.snapshot.Palette
	whole := roundedRect(0, 0, float64(size.X), float64(size.Y), radius)
	c.paint(c.picture.Bounds(), whole, mix(palette.Background, palette.Foreground, 0.22))
	c.paint(c.picture.Bounds(), grow(whole, -stroke), palette.Background)
}

func (c *canvas) background(x, y int) {
	cell := c.snapshot.At(x, y)
	if cell.Width == 0 {
		return // covered by the wide cell before it
	}
	_, ground := c.colors(x, y, cell)
	area := c.area(x, y, cell)
	if ground != c.snapshot.Palette.Background {
		c.paint(area, everywhere, ground)
	}
}

func (c *canvas) foreground(x, y int) {
	cell := c.snapshot.At(x, y)
	if cell.Width == 0 {
		return
	}
	ink, _ := c.colors(x, y, cell)
	area := c.area(x, y, cell)
	if cell.Style.Attrs&uv.AttrConceal == 0 {
		c.glyph(area, cell, ink)
	}
	line := ink
	if under := cell.Style.UnderlineColor; under != nil {
		line = resolve(under, c.snapshot.Palette)
	}
	c.paint(area, underline(cell.Style.Underline, area.Dx()), line)
	if cell.Style.Attrs&uv.AttrStrikethrough != 0 {
		c.paint(area, rect(0, cellHeight/2, float64(area.Dx()), cellHeight/2+stroke), ink)
	}
}

// area is where a cell is drawn, all of it if it is a wide one.
func (c *canvas) area(x, y int, cell uv.Cell) image.Rectangle {
	area := Cell(x, y)
	area.Max.X += (cell.Width - 1) * cellWidth
	return area
}

// colors returns the colours of a cell as they appear: after reversal and
// fainting, and under the cursor.
func (c *canvas) colors(x, y int, cell uv.Cell) (ink, ground color.RGBA) {
	palette := c.snapshot.Palette
	if c.snapshot.CursorVisible && c.snapshot.Cursor == (uv.Position{X: x, Y: y}) {
		return palette.Background, palette.Cursor
	}
	ink, ground = palette.Foreground, palette.Background
	if cell.Style.Fg != nil {
		ink = resolve(cell.Style.Fg, palette)
	}
	if cell.Style.Bg != nil {
		ground = resolve(cell.Style.Bg, palette)
	}
	if cell.Style.Attrs&uv.AttrReverse != 0 {
		ink, ground = ground, ink
	}
	if cell.Style.Attrs&uv.AttrFaint != 0 {
		ink = mix(ground, ink, 0.55)
	}
	return ink, ground
}

// glyph draws the character of a cell.
func (c *canvas) glyph(area image.Rectangle, cell uv.Cell, ink color.RGBA) {
	first, only := character(cell.Content)
	if first == ' ' {
		return
	}
	if s, alpha, ok := symbol(first); ok && only {
		c.paint(area, s, fade(ink, alpha))
		return
	}
	if only && c.fonts.draw(c.picture, area, first, cell.Style.Attrs, ink) {
		return
	}
	c.paint(area, missing(area.Dx()), fade(ink, 0.6))
}

// paint fills the part of an area that a shape covers. The shape's origin is
// the top left of the area.
func (c *canvas) paint(area image.Rectangle, s shape, ink color.RGBA) {
	if s == nil {
		return
	}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			distance := s(float64(x-area.Min.X)+0.5, float64(y-area.Min.Y)+0.5)
			if coverage := min(max(0.5-distance, 0), 1); coverage > 0 {
				c.blend(x, y, ink, coverage)
			}
		}
	}
}

// blend lays ink over a pixel. Colours of an RGBA picture are premultiplied.
func (c *canvas) blend(x, y int, ink color.RGBA, coverage float64) {
	under := c.picture.RGBAAt(x, y)
	rest := 1 - coverage*float64(ink.A)/255
	over := func(a, b uint8) uint8 { return uint8(float64(a)*coverage + float64(b)*rest + 0.5) }
	c.picture.SetRGBA(x, y, color.RGBA{R: over(ink.R, under.R), G: over(ink.G, under.G), B: over(ink.B, under.B), A: over(ink.A, under.A)})
}
