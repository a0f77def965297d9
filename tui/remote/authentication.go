package remote

import (
	"errors"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"muster/core"
	"muster/core/fault"
	"muster/core/key"
)

// provenKey is the permission that holds the fingerprint of the key a guest has
// proven to hold.
const provenKey = "key@muster"

// maxTries is how many keys a client may offer; an agent often has several.
const maxTries = 10

var errUnknownKey = errors.New("the key is nobody's")

// authentication lets in who proves to hold the private half of a known key, by
// that and nothing else. A client first offers keys, to learn which of them it
// is worth to sign with, and may offer somebody else's: that a key was offered
// says nothing of who is there. So who it is is taken from the key whose
// signature was checked, which only then gets into the connection's permissions.
func (s *Server) authentication(ctx ssh.Context) *gossh.ServerConfig {
	return &gossh.ServerConfig{
		MaxAuthTries: maxTries,
		PublicKeyCallback: func(_ gossh.ConnMetadata, offered gossh.PublicKey) (*gossh.Permissions, error) {
			if _, ok := s.options.Known(key.Fingerprint(offered)); !ok {
				return nil, errUnknownKey
			}
			return new(gossh.Permissions), nil
		},
		VerifiedPublicKeyCallback: func(_ gossh.ConnMetadata, proven gossh.PublicKey, _ *gossh.Permissions, _ string) (*gossh.Permissions, error) {
			print := key.Fingerprint(proven)
			if _, ok := s.options.Known(print); !ok {
				return nil, errUnknownKey
			}
			s.porch.proven(ctx)
			return &gossh.Permissions{Extensions: map[string]string{provenKey: print}}, nil
		},
	}
}

// who is at the other end of a session, and from which address.
func (s *Server) who(g *gate) (actor core.Actor, from string, err error) {
	if s.options.local() {
		return s.options.Actor, "", nil
	}
	actor, ok := s.options.Known(g.conn.Permissions.Extensions[provenKey])
	if !ok {
		return actor, "", fault.New(fault.Denied, "That key is no administrator's any more")
	}
	return actor, g.conn.RemoteAddr().String(), nil
}
