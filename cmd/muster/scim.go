package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"muster/cmd/config"
	"muster/core"
	"muster/core/fault"
	"muster/sync/scim"
	"muster/sync/scim/provision"
)

// scimFlags are how identity providers reach this process.
type scimFlags struct {
	listen, publicURL string
	cert, key         string
	proxies           []string
}

func (f *scimFlags) add(set *pflag.FlagSet) {
	config.Add(set, config.SCIMListen, &f.listen)
	config.Add(set, config.PublicURL, &f.publicURL)
	config.Add(set, config.SCIMCert, &f.cert)
	config.Add(set, config.SCIMKey, &f.key)
	config.Add(set, config.Proxies, &f.proxies)
}

// scimConnections bounds the connections of providers; further ones wait.
const scimConnections = 512

// scimHost answers for the lists of an engine, while Run runs.
type scimHost interface {
	scim.Host
	Run(ctx context.Context)
}

// startSCIM starts the service for identity providers, or does not if it is
// off. The error is of wrong flags, or a Busy fault if the address is taken.
func (v *env) startSCIM(ctx context.Context, h *holder, f *scimFlags) error {
	if f.publicURL != "" {
		if err := h.engine.PutSetting(ctx, v.actor, core.SettingPublicURL, f.publicURL); err != nil {
			return usageError{err}
		}
	}
	if f.listen == "off" {
		return nil
	}
	s, err := newSCIM(counting{provision.New(h.engine, h.log), &h.requests}, h.engine, f, h.log)
	if err != nil {
		return err
	}
	l, err := s.listen(ctx, f.listen)
	if err != nil {
		return err
	}
	h.scim = s
	h.log.Info("SCIM", "listen", l.Addr().String())
	h.services.start(ctx, "scim", func(ctx context.Context) error {
		err := s.serve(ctx, l)
		if err != nil {
			h.log.Error("SCIM has stopped", "error", err)
		}
		return err
	})
	return nil
}

// scimServer serves identity providers.
type scimServer struct {
	host  scimHost
	http  *http.Server
	local string // where it can be reached on this machine
}

func newSCIM(host scimHost, e *core.Engine, f *scimFlags, log *slog.Logger) (*scimServer, error) {
	o := scim.Options{Log: log, PublicURL: func() string {
		// Without an answer the request tells.
		public, _ := e.Setting(context.Background(), core.SettingPublicURL)
		return public
	}}
	for _, text := range f.proxies {
		proxy, err := netip.ParsePrefix(text)
		if one, bad := netip.ParseAddr(text); bad == nil {
			proxy, err = one.Prefix(one.BitLen())
		}
		if err != nil {
			return nil, usagef("--trusted-proxy takes addresses like 10.0.0.0/8, not %q", text)
		}
		o.Proxies = append(o.Proxies, proxy)
	}
	s := &scimServer{host: host, http: scim.NewServer(scim.New(host, o), log)}
	switch {
	case (f.cert == "") != (f.key == ""):
		return nil, usagef("--scim-cert and --scim-key go together")
	case f.cert != "":
		pair, err := openPair(f.cert, f.key, log, time.Now)
		if err != nil {
			return nil, err
		}
		s.http.TLSConfig = &tls.Config{GetCertificate: pair.get, MinVersion: tls.VersionTLS12}
	}
	return s, nil
}

func (s *scimServer) listen(ctx context.Context, at string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", at)
	if err != nil {
		var why error = err
		if op := new(net.OpError); errors.As(err, &op) {
			why = op.Err
		}
		return nil, fault.Wrap(err, fault.Busy, "SCIM is off: %s cannot be listened on (%v); --scim-listen names another address", at, why)
	}
	scheme := "http://"
	if s.http.TLSConfig != nil {
		scheme = "https://"
	}
	here := l.Addr().(*net.TCPAddr).AddrPort()
	if here.Addr().Unmap().IsUnspecified() {
		here = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), here.Port())
	}
	s.local = scheme + here.String()
	return scim.Limit(l, scimConnections), nil
}

// serve answers until ctx ends, and then lets requests finish. The host runs
// until the last one is answered.
func (s *scimServer) serve(ctx context.Context, l net.Listener) error {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	var host sync.WaitGroup
	host.Go(func() { s.host.Run(running) })
	defer func() { stop(); host.Wait() }()
	ended := make(chan error, 1)
	go func() {
		if s.http.TLSConfig != nil {
			ended <- s.http.ServeTLS(l, "", "")
		} else {
			ended <- s.http.Serve(l)
		}
	}()
	select {
	case err := <-ended:
		return fault.Wrap(err, fault.Internal, "SCIM has stopped: %v", err)
	case <-ctx.Done():
	}
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := s.http.Shutdown(finish)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	if last := <-ended; !errors.Is(last, http.ErrServerClosed) {
		err = errors.Join(err, last)
	}
	return err
}
