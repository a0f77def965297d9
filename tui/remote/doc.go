// Package remote lets people and programs that are not in front of this
// process use it: it serves a terminal session or a command over SSH, and is
// the client of that on the same machine.
//
//	guest (a terminal, a pipe) ⇄ SSH session ⇄ Streams ⇄ Options.Run
//
// A session is a command line, run with streams of its own. One with a
// pseudo-terminal and without a command is the empty command line, which opens
// the screens; there is no second way in. What a command line does is the
// caller's business: this package knows neither store nor sources.
//
// # The control socket
//
// One process holds the store. Others reach it by a unix socket that belongs to
// the store (see Listen), on which the same SSH server runs. Both ends ask the
// kernel who is at the other one and talk to processes of the same user only,
// so SSH has nobody left to authenticate there: the host key is made for the
// life of the process, the client takes any, and no user key is asked for. SSH
// is spoken for its sessions: streams that are told apart and end by
// themselves, sizes, signals and exit statuses.
//
// A guest on the socket is the same user on the same machine, so it says more
// of itself than SSH has words for (the request caller@muster): the folder that
// relative file names start from, and which of its streams are terminals. Its
// command then runs as if the guest ran it itself: with streams kept apart and
// the terminal left in its own mode. Of its standard input only as much is sent
// as the command asks for (read@muster), because what a command leaves unread
// belongs to whoever reads next.
//
// # What a guest may do
//
// Everything a guest sends is bounded: sessions, the length of a command line,
// the environment (only names that say what its terminal and language are),
// sizes (package tui). There is no forwarding, no agent, no subsystem. Signals,
// and a channel or connection that goes away, cancel the command's context.
//
// What a command says goes by way of a spool: 1 MiB in memory, then, once the
// guest has been waited for for a second in all, on disk, 1 GiB for all guests. So
// one who takes it slowly, or not at all, does not keep the command at a moment of
// the store, or in the way of others, for more than a minute.
package remote
