package scim

import (
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"time"

	"muster/sync/scim/filter"
	"muster/sync/scim/resource"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// Kind tells Users from Groups.
type Kind uint8

// The kinds of resources.
const (
	Users Kind = iota
	Groups
)

// String returns the name of the kind's endpoint.
func (k Kind) String() string { return [...]string{"Users", "Groups"}[k] }

// What a Directory refuses with.
var (
	// ErrDenied: the token is wrong, revoked, expired or of another list, there
	// is no such list, or it was disconnected meanwhile. Nobody is told which.
	ErrDenied = errors.New("the token does not open this list")
	// ErrNotFound: there is no such resource, or it was deleted.
	ErrNotFound = errors.New("there is no such resource")
	// ErrStale: the resource has another revision than was expected.
	ErrStale = errors.New("the resource was changed meanwhile")
	// ErrTaken: another live resource of the kind has the userName or, of
	// Groups, the displayName.
	ErrTaken = errors.New("the name is taken")
)

// Host is who has the lists.
type Host interface {
	// Enter opens a list to a caller, or returns ErrDenied. The token is given
	// as its hash, and so compared without telling anything by the time it
	// takes. It is called once a request and should be quick.
	Enter(ctx context.Context, c Caller) (Access, error)
	// Note is told what became of a request, refused ones too, once it is
	// answered. It must not block.
	Note(f Facts)
}

// Caller is who asks.
type Caller struct {
	List      string            // the slug in the path
	Token     [sha256.Size]byte // the SHA-256 of the bearer token
	RequestID string
	Provider  Provider
	Agent     string // the User-Agent
	Remote    string // the address, without port
}

// Access is what a caller was given.
type Access struct {
	Directory Directory
	// Token is what the log calls the caller's token.
	Token string
}

// Directory is one list's users and groups, in the name of one caller. It keeps
// resources whole and finds them by their keys; the rules of SCIM are not its
// business, except that names are unique, revisions checked and deleted
// resources out of everybody's sight, each in the transaction that writes.
type Directory interface {
	// Types are the types of this list's resources. They are made once, not for
	// each request.
	Types() *Types
	// View runs fn on one moment. What the Reader lends is good until fn
	// returns.
	View(ctx context.Context, fn func(Reader) error) error
	// Create stores a new resource under an id of its own, which sorts after
	// all others of the kind, and returns it once it is on disk. ErrTaken, also
	// for an externalId if the draft is Unknown.
	Create(ctx context.Context, k Kind, d Draft) (Entry, error)
	// Replace stores the next revision of a resource and returns it once it is
	// on disk. A draft equal to what is stored is a provider who insists (see
	// Reader.Overruled), or says again what the list has otherwise (see
	// Reader.Apart). ErrNotFound, ErrStale, ErrTaken.
	Replace(ctx context.Context, k Kind, id string, revision uint64, d Draft) (Entry, error)
	// Delete makes the resource be no more and returns what it was, once that is
	// on disk. It belongs to no Group any more; those Groups get a new revision.
	// With revision 0 any will do. ErrNotFound, ErrStale.
	Delete(ctx context.Context, k Kind, id string, revision uint64) (Entry, error)
}

// Reader reads one moment of a directory. Deleted resources are nowhere in it.
type Reader interface {
	// Get returns a resource, or ErrNotFound.
	Get(k Kind, id string) (Entry, error)
	// Find returns those that have the value under the key, in the order of
	// Scan. The key is ByUserName, ByExternalID, ByEmail or ByDisplayName.
	Find(k Kind, key filter.Key, text string) ([]Entry, error)
	// Count is how many there are.
	Count(k Kind) (int, error)
	// Scan returns the resources in the order of their ids, beginning after the
	// id after (or with the first, if that is empty; it need not exist) and
	// then passing over skip of them, which takes no time to speak of.
	Scan(k Kind, after string, skip int) iter.Seq2[Entry, error]
	// Member returns one member of a Group; ok is false if it is none.
	Member(group, id string) (m resource.Member, ok bool, err error)
	// Members returns a Group's members, in an order that stays.
	Members(group string) iter.Seq2[resource.Member, error]
	// GroupsOf returns the Groups of which id is a member, in the order of Scan.
	GroupsOf(id string) ([]GroupRef, error)
	// Overruled reports whether somebody at the list decided that the person of
	// this User is active, or is not, against what the User says. It stays so
	// until the provider speaks of that again.
	Overruled(id string) (bool, error)
	// Apart reports whether the list has the person of this User otherwise than
	// the User says, though nobody decided that. To Replace the User by itself
	// has the list follow it again.
	Apart(id string) (bool, error)
}

// GroupRef names a Group.
type GroupRef struct {
	ID      string
	Display string // its displayName
}

// Entry is a resource as a directory keeps it.
type Entry struct {
	ID       string // opaque
	Revision uint64 // from 1, greater after each write
	Created  time.Time
	Modified time.Time
	// JSON is what Draft.JSON was. A Reader lends it until the View ends; what
	// a write returns is the caller's.
	JSON string
	// Seq is the version that the list's people got by the write that returned
	// this, 0 if it changed none of them.
	Seq uint64
}

// Draft is a resource to be written.
type Draft struct {
	// JSON is the canonical form (see package resource), which has neither id
	// nor meta, nor a User's groups or a Group's members. The directory keeps
	// it as it is.
	JSON string
	// Doc is the same, parsed.
	Doc *value.Value
	// Keys are what Find must find it by.
	Keys resource.Keys
	// Active: only a User that says so is not.
	Active bool
	// Provider is who seems to say so, told by the body, too.
	Provider Provider
	// Unknown: a new User, if no other has the externalId either.
	Unknown bool
	// Put become members of the Group, or are described anew; Remove are
	// members and shall be no more.
	Put    []resource.Member
	Remove []string
}

// NameOf is what people call a resource: its userName or displayName.
func NameOf(k Kind, doc *value.Value) string {
	if name := doc.Get([...]string{Users: "userName", Groups: "displayName"}[k]); name != nil {
		return name.Text()
	}
	return ""
}

// Types are the types of a list's resources.
type Types struct{ user, group schema.Resource }

// NewTypes returns the types of a list with extensions of its own to the User.
func NewTypes(extensions ...schema.Schema) *Types {
	return &Types{user: schema.User(extensions...), group: schema.Group()}
}

// Of returns the type of a kind.
func (t *Types) Of(k Kind) *schema.Resource {
	if k == Groups {
		return &t.group
	}
	return &t.user
}
