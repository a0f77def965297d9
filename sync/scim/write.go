package scim

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"muster/sync/scim/filter"
	"muster/sync/scim/problem"
	"muster/sync/scim/resource"
	"muster/sync/scim/value"
)

// attempts is how often a write is begun anew because somebody else was faster.
const attempts = 64

var errContended = problem.New(http.StatusServiceUnavailable, "", "The resource is being changed by too many requests at once; try again")

// retry runs a write until it is not overtaken.
func retry(write func() error) error {
	for range attempts {
		if err := write(); !errors.Is(err, ErrStale) {
			return err
		}
	}
	return errContended
}

// stored is a resource as it was read, before a write.
type stored struct {
	entry Entry
	doc   value.Value
	// related is what the directory keeps apart of a User, for the answer.
	related []byte
	// insist: the provider says again what somebody at the list overruled.
	insist bool
	// apart: the list has the person otherwise, and is to follow again.
	apart bool
}

// load reads a resource to change it. What it returns outlives the View.
func (q *request) load(r Reader, k Kind, id string) (s stored, err error) {
	if s.entry, err = r.Get(k, id); err != nil {
		return s, err
	}
	if err := q.precondition(s.entry.Revision); err != nil {
		return s, err
	}
	s.entry.ID = strings.Clone(s.entry.ID)
	s.entry.JSON = strings.Clone(s.entry.JSON)
	if s.doc, err = value.ParseString(s.entry.JSON); err != nil {
		return s, fmt.Errorf("read resource %s: %w", id, err)
	}
	if k == Users {
		s.related, err = q.related(nil, r, k, id)
	}
	return s, err
}

// precondition holds the request's If-Match and If-None-Match against a
// revision that is to be changed.
func (q *request) precondition(revision uint64) error {
	if tags := q.Header.Values("If-Match"); len(tags) > 0 && !matches(tags, revision) {
		return problem.New(http.StatusPreconditionFailed, "", "The resource has been changed: it is at version %s now", etag(revision))
	}
	if tags := q.Header.Values("If-None-Match"); len(tags) > 0 && matches(tags, revision) {
		return problem.New(http.StatusPreconditionFailed, "", "The resource is at version %s", etag(revision))
	}
	return nil
}

// draft makes what is to be written of a document.
func (q *request) draft(k Kind, doc *value.Value) (Draft, error) {
	t := q.types.Of(k)
	text, err := resource.Finish(doc, t)
	return Draft{Provider: q.facts.Provider, JSON: string(text), Doc: doc, Keys: resource.KeysOf(doc, t), Active: resource.Active(doc)}, err
}

// settle leaves of a change of members what really changes something, so that
// the directory need only do as it is told. A member described with less than
// is known stays described as it is.
func settle(r Reader, group string, c *resource.Change, d *Draft) error {
	if c == nil || c.Empty() {
		return nil
	}
	consider := func(was resource.Member) {
		m, stays := c.Put[was.ID]
		if !stays {
			return
		}
		if m.Type == "" {
			m.Type, m.Group = was.Type, m.Group || was.Group
		}
		if m.Display == "" {
			m.Display = was.Display
		}
		if c.Put[was.ID] = m; m == was {
			delete(c.Put, was.ID)
		}
	}
	if c.Clear {
		for was, err := range r.Members(group) {
			if err != nil {
				return err
			}
			if _, stays := c.Put[was.ID]; !stays {
				d.Remove = append(d.Remove, strings.Clone(was.ID))
			}
			consider(was)
		}
		d.Put = c.Added()
		return nil
	}
	for id := range c.Remove {
		_, ok, err := r.Member(group, id)
		if err != nil {
			return err
		}
		if ok {
			d.Remove = append(d.Remove, id)
		}
	}
	for _, m := range c.Added() {
		was, ok, err := r.Member(group, m.ID)
		if err != nil {
			return err
		}
		if ok {
			consider(was)
		}
	}
	d.Put = c.Added()
	return nil
}

// taken is the answer to a name that somebody else has.
func taken(k Kind) error {
	if k == Groups {
		return problem.New(http.StatusConflict, problem.Uniqueness, "There is a Group of this displayName already")
	}
	return problem.New(http.StatusConflict, problem.Uniqueness, "There is a User of this userName already")
}

func createResource(q *request) (reply, error) {
	return q.withBody(func(body *value.Value) (reply, error) {
		w, err := q.create(q.kind(), body)
		if err != nil {
			return reply{}, err
		}
		return q.written(w, http.StatusCreated)
	})
}

// written is a resource after a write.
type written struct {
	kind    Kind
	entry   Entry
	related []byte // of a User
	quiet   bool   // a Group too large to answer with
}

