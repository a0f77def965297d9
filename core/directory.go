package core

import (
	"context"
	"errors"
	"slices"
	"time"

	"muster/core/mapping"
	"muster/core/scope"
)

// A directory is a source that is asked, in a sync, rather than one that pushes.
// Its package (sync/entra, …) knows how it is spoken to; what it says is staged
// in the store page by page, and the engine makes a changeset of it (sync.go).

// DirectoryKind is a kind of source that is read. It is safe for concurrent use.
type DirectoryKind interface {
	SourceKind
	// Options are what a connection needs to be told, in the order in which it is
	// asked.
	Options() []ConnectOption
	// Rules are those that it offers for a scope, the usual ones first; each has
	// a Name. Usual are the names of those that a new scope has.
	Rules() (rules []scope.Rule, usual []string)
	// Names are the attributes by which people may be named in a scope's
	// exclusions, and by the first of them in messages.
	Names() []string
	// Dial makes a directory of what the options were answered. It asks nothing of
	// the network. The error is an Invalid fault of answers that cannot be meant.
	Dial(with ConnectAnswers, host DirectoryHost) (Directory, error)
}

// ConnectOption is one thing that a connection needs to be told.
type ConnectOption struct {
	Key      string // names it in commands and in ConnectAnswers
	Label    string
	Help     string // a sentence without full stop
	Example  string
	Secret   bool // it is never shown again, and kept sealed
	File     bool // what is kept is the text of a file, as of a certificate with its key
	Optional bool
	// Choices are the values it may have, the first by default; none for any text.
	Choices []ConnectChoice
	// When names another option, which comes before; this one is asked only where
	// that has one of the values Is. Empty for always. A key may have several
	// options, at most one of which is asked.
	When string
	Is   []string
}

// Asked reports whether one of all options is asked, given the answers to those
// that decide it; one with choices that has no answer has the first.
func (o *ConnectOption) Asked(all []ConnectOption, plain map[string]string) bool {
	if o.When == "" {
		return true
	}
	answer := plain[o.When]
	if i := slices.IndexFunc(all, func(other ConnectOption) bool { return other.Key == o.When }); answer == "" && i >= 0 && len(all[i].Choices) > 0 {
		answer = all[i].Choices[0].Key
	}
	return slices.Contains(o.Is, answer)
}

// ConnectChoice is a value that an option may have.
type ConnectChoice struct {
	Key, Label string
	About      string // what speaks for it, and what against, as sentences; may be empty
}

// ConnectAnswers are what the options were answered, by key. The engine keeps
// Plain as it is and shows it, and seals Secrets.
type ConnectAnswers struct {
	Plain   map[string]string
	Secrets map[string]string
}

// Get returns the answer to an option, secret or not.
func (a ConnectAnswers) Get(key string) string {
	if text, ok := a.Secrets[key]; ok {
		return text
	}
	return a.Plain[key]
}

// DirectoryHost is what a directory may ask of who opens it.
type DirectoryHost struct {
	// Show shows a code that somebody has to type at a page. It is nil where
	// nobody is there: what needs somebody then fails with a Denied fault that
	// says to connect again.
	Show func(SignIn)
	// Keep replaces secrets, as a refresh token that was used up. Never nil.
	Keep func(ctx context.Context, secrets map[string]string) error
	// Now is the time. Never nil.
	Now Clock
}

// SignIn is a code that has to be typed at a page, by whoever signs in.
type SignIn struct {
	Page, Code string
	Until      time.Time
	// Over is closed when nobody waits for the code any more: it was typed, was
	// declined or ran out, or whoever asked has stopped.
	Over <-chan struct{}
}

// Directory is an open connection. It is safe for concurrent use. Errors are
// faults whose sentence says what happened, why, and what to do about it: Denied
// for what the directory does not let it do, Busy for what may pass by itself.
type Directory interface {
	// Test signs in, and says what the connection can see. The error says that
	// it sees nothing.
	Test(ctx context.Context, attributes []string) (DirectoryTest, error)
	// Attributes are what may be mapped beyond the kind's own: what the
	// organisation itself has added.
	Attributes(ctx context.Context) ([]SourceAttribute, error)
	// Groups calls fn for the groups that a scope may have, a page at a time.
	Groups(ctx context.Context, fn func([]DirectoryGroup) error) error
	// Read reads everybody in the scope, or what is new since the last reading that
	// became current; see ReadOrder. It returns when the source has said that
	// nothing more follows; anything else is an error, ErrReadAnew among them.
	Read(ctx context.Context, order ReadOrder, sink ReadSink) (ReadReport, error)
	// Close lets go of connections. It is called once, after the last call.
	Close() error
}

