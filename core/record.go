package core

import (
	"context"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// KeptRecord is what a source said of whoever it knows by the link, as
// mapping.AppendKept writes it. It becomes what the source last said when the
// changeset that it came with is applied or rejected, not when it is read.
type KeptRecord struct {
	Link roster.Link
	Data string
}

// Record returns what a source last said of whoever it knows by the link, or a
// NotFound fault.
func (e *Engine) Record(ctx context.Context, list roster.ListID, link roster.Link) (kept mapping.Kept, err error) {
	err = e.view(ctx, func(tx Tx) error {
		var ok bool
		if kept, ok, err = e.record(tx, list, link); err == nil && !ok {
			err = fault.New(fault.NotFound, "The source has said nothing of %s", link.Anchor)
		}
		return err
	})
	return kept, err
}

// record returns what a source last said: a record as it was kept or, of a
// source that pushes, the resource.
func (e *Engine) record(tx Tx, list roster.ListID, link roster.Link) (kept mapping.Kept, ok bool, err error) {
	if k, known := e.pushKind(link.Connection); known && link.Connection == string(changeset.SCIM) {
		return keptResource(tx, k, list, link.Anchor)
	}
	data, ok := tx.Record(list, link)
	if !ok {
		return kept, false, nil
	}
	kept, err = mapping.DecodeKept(data)
	return kept, true, err
}

// stageRecords keeps a draft's records with its changeset until that is settled.
func stageRecords(tx WriteTx, id changeset.ID, records []KeptRecord) error {
	for n := range records {
		if err := tx.StageRecord(id, n, records[n]); err != nil {
			return err
		}
	}
	return nil
}

// settleRecords makes the records that wait with a changeset what the source
// last said.
func settleRecords(tx WriteTx, list roster.ListID, id changeset.ID) error {
	if err := tx.EachStaged(id, func(r KeptRecord) error { return tx.PutRecord(list, r) }); err != nil {
		return err
	}
	return tx.DeleteStaged(id)
}

// settleRecords does so for the records of the application, stored or not.
func (a *application) settleRecords(tx WriteTx) error {
	if err := putRecords(tx, a.list.ID, a.records); err != nil {
		return err
	}
	if a.head.Reading != 0 {
		if err := settleReading(tx, a.list.ID, a.head.Reading, RunApplied, &a.head); err != nil {
			return err
		}
	}
	return settleRecords(tx, a.list.ID, a.head.ID)
}

func putRecords(tx WriteTx, list roster.ListID, records []KeptRecord) error {
	for _, r := range records {
		if err := tx.PutRecord(list, r); err != nil {
			return err
		}
	}
	return nil
}

// keepRecords keeps the records of a draft that changes nobody, and ends the
// pins that it spends.
func (e *Engine) keepRecords(ctx context.Context, d *Draft) error {
	if len(d.Records)+len(d.Spent) == 0 && d.Head.Reading == 0 {
		return nil
	}
	err := e.store.Update(ctx, func(tx WriteTx) error {
		if err := dropSpent(tx, d.Head.List, d.Spent); err != nil {
			return err
		}
		if err := settleUnchanged(tx, &d.Head); err != nil {
			return err
		}
		return putRecords(tx, d.Head.List, d.Records)
	})
	if err == nil && d.Head.Reading != 0 {
		e.news.publish(Notice{List: d.Head.List})
	}
	return err
}

// settleUnchanged makes a reading that changes nobody current, if it can be
// trusted.
func settleUnchanged(tx WriteTx, head *changeset.Changeset) error {
	switch {
	case head.Reading == 0:
		return nil
	case distrusted(head):
		return dropReading(tx, head.List, head.Reading, Distrusted)
	}
	return settleReading(tx, head.List, head.Reading, NothingNew, nil)
}

// settleRejected makes what came with a changeset that is rejected what the
// source last said, unless it came from a reading that cannot be trusted: then it
// is as if that had not been.
func settleRejected(tx WriteTx, head *changeset.Changeset) error {
	switch {
	case head.Reading == 0:
		return settleRecords(tx, head.List, head.ID)
	case distrusted(head):
		return dropReading(tx, head.List, head.Reading, RunRejected)
	}
	return settleReading(tx, head.List, head.Reading, RunRejected, head)
}

// noteProposed notes at its run that a changeset waits.
func noteProposed(tx WriteTx, head *changeset.Changeset) error {
	if head.Reading == 0 {
		return nil
	}
	return changeRun(tx, head.List, head.Reading, func(r *Run) {
		r.Outcome, r.Changeset, r.Counts, r.Held = Proposed, head.ID, head.Counts, head.Held
	})
}