// create makes a resource, or revives the inactive user that it is about.
func (q *request) create(k Kind, body *value.Value) (w written, err error) {
	in, err := resource.Read(body, q.types.Of(k))
	if err != nil {
		return w, err
	}
	if k == Users && in.Doc.Get("active") == nil {
		in.Doc.Set("active", value.Flag(true))
	}
	d, err := q.draft(k, &in.Doc)
	if err != nil {
		return w, err
	}
	if len(in.Members) > 0 {
		var c resource.Change
		c.Add(in.Members)
		d.Put = c.Added()
	}
	w.kind = k
	// Mostly there is nobody like that yet, which the directory tells anyway.
	d.Unknown = true
	if w.entry, err = q.access.Directory.Create(q.Context(), k, d); !errors.Is(err, ErrTaken) {
		if err == nil {
			q.did(k, &w.entry, d.Doc, Created)
		}
		return w, err
	}
	d.Unknown = false
	err = retry(func() error {
		old, err := q.existing(k, &d)
		if err != nil {
			return err
		}
		if old == nil {
			if w.entry, err = q.access.Directory.Create(q.Context(), k, d); errors.Is(err, ErrTaken) {
				return ErrStale // somebody was faster; look again who it is
			}
			if err == nil {
				q.did(k, &w.entry, d.Doc, Created)
			}
			return err
		}
		w.related = old.related
		w.entry, err = q.replaceWith(k, old, d)
		return err
	})
	return w, err
}

// existing finds the inactive user that a POST is about, if there is one, or
// refuses a name that is taken.
func (q *request) existing(k Kind, d *Draft) (old *stored, err error) {
	err = q.access.Directory.View(q.Context(), func(r Reader) error {
		old = nil
		if k == Groups {
			same, err := r.Find(k, filter.ByDisplayName, d.Keys.DisplayName)
			if err == nil && len(same) > 0 {
				err = taken(k)
			}
			return err
		}
		same, err := r.Find(k, filter.ByUserName, d.Keys.UserName)
		if err != nil {
			return err
		}
		named := len(same) > 0
		if !named && d.Keys.ExternalID != "" {
			if same, err = r.Find(k, filter.ByExternalID, d.Keys.ExternalID); err != nil {
				return err
			}
		}
		if len(same) != 1 {
			return nil
		}
		s, err := q.load(r, k, same[0].ID)
		switch {
		case err != nil:
			return err
		case resource.Active(&s.doc):
			if named {
				return taken(k)
			}
			return nil
		case named && !sameIdentity(&s.doc, d):
			return problem.New(http.StatusConflict, problem.Uniqueness,
				"The userName belongs to an inactive User with another externalId; rename or delete that one first")
		}
		old = &s
		// A POST always says whether the user is active.
		if s.entry.JSON == d.JSON {
			if s.insist, err = r.Overruled(s.entry.ID); err == nil {
				s.apart, err = r.Apart(s.entry.ID)
			}
		}
		return err
	})
	return old, err
}

// sameIdentity reports whether nothing speaks against both being one person.
func sameIdentity(was *value.Value, d *Draft) bool {
	id := was.Get("externalId")
	return id == nil || d.Keys.ExternalID == "" || id.Text() == d.Keys.ExternalID
}

// same reports whether a draft is what is stored.
func (old *stored) same(d *Draft) bool {
	return old.entry.JSON == d.JSON && len(d.Put) == 0 && len(d.Remove) == 0
}

// replaceWith writes a draft over a resource, unless it is the same.
func (q *request) replaceWith(k Kind, old *stored, d Draft) (Entry, error) {
	if !old.insist && !old.apart && old.same(&d) {
		old.entry.Seq = 0
		q.did(k, &old.entry, d.Doc, Unchanged)
		return old.entry, nil
	}
	e, err := q.access.Directory.Replace(q.Context(), k, old.entry.ID, old.entry.Revision, d)
	switch {
	case errors.Is(err, ErrTaken):
		return e, taken(k)
	case err != nil:
		return e, err
	}
	act := Updated
	if was := resource.Active(&old.doc); k == Users && (was != d.Active || old.insist) {
		act = Deactivated
		if d.Active {
			act = Reactivated
		}
	}
	q.did(k, &e, d.Doc, act)
	return e, nil
}

func replaceResource(q *request) (reply, error) {
	return q.withBody(func(body *value.Value) (reply, error) {
		w, err := q.replace(q.kind(), q.id(), body)
		if err != nil {
			return reply{}, err
		}
		return q.written(w, http.StatusOK)
	})
}

// replace is PUT.
func (q *request) replace(k Kind, id string, body *value.Value) (written, error) {
	return q.change(k, id, func(r Reader, old *stored) (*value.Value, *resource.Change, error) {
		in, err := resource.Read(body, q.types.Of(k))
		if err != nil {
			return nil, nil, err
		}
		var c resource.Change
		if keeps := in.Keep(&old.doc); !keeps {
			c.Replace(in.Members)
		}
		return &in.Doc, &c, nil
	})
}

func patchResource(q *request) (reply, error) {
	return q.withBody(func(body *value.Value) (reply, error) {
		w, err := q.patch(q.kind(), q.id(), body)
		if err != nil {
			return reply{}, err
		}
		if w.quiet || q.asksNothing(w.kind) {
			return reply{status: http.StatusNoContent, etag: etag(w.entry.Revision), location: q.location(w.kind, w.entry.ID)}, nil
		}
		return q.written(w, http.StatusOK)
	})
}

