package terminal

import (
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// clusters makes up for the emulator's one blind spot: it takes an ASCII letter
// for a character before it sees the combining marks after it, and loses them.
// Such a cluster is handed over as one rune for private use, and put back when
// the cells are read.
type clusters struct {
	state byte // the escape sequence that output so far ends in
	names map[string]rune
	texts map[string]string
}

// firstCluster is where runes for private use begin that nobody draws with.
const firstCluster = '\U000F0000'

// fold returns output with clusters replaced.
func (c *clusters) fold(output []byte) []byte {
	var folded []byte
	for rest := output; len(rest) > 0; {
		_, width, n, state := ansi.DecodeSequence(rest, c.state, nil)
		c.state = state
		if cluster := asciiCluster(rest); width == 1 && n == 1 && cluster != nil {
			folded = append(folded, c.name(cluster)...)
			n = len(cluster)
		} else {
			folded = append(folded, rest[:n]...)
		}
		rest = rest[n:]
	}
	return folded
}

// asciiCluster returns the cluster of one cell that begins with the ASCII
// letter at the start of text, nil if the letter stands for itself.
func asciiCluster(text []byte) []byte {
	if len(text) < 2 || text[1] < utf8.RuneSelf {
		return nil
	}
	cluster, width := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
	if len(cluster) == 1 || width != 1 {
		return nil
	}
	return cluster
}

func (c *clusters) name(cluster []byte) string {
	if c.names == nil {
		c.names, c.texts = make(map[string]rune), make(map[string]string)
	}
	name, ok := c.names[string(cluster)]
	if !ok {
		name = firstCluster + rune(len(c.names))
		c.names[string(cluster)] = name
		c.texts[string(name)] = string(cluster)
	}
	return string(name)
}

// unfold returns the text of a cell.
func (c *clusters) unfold(content string) string {
	if text, ok := c.texts[content]; ok {
		return text
	}
	return content
}
