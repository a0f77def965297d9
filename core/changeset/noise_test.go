package changeset

import "testing"

func TestNoiseIsWhatReadsTheSame(t *testing.T) {
	for _, tt := range []struct {
		base, proposed string
		want           Noise
	}{
		{"Müller", "MÜLLER", CaseOnly},
		{"Mu\u0308ller", "Müller", CaseOnly},
		{"Anna  Lee", "Anna Lee", SpaceOnly},
		{"annalee", "Anna Lee ", SpaceOnly},
		{"O'Brien", "O’Brien", FormatOnly},
		{"Anne Marie", "Anne-Marie", FormatOnly},
		{"(555) 010-9999", "555.010.9999", FormatOnly},
		{"2026-01-31", "20260131", FormatOnly},
		{"Sci", "Science", Real},
		{"1.5", "15", Real},
		{"-5", "5", Real},
		{"9:30", "930", Real},
		{"a.b@example.org", "ab@example.org", Real},
		{"C++", "C", Real},
		{"", "-", Real},
		{"-", ".", Real},
	} {
		if got := (Change{Base: tt.base, Proposed: tt.proposed}).Noise(); got != tt.want {
			t.Errorf("%q → %q is %q, want %q", tt.base, tt.proposed, got, tt.want)
		}
		if got := (Change{Base: tt.proposed, Proposed: tt.base}).Noise(); got != tt.want {
			t.Errorf("%q → %q is %q, want %q", tt.proposed, tt.base, got, tt.want)
		}
	}
}