// asksNothing reports whether a PATCH is answered with 204 because nobody is
// waiting for the resource: neither Accept nor Content-Type speaks of SCIM,
// Accept not even of JSON, and what is changed is a Group, or the client has
// the habits of Entra. Microsoft has it so.
func (q *request) asksNothing(k Kind) bool {
	accept := strings.ToLower(strings.Join(q.Header.Values("Accept"), ","))
	sent := strings.ToLower(q.Header.Get("Content-Type"))
	return !strings.Contains(accept, "json") && !strings.Contains(sent, "scim+json") &&
		len(q.params.attributes)+len(q.params.excluded) == 0 && (k == Groups || q.facts.Provider == Entra)
}

// patch is PATCH.
func (q *request) patch(k Kind, id string, body *value.Value) (written, error) {
	ops, err := resource.ReadPatch(body)
	if err != nil {
		return written{}, err
	}
	w, err := q.change(k, id, func(r Reader, old *stored) (*value.Value, *resource.Change, error) {
		doc := old.doc.Clone()
		c, err := resource.Patch(&doc, q.types.Of(k), ops, func() (all []resource.Member, err error) {
			for m, err := range r.Members(id) {
				if err != nil {
					return nil, err
				}
				all = append(all, resource.Member{ID: strings.Clone(m.ID), Type: strings.Clone(m.Type), Display: strings.Clone(m.Display), Group: m.Group})
			}
			return all, nil
		})
		return &doc, c, err
	})
	if err != nil || k == Users || len(q.params.attributes) > 0 || !q.projection(k).Wants("members") {
		return w, err
	}
	err = q.access.Directory.View(q.Context(), func(r Reader) error {
		n := 0
		for _, err := range r.Members(id) {
			if n++; err != nil || n > quietMembers {
				w.quiet = true
				return err
			}
		}
		return nil
	})
	return w, err
}

// edit makes something else of a stored resource.
type edit func(Reader, *stored) (*value.Value, *resource.Change, error)

// change reads a resource, makes something else of it, and writes that if it
// is another; from the beginning if the resource has changed meanwhile.
func (q *request) change(k Kind, id string, make edit) (w written, err error) {
	w.kind = k
	err = retry(func() error {
		var old stored
		var d Draft
		err := q.access.Directory.View(q.Context(), func(r Reader) (err error) {
			if old, err = q.load(r, k, id); err != nil {
				return err
			}
			doc, members, err := make(r, &old)
			if err != nil {
				return err
			}
			if d, err = q.draft(k, doc); err != nil {
				return err
			}
			if err = settle(r, id, members, &d); err == nil && k == Users && old.same(&d) {
				if old.insist, err = insists(r, old, make); err == nil {
					old.apart, err = r.Apart(id)
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		w.related = old.related
		w.entry, err = q.replaceWith(k, &old, d)
		return err
	})
	return w, err
}

// insists reports whether an edit that changes nothing says again whether a
// User is active, and somebody at the list had overruled that. It does say so
// if it undoes the opposite.
func insists(r Reader, old stored, make edit) (bool, error) {
	overruled, err := r.Overruled(old.entry.ID)
	if err != nil || !overruled {
		return false, err
	}
	active := resource.Active(&old.doc)
	old.doc = old.doc.Clone()
	old.doc.Set("active", value.Flag(!active))
	doc, _, err := make(r, &old)
	return err == nil && resource.Active(doc) == active, err
}

// written answers with a resource after a write. A Group's members are read
// anew.
func (q *request) written(w written, status int) (out reply, err error) {
	out = reply{status: status, etag: etag(w.entry.Revision), location: q.location(w.kind, w.entry.ID)}
	b := make([]byte, 0, len(w.entry.JSON)+len(w.related)+512)
	p := q.projection(w.kind)
	if w.kind == Users {
		out.body, err = q.cut(b, w.kind, &w.entry, w.related, p)
		return out, err
	}
	err = q.access.Directory.View(q.Context(), func(r Reader) error {
		out.body, err = q.render(b, r, w.kind, &w.entry, p)
		return err
	})
	return out, err
}

func deleteResource(q *request) (reply, error) {
	return reply{status: http.StatusNoContent}, q.remove(q.kind(), q.id())
}

// remove is DELETE.
func (q *request) remove(k Kind, id string) error {
	return retry(func() error {
		revision := uint64(0)
		if len(q.Header.Values("If-Match"))+len(q.Header.Values("If-None-Match")) > 0 {
			err := q.access.Directory.View(q.Context(), func(r Reader) error {
				e, err := r.Get(k, id)
				if err != nil {
					return err
				}
				revision = e.Revision
				return q.precondition(revision)
			})
			if err != nil {
				return err
			}
		}
		was, err := q.access.Directory.Delete(q.Context(), k, id, revision)
		if err == nil {
			q.did(k, &was, nil, Deleted)
		}
		return err
	})
}
