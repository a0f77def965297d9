package kit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"muster/tui/terminal"
	"muster/tui/theme"
)

// crowd is rows of made-up people, named by numbers.
type crowd []int

func (c crowd) Len() int           { return len(c) }
func (c crowd) ID(row int) int     { return c[row] }
func (c crowd) IndexOf(id int) int { return slices.Index(c, id) }
func (c crowd) Cell(row, column int) Cell {
	n := c[row]
	switch column {
	case 0:
		return Cell{Text: fmt.Sprintf("E%06d", n)}
	case 1:
		return Cell{Text: []string{"Anna", "Jörg", "山田", "Zoë\x1b[31m", "Ana María"}[n%5]}
	case 2:
		return Cell{Text: []string{"Müller", "van der Müller-Lüdenscheidt"}[n%2], Match: []Letters{{0, 1}, {4, 6}}}
	case 3:
		return Cell{Text: "person" + strconv.Itoa(n) + "@department.example.org"}
	case 4:
		return Cell{Text: Count(n * 17), Role: theme.Dim}
	}
	return Cell{Text: "value " + strconv.Itoa(column)}
}

func people(n int) crowd {
	c := make(crowd, n)
	for i := range c {
		c[i] = i
	}
	return c
}

func columns() []Column {
	return []Column{
		{ID: 0, Title: "UID", Width: 8, Frozen: true},
		{ID: 1, Title: "First name", Width: 10},
		{ID: 2, Title: "Last name", Width: 14},
		{ID: 3, Title: "E-mail", Width: 20, Align: Middle},
		{ID: 4, Title: "Visits", Width: 8, Align: Right},
		{ID: 5, Title: "Department", Width: 12},
		{ID: 6, Title: "Title", Width: 12},
	}
}

func newTestTable(env *Env, n int) *Table[int] {
	t := NewTable(env, columns(), Rows[int](people(n)))
	t.Marking = true
	t.Sorted(2, Ascending)
	return t
}

func TestTableLooks(t *testing.T) {
	for _, c := range []struct {
		name          string
		width, height int
		look          theme.Options
	}{
		{"table-60x20", 60, 20, theme.Options{}},
		{"table-80x24", 80, 24, theme.Options{}},
		{"table-120x40", 120, 40, theme.Options{}},
		{"table-plain-60x20", 60, 20, theme.Options{Plain: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := newTestTable(testEnv(c.look), 1_000)
			table.View(c.width, c.height)
			for _, id := range []string{"table.down", "table.mark", "table.down", "table.right", "table.right"} {
				table.Do(id)
			}
			terminal.Golden(t, c.name, ansi.Strip(table.View(c.width, c.height)))
		})
	}
}

func TestTableShowsCursorAndMatchesWithoutColour(t *testing.T) {
	table := newTestTable(testEnv(theme.Options{}), 5)
	terminal.Golden(t, "table-attributes", strings.ReplaceAll(table.View(50, 4), "\x1b", "^"))
}

func TestTableDrawsExactlyItsSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		env := testEnv(theme.Options{Profile: rapid.SampledFrom([]colorprofile.Profile{
			colorprofile.Ascii, colorprofile.TrueColor}).Draw(t, "profile")})
		env.Widths = ansi.GraphemeWidth
		table := newTestTable(env, rapid.IntRange(0, 30).Draw(t, "people"))
		table.Empty = "Nobody"
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			width, height := rapid.IntRange(4, 160).Draw(t, "width"), rapid.IntRange(1, 40).Draw(t, "height")
			table.Do(rapid.SampledFrom(table.Bindings()).Draw(t, "move").ID)
			lines := strings.Split(table.View(width, height), "\n")
			if len(lines) != height {
				t.Fatalf("%d lines instead of %d", len(lines), height)
			}
			for _, l := range lines {
				if w := env.Width(l); w != width {
					t.Fatalf("%q takes %d cells instead of %d", l, w, width)
				}
			}
		}
	})
}

