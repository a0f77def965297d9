package terminal

import (
	"image/color"

	uv "github.com/charmbracelet/ultraviolet"
)

// A Snapshot is the screen at one moment, with all that a picture of it needs.
type Snapshot struct {
	Width, Height int
	// Cells are the rows one after the other, Width cells each. The cells
	// that a wide one covers after its first have width 0.
	Cells []uv.Cell
	// Cursor is where the cursor stands; CursorVisible is whether it shows.
	Cursor        uv.Position
	CursorVisible bool
	// AltScreen is whether the program uses the alternate screen.
	AltScreen bool
	Title     string
	Palette   Palette
}

// At returns the cell in column x of row y.
func (s Snapshot) At(x, y int) uv.Cell { return s.Cells[y*s.Width+x] }

// Snapshot returns the screen as it is.
func (t *Terminal) Snapshot() Snapshot {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := Snapshot{
		Width:         t.emulator.Width(),
		Height:        t.emulator.Height(),
		Cursor:        t.emulator.CursorPosition(),
		CursorVisible: !t.hidden,
		AltScreen:     t.emulator.IsAltScreen(),
		Title:         t.title,
		Palette:       t.options.palette,
	}
	s.Cells = make([]uv.Cell, 0, s.Width*s.Height)
	for y := range s.Height {
		for x := range s.Width {
			cell := uv.EmptyCell
			if c := t.emulator.CellAt(x, y); c != nil {
				cell = *c
				cell.Content = t.clusters.unfold(cell.Content)
			}
			s.Cells = append(s.Cells, cell)
		}
	}
	return s
}

// A Palette is the colours that a terminal gives to what names none, and to
// the sixteen that programs name by number.
type Palette struct {
	Foreground, Background, Cursor color.RGBA
	ANSI                           [16]color.RGBA
}

// Dark returns a palette of light text on a dark ground.
func Dark() Palette {
	return Palette{
		Foreground: rgb(0xd8dee9), Background: rgb(0x171a21), Cursor: rgb(0xe5e9f0),
		ANSI: [16]color.RGBA{
			rgb(0x2b303b), rgb(0xe06c75), rgb(0x98c379), rgb(0xe5c07b), rgb(0x61afef), rgb(0xc678dd), rgb(0x56b6c2), rgb(0xc8ccd4),
			rgb(0x6b7385), rgb(0xf08c94), rgb(0xb1d895), rgb(0xf2d59b), rgb(0x8cc6f7), rgb(0xd9a0ea), rgb(0x7fd0da), rgb(0xffffff),
		},
	}
}

// Light returns a palette of dark text on a light ground.
func Light() Palette {
	return Palette{
		Foreground: rgb(0x2e3440), Background: rgb(0xfbfbf9), Cursor: rgb(0x2e3440),
		ANSI: [16]color.RGBA{
			rgb(0x2e3440), rgb(0xc2323f), rgb(0x3f7f2f), rgb(0x9a6700), rgb(0x1d66b8), rgb(0x8a3fa8), rgb(0x0f7b83), rgb(0xd3d7de),
			rgb(0x7a8291), rgb(0xd8505c), rgb(0x55994a), rgb(0xb98412), rgb(0x3a82d6), rgb(0xa35cc0), rgb(0x2a979f), rgb(0xffffff),
		},
	}
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}
