package entra

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"muster/core"
	"muster/core/fault"
)

// The keys of what a connection is told.
const (
	optTenant      = "tenant"
	optClient      = "client"
	optAuth        = "auth"
	optSecret      = "secret"
	optCertificate = "certificate"
	optPassword    = "certificate-password"
	optCloud       = "cloud"
	optBaseURL     = "base-url"
	// keyRefresh is no option: the refresh token that a sign-in by code leaves.
	keyRefresh = "refresh-token"
)

// The ways to sign in.
const (
	bySecret      = "secret"
	byCertificate = "certificate"
	byDevice      = "device-code"
	byManaged     = "managed-identity"
)

// Options are what a connection needs to be told. Whose managed identity signs
// in, the machine knows: it needs no tenant.
func (*Kind) Options() []core.ConnectOption {
	application := []string{bySecret, byCertificate, byDevice}
	return []core.ConnectOption{
		{Key: optAuth, Label: "Sign in with", Choices: []core.ConnectChoice{
			{Key: bySecret, Label: "a client secret", About: "The simplest. It runs out, after two years at most; then a new one is given here."},
			{Key: byCertificate, Label: "a certificate", About: "The safest that works everywhere. It runs out on the day that it says; give the next one before."},
			{Key: byDevice, Label: "a code, typed at Microsoft's page", About: "Muster acts for whoever signs in, by schedule and after a restart too, until 90 days without a sync or a changed password: then syncs fail until somebody signs in again."},
			{Key: byManaged, Label: "the managed identity of this machine", About: "Nothing to keep, and nothing that runs out, where Muster runs in Azure."},
		}},
		{Key: optTenant, Label: "Tenant", Help: "Its ID or one of its domains, from the Overview page of Microsoft Entra ID", Example: "contoso.com", When: optAuth, Is: application},
		{Key: optClient, Label: "Client ID", Help: "The Application (client) ID of the app registration that Muster uses", Example: "00000000-0000-0000-0000-000000000000", When: optAuth, Is: application},
		{Key: optClient, Label: "Client ID", Help: "Of a managed identity that was assigned to this machine; empty for the machine's own", Optional: true, When: optAuth, Is: []string{byManaged}},
		{Key: optSecret, Label: "Client secret", Help: "Its value, not its ID, from Certificates & secrets", Secret: true, When: optAuth, Is: []string{bySecret}},
		{Key: optCertificate, Label: "Certificate file", Help: "A PEM or PKCS #12 file with the certificate and its private key", Example: "muster.pem", Secret: true, File: true, When: optAuth, Is: []string{byCertificate}},
		{Key: optPassword, Label: "Password of the file", Help: "If it has one", Secret: true, Optional: true, When: optAuth, Is: []string{byCertificate}},
		{Key: optCloud, Label: "Cloud", Choices: clouds(), Optional: true},
		{Key: optBaseURL, Label: "Base URL", Help: "Asked instead of Microsoft's own addresses, as through a gateway", Example: "https://graph.example.org", Optional: true},
	}
}

// A national cloud has its own sign-in and its own Graph; GCC uses the global
// ones (graph/deployments).
type nation struct {
	key, label, graph string
	authority         cloud.Configuration
}

func nations() []nation {
	return []nation{
		{"global", "Global, and US Government GCC", "https://graph.microsoft.com", cloud.AzurePublic},
		{"us-gov", "US Government L4", "https://graph.microsoft.us", cloud.AzureGovernment},
		{"us-gov-l5", "US Government L5 (DOD)", "https://dod-graph.microsoft.us", cloud.AzureGovernment},
		{"china", "China, operated by 21Vianet", "https://microsoftgraph.chinacloudapi.cn", cloud.AzureChina},
	}
}

func nationOf(key string) (nation, bool) {
	all := nations()
	i := slices.IndexFunc(all, func(n nation) bool { return n.key == key })
	if i < 0 {
		return nation{}, false
	}
	return all[i], true
}

func clouds() []core.ConnectChoice {
	var choices []core.ConnectChoice
	for _, n := range nations() {
		choices = append(choices, core.ConnectChoice{Key: n.key, Label: n.label})
	}
	return choices
}

// place is where a connection's requests go.
type place struct {
	graph, scope string
	authority    cloud.Configuration
	own          bool // a base URL: it has no other clouds beside it
	transport    http.RoundTripper
}

