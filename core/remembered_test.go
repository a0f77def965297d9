package core_test

import (
	"testing"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

func TestARememberedDecisionIsMadeAgain(t *testing.T) {
	keep := func(f roster.FieldID, o changeset.Origin) core.Remembered {
		return core.Remembered{Field: f, Origin: o, Decision: changeset.Keep}
	}
	pair := func(from, to string, d changeset.Decision) core.Remembered {
		return core.Remembered{Field: deptField, Pair: true, From: from, To: to, Decision: d}
	}
	for _, tt := range []struct {
		name  string
		rules []core.Remembered
		want  changeset.Decision // of the department, Art → Law
	}{
		{"none", nil, changeset.Undecided},
		{"the field's", []core.Remembered{keep(deptField, changeset.Import)}, changeset.Keep},
		{"another field's", []core.Remembered{keep(nameField, changeset.Import)}, changeset.Undecided},
		{"another way in", []core.Remembered{keep(deptField, changeset.Session)}, changeset.Undecided},
		{"the pair's", []core.Remembered{pair("Art", "Law", changeset.Accept)}, changeset.Accept},
		{"the other way round", []core.Remembered{pair("Law", "Art", changeset.Accept)}, changeset.Undecided},
		{"the pair's before the field's", []core.Remembered{keep(deptField, changeset.Import), pair("Art", "Law", changeset.Accept)}, changeset.Accept},
		{"the last said", []core.Remembered{pair("Art", "Law", changeset.Accept), pair("Art", "Law", changeset.Keep)}, changeset.Keep},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newTestWorld(t, false)
			w.apply(w.planImport(false, row("a1", "Ada", "Art")))
			for _, rule := range tt.rules {
				w.must(w.RememberDecision(ctx, mara, w.list, rule))
			}
			w.reopen()
			d := w.planImport(false, row("a1", "Ada", "Law"))
			if got := d.Items[0].Changes[0].Decision; got != tt.want {
				t.Errorf("it is %s, want %s", got, tt.want)
			}
			w.apply(d)
			want := "Law"
			if tt.want == changeset.Keep {
				want = "Art"
			}
			if got := w.by("a1").Values.Get(deptField); got != want {
				t.Errorf("stored %q, want %q", got, want)
			}
		})
	}
}

func TestARememberedDecisionIsForgotten(t *testing.T) {
	w := newTestWorld(t, false)
	w.apply(w.planImport(false, row("a1", "Ada", "Art")))
	w.must(w.RememberDecision(ctx, mara, w.list, core.Remembered{Field: deptField, Origin: changeset.Import, Decision: changeset.Keep}))
	rules, err := w.Remembered(ctx, w.list)
	w.must(err)
	if len(rules) != 1 || rules[0].By != "mara" || rules[0].Number != 1 || rules[0].At.IsZero() {
		t.Fatalf("remembered %+v", rules)
	}
	w.must(w.ForgetDecision(ctx, noor, w.list, 1))
	wantFault(t, w.ForgetDecision(ctx, noor, w.list, 1), fault.NotFound, "no remembered decision 1")
	if d := w.planImport(false, row("a1", "Ada", "Law")); d.Items[0].Changes[0].Decision != changeset.Undecided {
		t.Error("what is forgotten still decides")
	}
	wantFault(t, w.RememberDecision(ctx, mara, w.list, core.Remembered{Field: noField, Decision: changeset.Keep}), fault.Invalid, "UID")
	wantFault(t, w.RememberDecision(ctx, mara, w.list, core.Remembered{Field: deptField, Decision: changeset.Skip}), fault.Invalid, "Only taking")
}

// What was kept by a remembered decision against a source is declined as if a
// person had said so.
func TestARememberedKeepAgainstTheSourceIsAPin(t *testing.T) {
	w := newTestWorld(t, true)
	w.apply(w.planSync(true, at("x1", "s1", "John", "j@x.example")))
	w.must(w.RememberDecision(ctx, mara, w.list, core.Remembered{Field: nameField, Origin: changeset.Sync, Decision: changeset.Keep}))
	w.apply(w.planSync(true, at("x1", "s1", "Jon", "j@x.example")))
	if got := w.by("s1").Values.Get(nameField); got != "John" {
		t.Errorf("the name is %q", got)
	}
	if pins := w.pins(); len(pins) != 1 || pins[0].Declined != "Jon" {
		t.Errorf("pins %+v", pins)
	}
	if d := w.planSync(true, at("x1", "s1", "Jon", "j@x.example")); len(d.Items) != 0 {
		t.Errorf("it is proposed again: %+v", d.Items)
	}
}
