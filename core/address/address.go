// Package address is about the address under which an identity provider sees
// this Muster: the base URL of a list, what would keep a provider in the cloud
// from reaching it, and what to do about that.
package address

import (
	"cmp"
	"net/netip"
	"net/url"
	"strings"

	"muster/core/fault"
)

// Setting is the name of the stored setting that has Address.Public.
const Setting = "public_url"

// Default is where SCIM is served unless something else was asked for. No
// other machine can reach it.
const Default = "http://127.0.0.1:8642"

// Address is where SCIM can be reached.
type Address struct {
	// Public is the address that providers use, as
	// https://roster.example.org; empty while nobody has said it.
	Public string
	// Local is where it is served on this machine; empty when this process
	// does not serve it.
	Local string
}

// Base returns the base URL of a list: what is pasted into a provider. It ends
// without a slash.
func (a Address) Base(slug string) string {
	return strings.TrimRight(cmp.Or(a.Public, a.Local, Default), "/") + "/scim/v2/" + slug
}

// Unreachable says, as a sentence without a full stop, why a provider in the
// cloud cannot use the base URL; empty when nothing is known to keep it away.
func (a Address) Unreachable() string {
	host, secure := split(cmp.Or(a.Public, a.Local, Default))
	switch {
	case onlyHere(host):
		return "A provider in the cloud cannot reach " + host + ", which is this machine's own name for itself"
	case inside(host):
		return "A provider in the cloud cannot reach " + host + ", which is an address inside your network"
	case !secure:
		return "A provider in the cloud sends no token over http; it wants https and a certificate that is publicly trusted"
	case strings.Contains(host, "_"):
		return "Okta accepts no address with an underscore, as in " + host
	}
	return ""
}

// Remedies are the ways out when Unreachable says something, each a sentence.
func (a Address) Remedies() []string {
	local := cmp.Or(a.Local, Default)
	return []string{
		"A tunnel: let cloudflared, Tailscale Funnel or ngrok lead a public https address to " + local + "; the quickest to try",
		"A reverse proxy: let nginx, Caddy or the like, which has the certificate, pass /scim/ on to " + local,
		"TLS here: muster serve --scim-listen 0.0.0.0:443 --scim-cert FILE --scim-key FILE, where the internet reaches this machine",
	}
}

// Parse reads a public address that somebody typed; the error is an Invalid
// fault. What a base URL ends with is taken off, so that one can be pasted.
func Parse(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text != "" && !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	switch {
	case text == "":
		return "", fault.New(fault.Invalid, "Say an address, as https://roster.example.org")
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", fault.New(fault.Invalid, "%q is not an address; it looks like https://roster.example.org", text)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", fault.New(fault.Invalid, "An address has no name, password, ? or # in it; it looks like https://roster.example.org")
	}
	path, _, _ := strings.Cut(u.EscapedPath(), "/scim/v2")
	return u.Scheme + "://" + u.Host + strings.TrimRight(path, "/"), nil
}

func split(text string) (host string, secure bool) {
	u, err := url.Parse(text)
	if err != nil {
		return text, false
	}
	return u.Hostname(), u.Scheme == "https"
}

// onlyHere reports whether a host means the machine that says it.
func onlyHere(host string) bool {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host == "localhost" || strings.HasSuffix(host, ".localhost")
	}
	return ip.IsLoopback() || ip.IsUnspecified()
}

// inside reports whether a host means something only in its own network.
func inside(host string) bool {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return !strings.Contains(host, ".") || strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".internal")
	}
	return ip.IsPrivate() || ip.IsLinkLocalUnicast()
}
