package draw_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"io"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"muster/tui/terminal"
	"muster/tui/terminal/draw"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scene is what a terminal shows after some output.
func scene(t *testing.T, output string, opts ...terminal.Option) terminal.Snapshot {
	t.Helper()
	run := terminal.Run(t, func(_ context.Context, _ io.Reader, stdout io.Writer) error {
		_, err := io.WriteString(stdout, output)
		return err
	}, opts...)
	if err := run.Wait(); err != nil {
		t.Fatal(err)
	}
	return run.Snapshot()
}

// pixel returns the colour at the middle of a cell moved by so many pixels.
func pixel(picture image.Image, x, y, dx, dy int) color.RGBA {
	cell := draw.Cell(x, y)
	middle := cell.Min.Add(cell.Size().Div(2))
	return color.RGBAModel.Convert(picture.At(middle.X+dx, middle.Y+dy)).(color.RGBA)
}

// inked counts the pixels of a cell that are not of its ground.
func inked(picture image.Image, x, y int) int {
	cell, n := draw.Cell(x, y), 0
	ground := picture.At(cell.Min.X, cell.Min.Y)
	for py := cell.Min.Y; py < cell.Max.Y; py++ {
		for px := cell.Min.X; px < cell.Max.X; px++ {
			if picture.At(px, py) != ground {
				n++
			}
		}
	}
	return n
}

func TestPictureHasTheSizeAndColoursOfTheScreen(t *testing.T) {
	output := "\x1b[41m  \x1b[48;5;208m  \x1b[48;2;1;2;3m  \x1b[m\x1b[7m  \x1b[m \n"
	for _, palette := range []terminal.Palette{terminal.Dark(), terminal.Light()} {
		s := scene(t, output, terminal.Size(20, 3), terminal.Colors(palette))
		var file bytes.Buffer
		if err := draw.PNG(&file, s); err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(&file)
		if err != nil {
			t.Fatal(err)
		}
		if size := picture.Bounds().Size(); size != draw.Size(s) || size != image.Pt(20*16+52, 3*34+52) {
			t.Errorf("the picture is %v large", size)
		}
		if _, _, _, alpha := picture.At(0, 0).RGBA(); alpha != 0 {
			t.Error("the corner is not transparent")
		}
		want := []color.RGBA{palette.ANSI[1], {R: 0xff, G: 0x87, A: 0xff}, {R: 1, G: 2, B: 3, A: 0xff}, palette.Foreground, palette.Background}
		for i, colour := range want {
			if got := pixel(picture, 2*i, 0, 0, 0); got != colour {
				t.Errorf("cell %d is %v, want %v", 2*i, got, colour)
			}
		}
		if got := pixel(picture, 0, 1, 0, 0); got != palette.Cursor {
			t.Errorf("the cursor is %v, want %v", got, palette.Cursor)
		}
	}
}

func TestLinesJoinFromCellToCell(t *testing.T) {
	s := scene(t, "┌─┐\n│ │\n╰─╯", terminal.Size(10, 4))
	picture, err := draw.Image(s)
	if err != nil {
		t.Fatal(err)
	}
	along := func(name string, x, y, dx, dy, n int) {
		for i := range n {
			if got := pixel(picture, x, y, dx*i, dy*i); got != s.Palette.Foreground {
				t.Errorf("%s breaks after %d pixels: %v", name, i, got)
				return
			}
		}
	}
	along("the upper line", 0, 0, 1, 0, 2*16)
	along("the left line", 0, 0, 0, 1, 34+34-8)
	along("the right line", 2, 0, 0, 1, 34+34-8)
	if got := pixel(picture, 0, 0, -4, 0); got != s.Palette.Background {
		t.Errorf("the corner reaches beyond itself: %v", got)
	}
}

func TestEveryCharacterOfNamesIsInTheFont(t *testing.T) {
	s := scene(t, "AÄßéÿŁőŠžΑωЖя漢", terminal.Size(20, 2))
	picture, err := draw.Image(s)
	if err != nil {
		t.Fatal(err)
	}
	if boxes, err := draw.Missing(s); err != nil || !slices.Equal(boxes, []string{"漢"}) {
		t.Errorf("missing are %q, %v", boxes, err)
	}
	box := pixel(picture, 13, 0, -4, -6)
	if box == s.Palette.Background {
		t.Error("a character that the font lacks is not drawn as a box")
	}
	for x := range 13 {
		if inked(picture, x, 0) < 40 {
			t.Errorf("%s is not drawn", s.At(x, 0).Content)
		}
	}
}

func TestLooks(t *testing.T) {
	s := scene(t, "n\x1b[1mn\x1b[m\x1b[3mn\x1b[m\x1b[4mn\x1b[m\x1b[9mn\x1b[m\x1b[2mn\x1b[m\x1b[8mn\x1b[m\x1b[4:3mn\x1b[m", terminal.Size(20, 2))
	picture, err := draw.Image(s)
	if err != nil {
		t.Fatal(err)
	}
	plain := inked(picture, 0, 0)
	for x, look := range []string{1: "bold", 3: "underlined", 4: "struck out", 7: "underlined by a curl"} {
		if look != "" && inked(picture, x, 0) <= plain {
			t.Errorf("%s has no more ink than plain", look)
		}
	}
	if inked(picture, 6, 0) != 0 {
		t.Error("concealed text shows")
	}
	if pixel(picture, 3, 0, 0, 12) == s.Palette.Background {
		t.Error("the underline is missing")
	}
}

func TestAllSymbolsAreDrawn(t *testing.T) {
	var all []rune
	for _, block := range [][2]rune{{0x2500, 0x259f}, {0x2801, 0x28ff}} {
		for r := block[0]; r <= block[1]; r++ {
			all = append(all, r)
		}
	}
	all = append(all, []rune("✓✗▸▾▴◂◆⋯⋮⏎")...)
	s := scene(t, string(all), terminal.Size(100, 6))
	picture, err := draw.Image(s)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range all {
		// A full cell has no ground to tell ink from.
		if n := inked(picture, i%100, i/100); n < 10 && r != '█' && (r < '░' || r > '▓') {
			t.Errorf("%c (%U) has %d pixels of ink", r, r, n)
		}
	}
}

func BenchmarkImage(b *testing.B) {
	run := terminal.Run(b, func(_ context.Context, _ io.Reader, stdout io.Writer) error {
		for range 40 {
			if _, err := io.WriteString(stdout, "│ Müller, Zoë            │ 0012345 │ Mathematics            │ zoe.mueller@example.org          │\n"); err != nil {
				return err
			}
		}
		return nil
	}, terminal.Size(120, 40))
	if err := run.Wait(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := draw.Image(run.Snapshot()); err != nil {
			b.Fatal(err)
		}
	}
}
