package roster

import (
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"already plain 123", "already plain 123"},
		{"KOWALSKI", "kowalski"},
		{"Müller", "muller"},
		{"Mu\u0308ller", "muller"},
		{"Łukasz Żółć", "lukasz zolc"},
		{"Straße STRAẞE", "strasse strasse"},
		{"Ærøskøbing", "aeroskobing"},
		{"Œuvre", "oeuvre"},
		{"Đặng Þór", "dang thor"},
		{"İstanbul ıssız", "istanbul issiz"},
		{"Åse Å", "ase a"},
		{"Ångström \u212b \u212a", "angstrom a k"},
		{"O’Brien—Smith", "o'brien-smith"},
		{"tab\tline\nnbsp\u00a0end\x00", "tab line nbsp end "},
		{"soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"},
		{"Иванов Ёж", "иванов еж"},
		{"ΟΔΥΣΣΕΎΣ Οδυσσεύς", "οδυσσευσ οδυσσευσ"},
		{"山田", "山田"},
		{"한", "\u1112\u1161\u11ab"},
		{"bad\xffbyte", "bad\ufffdbyte"},
	} {
		if got := Fold(c.text); got != c.want {
			t.Errorf("Fold(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestFoldLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		folded := Fold(text)
		if again := Fold(folded); again != folded {
			t.Fatalf("folding %q twice gives %q, once %q", text, again, folded)
		}
		if !utf8.ValidString(folded) {
			t.Fatalf("fold of %q is not UTF-8: %q", text, folded)
		}
		for i := range len(folded) {
			if folded[i] < ' ' {
				t.Fatalf("fold of %q has a control byte: %q", text, folded)
			}
		}
		if got := string(AppendFold([]byte("x"), text)); got != "x"+folded {
			t.Fatalf("AppendFold(x, %q) = %q, want x%q", text, got, folded)
		}
		cut := rapid.IntRange(0, len(text)).Draw(t, "cut")
		for cut < len(text) && !utf8.RuneStart(text[cut]) {
			cut++
		}
		if utf8.ValidString(text) && Fold(text[:cut])+Fold(text[cut:]) != folded {
			t.Fatalf("the fold of %q is not that of its parts at %d", text, cut)
		}
	})
}

func TestFoldIgnoresComposition(t *testing.T) {
	for r := range rune(utf8.MaxRune) {
		if !utf8.ValidRune(r) {
			continue
		}
		if folded := string(appendFoldPart(nil, r)); isFolded(r) && (folded != string(r) || norm.NFD.String(folded) != folded) {
			t.Errorf("U+%04X is not its own fold", r)
		}
		text := "a" + string(r) + "b"
		if nfd := norm.NFD.String(text); nfd != text && Fold(nfd) != Fold(text) {
			t.Errorf("U+%04X: composed folds to %q, decomposed to %q", r, Fold(text), Fold(nfd))
		}
	}
}

func BenchmarkFold(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"ascii", "Maria.Kowalska@EXAMPLE.org"},
		{"accents", "Żaneta Müller-Łukaszewicz"},
		{"cyrillic", "Александра Иванова"},
	} {
		b.Run(c.name, func(b *testing.B) {
			var dst []byte
			for b.Loop() {
				dst = AppendFold(dst[:0], c.text)
			}
			b.SetBytes(int64(len(c.text)))
		})
	}
}
