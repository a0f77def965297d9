package entra

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"muster/core/fault"
)

// managedCredential signs in as the managed identity of the machine or service
// that Muster runs on (entra/identity/managed-identities-azure-resources). The
// SDK finds out who is to be asked; here it is said what is wrong when there is
// nobody.
type managedCredential struct{ azcore.TokenCredential }

func newManaged(id string, client azcore.ClientOptions) (azcore.TokenCredential, error) {
	o := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: client}
	if id != "" {
		o.ID = azidentity.ClientID(id)
	}
	c, err := azidentity.NewManagedIdentityCredential(o)
	if err != nil {
		return nil, asInvalid(err)
	}
	return managedCredential{c}, nil
}

// GetToken is azcore.TokenCredential.
func (c managedCredential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := c.TokenCredential.GetToken(ctx, o)
	if err != nil && ctx.Err() == nil {
		err = explainManaged(err)
	}
	return token, err
}

// explainManaged makes a fault of what the endpoint of a managed identity
// answered, if it did (how-to-use-vm-token, "Error handling").
func explainManaged(err error) error {
	var failed *azidentity.AuthenticationFailedError
	switch {
	case errors.As(err, &failed) && failed.RawResponse == nil:
		return fault.Wrap(err, fault.Denied, "This machine has no managed identity that could be asked. Turn one on where Muster runs in Azure, or sign in by a certificate or a secret")
	case !errors.As(err, &failed):
		// The SDK says of what it takes to be no identity at all that it is not
		// available.
		return fault.Wrap(err, fault.Denied, "This machine has no managed identity of its own. Turn one on for it, or give the client ID of one that was assigned to it")
	case failed.RawResponse.StatusCode == http.StatusBadRequest:
		return fault.Wrap(err, fault.Denied, "That managed identity is not assigned to this machine. Assign it, under Identity, User assigned, or give the client ID of one that is")
	}
	return err
}

// metadata is where a machine of Azure is told about itself. It is a step away,
// and not to be asked through a proxy (virtual-machines/instance-metadata-service).
const (
	metadata      = "169.254.169.254"
	metadataHurry = 3 * time.Second
)

// nearMetadata has a transport reach the machine's metadata directly, and not wait
// long for it where there is none. reach stands in for the network, in tests.
func nearMetadata(t *http.Transport, reach func(ctx context.Context, network, address string) (net.Conn, error)) {
	proxy, dial := t.Proxy, t.DialContext
	if reach != nil {
		dial = reach
	}
	t.Proxy = func(r *http.Request) (*url.URL, error) {
		if r.URL.Hostname() == metadata || proxy == nil {
			return nil, nil //nolint:nilnil // it means no proxy
		}
		return proxy(r)
	}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, metadata+":") {
			var stop context.CancelFunc
			ctx, stop = context.WithTimeout(ctx, metadataHurry)
			defer stop()
		}
		return dial(ctx, network, address)
	}
}
