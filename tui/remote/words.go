package remote

import (
	"strings"

	"muster/core/fault"
)

// quote writes arguments as one line, from which words makes them again.
func quote(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
	}
	return strings.Join(quoted, " ")
}

// words parts a command line as a POSIX shell does: at blanks, but for those
// in quotes or after a backslash. Nothing is expanded. A quote without its end
// is an Invalid fault.
func words(line string) ([]string, error) {
	var all []string
	var word strings.Builder
	var quote byte // the quote that is open
	begun := false // a word is, if only by quotes with nothing between them
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote == '\'' && c != '\'', quote == '"' && c != '"' && c != '\\':
			word.WriteByte(c)
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\':
			i++
			if i == len(line) {
				return nil, fault.New(fault.Invalid, "The command ends in a backslash")
			}
			if quote == '"' && !strings.ContainsRune("\"\\$`\n", rune(line[i])) {
				word.WriteByte('\\')
			}
			if line[i] != '\n' {
				word.WriteByte(line[i])
			}
			begun = true
		case c == '\'' || c == '"':
			quote, begun = c, true
		case c == ' ' || c == '\t' || c == '\n':
			if begun {
				all = append(all, word.String())
				word.Reset()
			}
			begun = false
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	if quote != 0 {
		return nil, fault.New(fault.Invalid, "The command has a quote %c without its end", quote)
	}
	if begun {
		all = append(all, word.String())
	}
	return all, nil
}