// The cursor and the marks stay with whom they are about, whatever happens to
// the rows, and the cursor is always in view.
func TestCursorAndMarksFollowThePerson(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		env := testEnv(theme.Options{})
		everybody := people(rapid.IntRange(1, 60).Draw(t, "people"))
		table := NewTable(env, columns(), Rows[int](everybody))
		marked := map[int]bool{}
		height := rapid.IntRange(2, 20).Draw(t, "height")
		t.Repeat(map[string]func(*rapid.T){
			"move": func(t *rapid.T) {
				table.Do(rapid.SampledFrom(table.Bindings()).Draw(t, "move").ID)
			},
			"mark": func(*rapid.T) {
				if id, ok := table.Current(); ok {
					marked[id] = !marked[id]
					table.Do("table.mark")
				}
			},
			"shuffle": func(t *rapid.T) {
				before, held := table.Current()
				rows := rapid.Permutation(everybody).Draw(t, "rows")
				rows = rows[:rapid.IntRange(0, len(rows)).Draw(t, "left")]
				table.SetRows(rows)
				after, ok := table.Current()
				if held && slices.Contains(rows, before) && (!ok || after != before) {
					t.Fatalf("the cursor went from %d to %d", before, after)
				}
			},
			"": func(t *rapid.T) {
				table.View(80, height)
				id, ok := table.Current()
				if ok != (table.Rows().Len() > 0) || ok && table.Rows().ID(table.At()) != id {
					t.Fatalf("the cursor is on row %d, about %d", table.At(), id)
				}
				if _, y, _ := table.Cursor(); ok && (y < 1 || y >= height) {
					t.Fatalf("the cursor is on line %d of %d", y, height)
				}
				n := 0
				for id, on := range marked {
					if is := table.marks.Has(id); is != on {
						t.Fatalf("%d is marked: %v, want %v", id, is, on)
					}
					if on {
						n++
					}
				}
				if table.Marked() != n {
					t.Fatalf("%d are marked, want %d", table.Marked(), n)
				}
			},
		})
	})
}

func TestRefreshDoesNotScrollUnderTheEye(t *testing.T) {
	table := newTestTable(testEnv(theme.Options{}), 100)
	table.View(80, 11)
	table.Go(50)
	table.View(80, 11)
	_, before, _ := table.Cursor()
	table.SetRows(people(100)[20:])
	table.View(80, 11)
	if _, after, _ := table.Cursor(); after != before || table.At() != 30 {
		t.Errorf("the cursor went from line %d to %d, row %d", before, after, table.At())
	}
}

func TestMarking(t *testing.T) {
	table := newTestTable(testEnv(theme.Options{}), 10)
	if got := table.Chosen(); !slices.Equal(got, []int{0}) {
		t.Errorf("without marks %v is chosen, want the cursor's", got)
	}
	for _, id := range []string{"table.last", "table.mark", "table.first", "table.range", "table.down", "table.down"} {
		table.Do(id)
	}
	if table.Marked() != 4 || !table.ranging {
		t.Errorf("%d are marked while the range is drawn, want 4", table.Marked())
	}
	if got := table.Chosen(); !slices.Equal(got, []int{0, 1, 2, 9}) {
		t.Errorf("%v is chosen", got)
	}
	table.Do("table.mark all")
	if table.Marked() != 10 {
		t.Errorf("%d are marked, want all", table.Marked())
	}
	table.Do("table.mark all")
	if table.Marked() != 0 {
		t.Errorf("%d are marked, want none", table.Marked())
	}
	table.Do("table.mark down")
	if got := table.Chosen(); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("%v is chosen", got)
	}
}

func TestMarksOutliveAFilter(t *testing.T) {
	table := newTestTable(testEnv(theme.Options{}), 10)
	table.Do("table.mark")
	table.SetRows(people(10)[5:])
	table.Do("table.mark")
	if got := table.Chosen(); len(got) != 2 || got[1] != 0 {
		t.Errorf("%v is chosen, want what is shown first", got)
	}
}

