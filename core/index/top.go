package index

import "slices"

// top keeps the best of all that it is given, at most so many.
type top[T any] struct {
	most    int
	compare func(a, b T) int // less than zero when a is better; never zero
	kept    []T              // once full a heap, the worst first
}

func (t *top[T]) add(x T) {
	switch {
	case len(t.kept) < t.most:
		t.kept = append(t.kept, x)
		if len(t.kept) == t.most {
			slices.SortFunc(t.kept, func(a, b T) int { return t.compare(b, a) })
		}
	case t.most > 0 && t.compare(x, t.kept[0]) < 0:
		t.kept[0] = x
		t.sink()
	}
}

// sink restores the heap after its first element has changed.
func (t *top[T]) sink() {
	for i := 0; ; {
		worst := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(t.kept); child++ {
			if t.compare(t.kept[child], t.kept[worst]) > 0 {
				worst = child
			}
		}
		if worst == i {
			return
		}
		t.kept[i], t.kept[worst] = t.kept[worst], t.kept[i]
		i = worst
	}
}

// best returns what was kept, the best first.
func (t *top[T]) best() []T {
	slices.SortFunc(t.kept, t.compare)
	return t.kept
}
