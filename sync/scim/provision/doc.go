// Package provision puts the lists behind the SCIM service: it is a scim.Host
// over core.Engine, and tells the engine what SCIM is (core.SourceKind).
//
// # What an attribute is called
//
// The name of an attribute, as a mapping has it, is a path of SCIM:
//
//	name.givenName
//	emails[type eq "work"].value
//	emails[primary eq true].value
//	addresses[type eq "work"].locality
//	urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department
//	urn:ietf:params:scim:schemas:extension:cards:2.0:User:badge
//
// in any case. Of several values that fit, the primary one counts, else the
// first. The work e-mail address is the one of type work, else the primary one,
// else the first: many providers send one address and do not say what it is
// for. So it is with the work telephone number, except that a fax or a pager is
// never taken for it. An address without a type is taken for the work address.
//
// An extension that only one organisation has needs no more than a mapping of
// one of its attributes: it is described by /Schemas from then on, can be
// filtered by, and its values have been kept all along.
//
// groups is the one attribute that is no path: the names of the groups that the
// person belongs to, in alphabetical order, as "Library, Staff".
//
// # What a resource says
//
// SCIM knows no difference between null, an empty list and nothing (RFC 7643
// section 2.5), and a resource is always whole. So what is not in it is null,
// and a cell is never absent.
//
// # What the log is told
//
// Host.Note never waits. What is noted is written by Run, at once after a quiet
// moment and else four times a second: every write and every refusal, and of
// what only read, or came without a good token, a few each time; those have no
// end and change nothing. If writes come faster than they can be logged, the
// program's own log says how many were missed. The changes themselves are in the
// journal, always.
package provision