// findPlace reads the cloud or the base URL.
func findPlace(with core.ConnectAnswers, transport http.RoundTripper) (place, error) {
	base := strings.TrimRight(with.Get(optBaseURL), "/")
	if base == "" {
		key := with.Get(optCloud)
		if key == "" {
			key = "global"
		}
		n, known := nationOf(key)
		if !known {
			return place{}, fault.New(fault.Invalid, "There is no cloud %q; choose global, us-gov, us-gov-l5 or china", key)
		}
		return place{graph: n.graph, scope: n.graph + "/.default", authority: n.authority, transport: transport}, nil
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.RawQuery != "" {
		return place{}, fault.New(fault.Invalid, "%q is no base URL; it looks like https://graph.example.org", base)
	}
	global, _ := nationOf("global")
	p := place{graph: base, scope: global.graph + "/.default", own: true, transport: transport}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && loopback(u.Hostname()):
		// The sign-in of the SDK insists on https.
		p.transport = plain{u.Host, transport}
		u.Scheme = "https"
	default:
		return place{}, fault.New(fault.Invalid, "The base URL must begin with https://, or the secret could be read on the way; http:// will do for this machine only")
	}
	p.authority.ActiveDirectoryAuthorityHost = u.String() + "/"
	return p, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// plain sends what is meant for a host of this machine without TLS.
type plain struct {
	host string
	next http.RoundTripper
}

func (t plain) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == t.host && r.URL.Scheme == "https" {
		r = r.Clone(r.Context())
		r.URL.Scheme = "http"
	}
	return t.next.RoundTrip(r)
}

// credential makes what signs in. It asks nothing of the network yet.
func (d *Directory) credential() (azcore.TokenCredential, error) {
	// Failed requests are sent again by Directory, which can tell of it and be stopped.
	client := azcore.ClientOptions{
		Cloud: d.place.authority, Transport: d.http, Retry: policy.RetryOptions{MaxRetries: -1},
		Telemetry: policy.TelemetryOptions{Disabled: true},
	}
	tenant, id := d.with.Get(optTenant), d.with.Get(optClient)
	switch d.with.Get(optAuth) {
	case byCertificate:
		certificates, key, err := azidentity.ParseCertificates([]byte(d.with.Get(optCertificate)), []byte(d.with.Get(optPassword)))
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "The certificate cannot be read; give a PEM or PKCS #12 file that has both the certificate and its private key, and its password if it has one")
		}
		c, err := azidentity.NewClientCertificateCredential(tenant, id, certificates, key, &azidentity.ClientCertificateCredentialOptions{
			ClientOptions: client, DisableInstanceDiscovery: d.place.own,
		})
		return c, asInvalid(err)
	case byDevice:
		return &deviceCredential{directory: d, refresh: d.with.Get(keyRefresh)}, nil
	case byManaged:
		return newManaged(id, client)
	}
	c, err := azidentity.NewClientSecretCredential(tenant, id, d.with.Get(optSecret), &azidentity.ClientSecretCredentialOptions{
		ClientOptions: client, DisableInstanceDiscovery: d.place.own,
	})
	return c, asInvalid(err)
}

func asInvalid(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(err, fault.Invalid, "The connection cannot be meant so: %s", strings.TrimRight(err.Error(), "."))
}

// check refuses answers that cannot be meant, before anything is asked.
func check(with core.ConnectAnswers) error {
	missing := func(key, label string) error {
		if strings.TrimSpace(with.Get(key)) == "" {
			return fault.New(fault.Invalid, "%s is missing", label)
		}
		return nil
	}
	wanted := [][2]string{{optTenant, "The tenant"}, {optClient, "The client ID"}}
	switch auth := with.Get(optAuth); auth {
	case "", bySecret:
		wanted = append(wanted, [2]string{optSecret, "The client secret"})
	case byCertificate:
		wanted = append(wanted, [2]string{optCertificate, "The certificate"})
	case byDevice:
	case byManaged:
		wanted = nil
	default:
		return fault.New(fault.Invalid, "%q is no way to sign in; choose secret, certificate, device-code or managed-identity", auth)
	}
	for _, w := range wanted {
		if err := missing(w[0], w[1]); err != nil {
			return err
		}
	}
	return nil
}
