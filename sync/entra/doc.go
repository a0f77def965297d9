// Package entra reads people from Microsoft Entra ID by Microsoft Graph v1.0.
//
// # What is read, and how
//
// A full reading takes the links to what is new first (users/delta and
// groups/delta with $deltatoken=latest), reads everybody, and then follows the
// links: whatever happened meanwhile is told again, and telling it twice does no
// harm. A list about the whole directory reads /users; one about groups reads
// the direct members of each group and of every group within, because
// transitiveMembers has no delta: who is in which group is kept in the notes of
// the reading, and closed over by web. Then what was read is counted, and
// compared with the directory's own count; when the two differ, everything is
// looked at once more, and after that the engine is told of both.
//
// A reading of what is new follows the links: the groups' first, which tell ids
// only, so whoever joined is fetched in batches of twenty; then the users',
// which tell of the whole directory, and of which the people in no group of the
// scope are passed over. It asks a handful of requests however many people there
// are, and its work grows with what changed.
//
// People leave for a reason: the groups that they were in, by the groups' links;
// soft-deleted and deleted, by the users' (the groups' "deleted" means either).
// Disabled accounts, guests, rooms and whom a filter keeps out are the engine's
// to judge (see Kind.Rules). Who could be restored is asked for in a full
// reading, because members may be listed after they were deleted, and a return
// is not told by the groups. Who joined a group but is not to be found yet stays
// noted, and is looked for again.
//
// A page is staged when it was read, with the place at which to go on, and
// nothing else of the reading is kept in memory but which groups are in which.
// A request whose connection breaks, in the middle of its body too, is asked
// again; a reading that was cut off goes on at its last page. When a link is
// worth nothing any more (410, syncStateNotFound), Read says ErrReadAnew.
//
// # The SDK, and what is done without it
//
// Signing in is azidentity's, but for a code that somebody types: there the
// refresh token has to outlive the process (see deviceCredential). Requests are
// made by msgraph-sdk-go's builders of users and groups over msgraph-sdk-go-core
// and kiota, and sent by kiota's HTTP transport.
//
// Their answers are read in package answer, from the body to the cells of records: the SDK's
// models are made of a tree of parse nodes and some sixty pointers a user.
// For a page of 999 people, all that the catalogue has of each, BenchmarkPage
// measured 10 µs a person here, 61 µs by encoding/json into maps, and 840 µs and
// 1,180 allocations by the SDK: of 100,000 people that alone is 84 seconds.
//
// Requests are repeated here as well, because the SDK's retry middleware waits
// without telling anybody, cannot be stopped by its caller's clock, and ends
// where the header of an answer has come: a page that breaks off in its body
// would be lost.
//
// What the SDK costs, measured with Go 1.26 on two cores as a program of its own
// that signs in and asks for users/delta: 10.0 MB with azidentity alone, 11.0 MB
// with msgraph-sdk-go-core and kiota, 14.4 MB with the builders of users and
// groups; each starts in 4 to 5 ms, a millisecond more than net/http alone. The
// builders cost a cold build 80 seconds and 4.5 GB of memory once, because their
// package has Graph's every model below it.
package entra
