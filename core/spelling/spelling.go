// Package spelling finds the known word that a mistyped one was most likely to
// be.
package spelling

// Nearest returns which of the known words is most like a word: the first of
// those at the smallest Distance, or -1 if even that is above most.
func Nearest(word string, known []string, most int) int {
	best, least := -1, most+1
	for i, k := range known {
		if d := Distance(word, k); d < least {
			best, least = i, d
		}
	}
	return best
}

// Distance is how many letters must be put in, left out or replaced to make b of
// a (Levenshtein's).
func Distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range to {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(to)]
}
