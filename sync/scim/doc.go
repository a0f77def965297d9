// Package scim is the SCIM 2.0 service provider (RFC 7643, 7644, 9865): identity
// providers push a list's users and groups to it.
//
// This package is the protocol over HTTP: endpoints, tokens, paging, bulk,
// limits, and the answers. What a resource is and how it changes is said in
// sync/scim/resource; what is found, in sync/scim/filter. The lists themselves
// are behind the interfaces Host and Directory. Data flows one way:
//
//	request → value (JSON) → resource (canonical form) → Directory → answer
//
// # What a provider may expect
//
// A POST whose userName belongs to an active user is refused with 409. If it
// belongs to an inactive one, that user is revived under its id, and so is the
// one inactive user with the same externalId; but where both have an externalId
// and they differ, the userName has been given to somebody else, who must not
// inherit the old one's identity: 409. An externalId alone never causes a 409:
// RFC 7643 section 3.1 leaves its uniqueness to the client. A deleted resource
// is gone for every request, and does not stand in the way of a new one.
//
// A PUT without active, externalId or members leaves those as they are. What
// changes nothing is answered with 200 and changes no version. PATCH is
// answered with 200 and the resource, but with 204 if a Group has more than a
// thousand members, or if the client shows that it waits for nothing: it sends
// plain JSON, names none in Accept, and changes a Group or has Entra's habits.
//
// A User's groups follow from the Groups and do not change its version.
//
// Whoever is active at the list against what the User says, because somebody
// decided so by hand, stays so until the provider speaks of active again: saying
// what it had said already is then a write like any other.
//
// ServiceProviderConfig tells of paging (RFC 9865) when it is asked to, by
// ?attributes=pagination. The RFC would have it told always, but clients refuse
// a configuration with an attribute that they do not know, among them the public
// test suite scim2-tester by way of scim2-models, and then go no further.
//
// Attributes that no schema describes are kept and returned, but cannot be
// filtered by: a mistyped filter must not look like an empty list.
package scim
