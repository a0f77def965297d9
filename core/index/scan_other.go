//go:build !amd64

package index

// words finds the needle at all places of the words from to before end. Each
// place has n.last bytes behind it, and the first word is not that of the text.
func (n *needle) words(text []byte, from, end int, h *hits) { n.wordsInGo(text, from, end, h) }