// LeaveExplainer is a Directory that can say more of people whom a full reading
// does not name any more than that.
type LeaveExplainer interface {
	// WhyLeft says why, by their anchors. Those of whom it knows nothing better are
	// left out.
	WhyLeft(ctx context.Context, anchors []string) (map[string]mapping.Left, error)
}

// GroupCounter is a Directory that can say how many people are in groups.
type GroupCounter interface {
	// CountMembers says how many people are in groups and in the groups within them,
	// by ID. Those that cannot be counted are left out.
	CountMembers(ctx context.Context, groups []string) (map[string]int, error)
}

// DirectoryTest is what a connection can see.
type DirectoryTest struct {
	Name          string // of the organisation; empty if it may not be read
	Users, Groups int    // -1 for what cannot be counted
	Granted       []string
	Missing       []string // permissions that are needed and not granted
	Unreadable    []string // attributes that were asked about and cannot be read
	// Own are the attributes that the organisation itself has added, as far as
	// they may be listed.
	Own []SourceAttribute
	// Advice is what to ask the directory's administrator for, as sentences.
	Advice []string
}

// DirectoryGroup is a group that a scope may have.
type DirectoryGroup struct {
	ID, Name    string
	Description string
	Kind        string // as "Security, dynamic"; empty for what is not told
}

// ErrReadAnew says that what is new cannot be told any more, as after a token
// has expired: the engine has everybody read instead, and reviewed like any other
// changeset. A reading of everybody says so too, which needs to be told what
// happened meanwhile, or goes on with one that was cut off; it is begun again,
// once.
var ErrReadAnew = errors.New("what is new cannot be told any more")

// ReadOrder is what is to be read.
type ReadOrder struct {
	// Full asks for everybody. The notes start empty then. Without it the notes
	// are those of the last reading that became current, and only what is new
	// since is asked for.
	Full bool
	// Attributes are what is asked of each person: the cells of a Record, in that
	// order.
	Attributes []string
	// Groups are the ids of the scope's groups; none for the whole directory. They
	// are those of the last full reading, unless Full.
	Groups []string
	// Cursor is the last that an interrupted reading has staged: it goes on from
	// there. Empty at the beginning.
	Cursor string
}

// ReadSink takes what is read. It may be called by several goroutines, but pages
// are staged one after the other.
type ReadSink interface {
	// Page stages a page; when it returns that is on disk.
	Page(ctx context.Context, p ReadPage) error
	// Note returns what the reader noted under a key, in this reading or before.
	Note(ctx context.Context, key string) (value string, ok bool, err error)
	// Notes returns the notes whose keys start with prefix and come after a key,
	// in ascending order, at most so many.
	Notes(ctx context.Context, prefix, after string, most int) ([]Note, error)
	// Tell says how it goes, for whoever looks on. It is quick.
	Tell(t ReadTelling)
}

// ReadPage is what is staged at once: people, what the reader has to know later,
// and where it would go on.
//
// Records come in any order and as often as the source repeats them; of one
// person the last word on each attribute counts. In a full reading a Record is
// whole (what the source leaves out is Null); otherwise what is Absent stays as
// it is kept. Gone, with Left, says that somebody is in the scope's groups no
// more, or not in the directory; cells are then Absent. People who never were in
// the list may be told of: nothing comes of it. Line is not used.
type ReadPage struct {
	Records []mapping.Record
	Notes   []Note
	Cursor  string
}

// Note is what a reader keeps for later readings, as the links to what is new and
// who is a member of which group. Notes become current with the changeset of
// their reading.
type Note struct {
	Key, Value string
	Delete     bool
}

// ReadTelling is how a reading goes. Zeros say nothing new.
type ReadTelling struct {
	Doing     string    // as "Reading groups", "Reading people"
	Expected  int       // people, by the source's own count
	Requests  int       // so many more than were told before
	Throttled time.Time // nothing is asked before that time
	Why       string    // it waits: as "Microsoft is busy: waiting 20 s, as it asked"
}

// ReadReport is what a reading came to.
type ReadReport struct {
	// People is how many different people in the scope's groups a full reading
	// has staged, and Count how many the source itself says that there are; -1
	// where it does not tell.
	People, Count int
	// Vanished are groups of the scope that are in the directory no more, by name
	// or ID.
	Vanished []string
	// Unended says, as a sentence, how the paging ended otherwise than properly;
	// empty when it did not.
	Unended string
}