func TestMouseOnTable(t *testing.T) {
	now := time.Date(2025, 3, 14, 9, 0, 0, 0, time.UTC)
	env := NewEnv(theme.Options{}, func() time.Time { return now })
	table := newTestTable(env, 100)
	table.View(80, 11)
	click := func(x, y int, mod tea.KeyMod) Event {
		return table.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft, Mod: mod})
	}
	if e := click(14, 4, 0); e.Kind != Moved || table.At() != 3 {
		t.Errorf("a click on the fourth row: %v, cursor on %d", e, table.At())
	}
	if e := click(14, 4, 0); e.Kind != Chose {
		t.Errorf("a second click: %v", e)
	}
	click(14, 4, 0)
	now = now.Add(time.Second)
	if e := click(14, 4, 0); e.Kind != Moved {
		t.Errorf("a late click: %v", e)
	}
	click(1, 6, 0)
	click(14, 7, tea.ModCtrl)
	if got := table.Chosen(); !slices.Equal(got, []int{5, 6}) {
		t.Errorf("%v is marked", got)
	}
	if e := click(14, 0, 0); e.Kind != Title || e.Column != 1 {
		t.Errorf("a click on a title: %v", e)
	}
	if e := click(14, 30, 0); e.Kind != Nothing {
		t.Errorf("a click below: %v", e)
	}
	if e := table.Update(Wheel{Lines: 30}); e.Kind != Moved {
		t.Errorf("the wheel: %v", e)
	}
	table.View(80, 11)
	if _, y, _ := table.Cursor(); table.At() != 31 || y != 2 {
		t.Errorf("after the wheel the cursor is on row %d, line %d", table.At(), y)
	}
}

func TestColumnsScrollBesideTheFrozenOne(t *testing.T) {
	table := newTestTable(testEnv(theme.Options{}), 3)
	table.View(40, 3)
	for range 6 {
		table.Do("table.right")
	}
	header, _, _ := strings.Cut(ansi.Strip(table.View(40, 3)), "\n")
	if !strings.Contains(header, "UID") || !strings.Contains(header, "Title") || strings.Contains(header, "First") {
		t.Errorf("the header is %q", header)
	}
	if c, ok := table.Column(); !ok || c.Title != "Title" {
		t.Errorf("the current column is %q", c.Title)
	}
	hidden := table.Columns()
	hidden[0].Hidden = true
	slices.Reverse(hidden)
	table.SetColumns(hidden)
	if c, ok := table.Column(); !ok || c.Title != "Title" {
		t.Errorf("after reordering the current column is %q", c.Title)
	}
}

func wideTable(b *testing.B, columns int) *Table[int] {
	env := testEnv(theme.Options{Profile: colorprofile.TrueColor})
	cs := make([]Column, columns)
	for i := range cs {
		cs[i] = Column{ID: i, Title: "Column " + strconv.Itoa(i), Width: 12, Frozen: i == 0}
	}
	table := NewTable(env, cs, Rows[int](people(100_000)))
	table.Marking = true
	b.ReportAllocs()
	return table
}

// One frame: the cursor moves down and 60 × 250 cells are drawn. The budget for
// a whole screen is 4 ms and 1,000 allocations, those of the Rows included.
func BenchmarkTableFrame(b *testing.B) {
	table := wideTable(b, 20)
	for b.Loop() {
		table.Do("table.down")
		table.View(250, 60)
	}
}

// The same over rows that cost nothing and hold only ASCII.
func BenchmarkTableFrameASCII(b *testing.B) {
	table := wideTable(b, 20)
	table.rows = same{}
	for b.Loop() {
		table.Do("table.down")
		table.View(250, 60)
	}
}

type same struct{}

func (same) Len() int           { return 1_000_000 }
func (same) ID(row int) int     { return row }
func (same) IndexOf(id int) int { return id }
func (same) Cell(int, int) Cell { return Cell{Text: "some value"} }
