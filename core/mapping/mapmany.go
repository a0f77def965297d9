package mapping

// MapMany is MapOne for several values at once, so that two may swap: each pair
// is a value and what is put in its place.
func MapMany(pairs ...[2]string) Transform {
	c := call{name: "map"}
	for _, p := range pairs {
		c.args = append(c.args, arg{key: atom{text: p[0]}, value: atom{text: p[1]}, pair: true})
	}
	return Transform(c.text())
}
