package value

// Append appends v as compact JSON.
func (v *Value) Append(b []byte) []byte {
	switch v.kind {
	case Null:
		return append(b, "null"...)
	case String:
		return AppendString(b, v.text)
	case Array:
		b = append(b, '[')
		for i := range v.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = v.list[i].Value.Append(b)
		}
		return append(b, ']')
	case Object:
		b = append(b, '{')
		for i := range v.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendString(b, v.list[i].Name)
			b = append(b, ':')
			b = v.list[i].Value.Append(b)
		}
		return append(b, '}')
	}
	return append(b, v.text...)
}

// AppendString appends s, which is UTF-8, in quotes.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			const digits = "0123456789abcdef"
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}
