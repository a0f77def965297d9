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
	if len(d.Records)+len(d.Spent) == 0 {
		return nil
	}
	return e.store.Update(ctx, func(tx WriteTx) error {
		if err := dropSpent(tx, d.Head.List, d.Spent); err != nil {
			return err
		}
		return putRecords(tx, d.Head.List, d.Records)
	})
}
