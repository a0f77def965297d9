package remote

import (
	"context"
	"errors"
	"net"
	"os"
	"time"
)

// ErrNobody is that no process serves a store's control socket.
var ErrNobody = errors.New("no process serves the control socket")

// peer is the process at the other end of a socket, as the kernel knows it.
type peer struct{ uid, pid int }

// allowed reports whether a peer may be talked to: it is the same user.
func (p peer) allowed(uid int) bool { return p.uid == uid }

// Listen opens the control socket of the store at path, which is in its real
// form (absolute, without links). Only the process that holds the store's lock
// may call it: a socket that is found there is then nobody's, and is removed.
//
// The socket is beside the store, as muster.db.sock; where that name is too
// long for a socket, or the folder takes none, it has a name made of the path's
// hash in a private folder under XDG_RUNTIME_DIR or, without that, the
// temporary folder. It is open to its owner only (0600), and whoever connects
// is let in only if the kernel says that it is the same user: so the folder
// need not be private, and the moment before the mode is set does no harm.
// Closing the listener removes the socket.
func Listen(ctx context.Context, store string) (net.Listener, error) {
	var errs []error
	for _, place := range places(store, os.Getenv("XDG_RUNTIME_DIR"), os.TempDir()) {
		l, err := listenAt(ctx, place)
		if err == nil {
			return l, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// Dial connects to the process that holds the store at path, which is in its
// real form. The error is ErrNobody if none serves its control socket, a Busy
// fault if one does but does not answer, or a Denied fault if it is another
// user's.
func Dial(ctx context.Context, store string) (*Client, error) {
	return dialWithin(ctx, store, handshake)
}

// dialWithin is Dial, for which the other process has so long to answer.
func dialWithin(ctx context.Context, store string, patience time.Duration) (*Client, error) {
	for _, place := range places(store, os.Getenv("XDG_RUNTIME_DIR"), os.TempDir()) {
		client, err := dialAt(ctx, place.path, patience)
		switch {
		case err == nil:
			return client, nil
		case !errors.Is(err, ErrNobody):
			return nil, err
		}
	}
	return nil, ErrNobody
}
