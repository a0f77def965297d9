// Package graphtest stands in for Microsoft Entra ID and Microsoft Graph: an
// HTTP server with a directory of made-up people behind it, for the tests, the
// benchmarks and the demo. It answers what a client that reads people needs:
//
//	POST /{tenant}/oauth2/v2.0/token        by secret, certificate, device code or refresh token
//	POST /{tenant}/oauth2/v2.0/devicecode
//	GET  /metadata/identity/oauth2/token    of a virtual machine, for its identity
//	GET  /msi/token                         of an App Service, for the same
//	GET  /v1.0/users, users/{id}, users/{id}/memberOf/microsoft.graph.group,
//	     users/$count, users/delta
//	GET  /v1.0/groups, groups/{id}, groups/$count, groups/delta
//	GET  /v1.0/groups/{id}/members and transitiveMembers, with
//	     /microsoft.graph.user, /microsoft.graph.group and /$count
//	GET  /v1.0/directory/deletedItems/{id} and microsoft.graph.user, organization,
//	     applications(appId='…')/extensionProperties
//	POST /v1.0/directoryObjects/getAvailableExtensionProperties, $batch
//
// A Tenant is the directory. It changes by script: AddUser, Set, SoftDelete,
// Join and so on. A Server shows it to clients, with the permissions that it
// grants them, after a latency, and with faults: «the third page of users/delta
// breaks off in the middle» is
//
//	server.Plan(graphtest.Fault{On: graphtest.UsersDelta, Nth: 3, Do: graphtest.Cut()})
//
// It is written from Microsoft's documentation of Graph v1.0 (learn.microsoft.com/
// graph: delta-query-overview, -users and -groups, user-delta, group-delta,
// group-list-transitivemembers, json-batching, throttling, paging, errors;
// entra/identity-platform: v2-oauth2-client-creds-grant-flow,
// v2-oauth2-device-code, certificate-credentials; managed-identities-azure-
// resources: how-to-use-vm-token), and from what its users report: Quirks are the
// oddities that the documentation admits to or that it does not mention.
// Test fixtures of the documented shapes keep it honest. What it does not know
// it refuses with an error of Graph's shape, so that a client cannot come to
// rely on a stand-in that is kinder than what it stands for.
//
// People are computed when they are asked for, from core/madeup and the seed:
// a tenant of a million costs what was changed in it. The same seed and script
// give the same ids, pages and order. Everything is safe for concurrent use.
package graphtest
