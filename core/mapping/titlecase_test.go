package mapping_test

import (
	"strings"
	"testing"
	"unicode"

	"muster/core/mapping"
)

// The kinds of names that people have, of people who are made up.
func TestNamesGetTheirCapitals(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"ANNA REED":                "Anna Reed",
		"anna reed":                "Anna Reed",
		"J. R. REED":               "J. R. Reed",
		"J.R. REED":                "J.R. Reed",
		"ANNE-MARIE REED-COLE":     "Anne-Marie Reed-Cole",
		"REED (COLE)":              "Reed (Cole)",
		"MAEVE O'BRIEN":            "Maeve O'Brien",
		"maeve o’brien":            "Maeve O’Brien",
		"GIANNI DELL'ACQUA":        "Gianni Dell'Acqua",
		"CHIARA D'AMICO":           "Chiara D'Amico",
		"N'GOLO M'BAYE":            "N'Golo M'Baye",
		"SA'ID MU'ADH":             "Sa'id Mu'adh",
		"NG'ANG'A":                 "Ng'ang'a",
		"JOAN MCDONALD":            "Joan McDonald",
		"joan mcdonald-macleod":    "Joan McDonald-MacLeod",
		"TOM MACKEY":               "Tom Mackey",
		"RITA MACHADO":             "Rita Machado",
		"JORIS VAN DER BERG":       "Joris van der Berg",
		"VAN DER BERG":             "van der Berg",
		"VAN 'T HOFF":              "van 't Hoff",
		"'T HART":                  "'t Hart",
		"IN 'T VELD":               "in 't Veld",
		"'S-GRAVESANDE":            "'s-Gravesande",
		"AAN DE STEGGE":            "aan de Stegge",
		"OP DEN KAMP":              "op den Kamp",
		"IJSBRAND TER HORST":       "IJsbrand ter Horst",
		"IJAZ AHMED":               "Ijaz Ahmed",
		"VON DER HEIDE":            "von der Heide",
		"GRETA VON UND ZU WALDAU":  "Greta von und zu Waldau",
		"MARÍA DE LA CRUZ":         "María de la Cruz",
		"JOSÉ ORTEGA Y VEGA":       "José Ortega y Vega",
		"TIAGO DOS SANTOS":         "Tiago dos Santos",
		"JEAN-DE-DIEU MUGABE":      "Jean-de-Dieu Mugabe",
		"ABD-EL-KADER":             "Abd-el-Kader",
		"YANN LE GOFF":             "Yann Le Goff",
		"AHMAD BIN RASHID":         "Ahmad bin Rashid",
		"BIN LI":                   "Bin Li",
		"RAVI A/L KUMAR":           "Ravi a/l Kumar",
		"VAN":                      "Van",
		"LE THI VAN":               "Le Thi Van",
		"NGUYEN VAN MINH":          "Nguyen Van Minh",
		"NGUYỄN VĂN MINH":          "Nguyễn Văn Minh",
		"HENRY COLE III":           "Henry Cole III",
		"HENRY COLE JR.":           "Henry Cole Jr.",
		"VI TRAN":                  "Vi Tran",
		"ÅSA ÖBERG":                "Åsa Öberg",
		"GROẞ":                     "Groß",
		"STRAßER":                  "Straßer",
		"İBRAHİM YILDIZ":           "İbrahim Yıldız",
		"ışık dağ":                 "Işık Dağ",
		"ИВАН ПЕТРОВ-ВОДОВ":        "Иван Петров-Водов",
		"ΓΙΏΡΓΟΣ ΣΟΦΌΣ":            "Γιώργος Σοφός",
		"ՀԱՅԿ":                     "Հայկ",
		"ნინო ბერიძე":              "ნინო ბერიძე",
		"ᲜᲘᲜᲝ":                     "ნინო",
		"ǆEMAL":                    "ǆEMAL", // mixed: small, then capitals
		"ǅEMAL":                    "ǅEMAL",
		"ǄEMAL":                    "ǅemal",
		"李明":                       "李明",
		"김민준":                      "김민준",
		"محمد علي":                 "محمد علي",
		"שרה לוי":                  "שרה לוי",
		"प्रिया":                   "प्रिया",
		"JOSE\u0301 RUIZ":          "Jose\u0301 Ruiz",
		"ANNA  REED ":              "Anna  Reed ",
		"3RD FLOOR":                "3rd Floor",
		"HEAD OF SALES AND CARDS":  "Head of Sales and Cards",
		"Joan McDonald":            "Joan McDonald",
		"Jean DUPONT":              "Jean DUPONT",
		"joris van der Berg":       "joris van der Berg",
		"DeShawn":                  "DeShawn",
		"MAEVE O'BRIEN-VAN DER RO": "Maeve O'Brien-van der Ro",
	} {
		if got := of(t, "titlecase", in).Text; got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// Title case changes nothing but case, and nothing a second time.
func FuzzTitlecase(f *testing.F) {
	for _, seed := range []string{"ANNA O'BRIEN", "van der berg", "İSTANBUL", "ΣΟΦΟΣ", "ijs", "mc", "mcd'", "\xff", "DELL'", "''''", "macdonald"} {
		f.Add(seed)
	}
	feeds, err := mapping.Compile([]mapping.Mapping{{Attribute: "in", Transforms: []mapping.Transform{"titlecase"}, On: true}}, []string{"in"}, same)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := feeds[0].Of([]mapping.Cell{{Text: in}}).Text
		if again := feeds[0].Of([]mapping.Cell{{Text: out}}).Text; again != out && !strings.ContainsAny(in, "İıIiĞğ") {
			t.Errorf("%q became %q, then %q", in, out, again)
		}
		a, b := []rune(in), []rune(out)
		if len(a) != len(b) {
			t.Fatalf("%q became %q", in, out)
		}
		for i := range a {
			if x, y := unicode.ToUpper(a[i]), unicode.ToUpper(b[i]); x != y && a[i] != b[i] && !strings.ContainsAny(in, "İıIiĞğẞϴΩKÅ") {
				t.Errorf("%q became %q", in, out)
			}
		}
	})
}
