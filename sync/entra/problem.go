package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"muster/core/fault"
)

// refusal is an answer of Graph that is an error.
type refusal struct {
	status  int
	code    string // of Graph, as "Request_ResourceNotFound"
	message string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("ask Graph: %d %s: %s", r.status, r.code, r.message)
}

// readRefusal reads the body of an error (graph/errors).
func readRefusal(status int, body []byte) *refusal {
	var told struct {
		Error struct{ Code, Message string }
	}
	if json.Unmarshal(body, &told) != nil || told.Error.Code == "" {
		return &refusal{status: status, code: http.StatusText(status)}
	}
	return &refusal{status, told.Error.Code, told.Error.Message}
}

// lost says that a delta cannot be told any more: 410, or a 40x whose code says
// so (delta-query-overview, "Synchronization reset" and "Token duration").
func (r *refusal) lost() bool {
	if r.status == http.StatusGone {
		return true
	}
	code := strings.ToLower(r.code)
	return r.status/100 == 4 && (strings.HasPrefix(code, "syncstate") || strings.HasPrefix(code, "resync") || code == "directory_expiredpagetoken")
}

func (r *refusal) missing() bool { return r.status == http.StatusNotFound }

func isMissing(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.missing()
}

func isDenied(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.status == http.StatusForbidden
}

// explain makes a fault of what went wrong, with what to do about it. doing is
// what was tried, as "read the people".
func explain(err error, doing string) error {
	var r *refusal
	var f *fault.Error
	switch {
	case err == nil || errors.As(err, &f) || errors.Is(err, context.Canceled):
		return err
	case !errors.As(err, &r):
		return fault.Wrap(err, fault.Busy, "Microsoft Entra ID cannot be reached to %s; see whether this machine gets to it, then try again", doing)
	case r.status == http.StatusForbidden:
		return fault.Wrap(err, fault.Denied, "Microsoft Entra ID does not let Muster %s; ask the tenant's administrator to grant its application User.Read.All and GroupMember.Read.All, with admin consent, then test the connection", doing)
	case r.status == http.StatusUnauthorized:
		return fault.Wrap(err, fault.Denied, "Microsoft Entra ID does not accept Muster's sign-in to %s; connect again", doing)
	case r.status == http.StatusTooManyRequests || r.status >= http.StatusInternalServerError:
		return fault.Wrap(err, fault.Busy, "Microsoft Entra ID was too busy to let Muster %s, many times in a row; try again later", doing)
	case r.lost():
		return fault.Wrap(err, fault.Busy, "Microsoft Entra ID lost its place while Muster tried to %s; try again", doing)
	case r.missing():
		return fault.Wrap(err, fault.NotFound, "Microsoft Entra ID knows no such thing any more, when Muster tried to %s", doing)
	}
	return fault.Wrap(err, fault.Invalid, "Microsoft Entra ID refused to let Muster %s: %s", doing, strings.TrimRight(r.message, "."))
}

// signInCode says what a code of the sign-in means (entra/identity-platform/
// reference-error-codes), and what to do about it; empty if it is none of those.
func signInCode(code int) string {
	switch code {
	case 7000215:
		return "The client secret is wrong. Paste the secret's value, not its ID; it is shown only when it is made, under Certificates & secrets"
	case 7000222:
		return "The client secret has expired. Make a new one under Certificates & secrets and connect again"
	case 700016:
		return "The tenant has no application with this client ID. Compare it with the Application (client) ID under App registrations, and the tenant with the one that it is in"
	case 700027:
		return "The certificate is not the application's. Upload it under Certificates & secrets, or give the file of the one that is there"
	case 90002:
		return "There is no such tenant. Give its ID or one of its domains, and choose the cloud that it is in"
	case 7000218:
		return "The application does not let somebody sign in by a code. Turn on Allow public client flows under Authentication"
	case 65001:
		return "Nobody has consented to what the application asks for. Let the tenant's administrator grant admin consent under API permissions"
	case 53003:
		return "A conditional access policy of the tenant does not let Muster sign in. Ask its administrator to let this application through"
	case 50105:
		return "The tenant lets only assigned people use this application. Ask its administrator to assign whoever signs in"
	case 70017:
		return "The sign-in was declined at Microsoft's page. Connect again to get a new code"
	case 70019:
		return "The code ran out before anybody typed it. Connect again to get a new one"
	case 700082:
		return "The sign-in has run out, because it was not used for 90 days. Connect again"
	case 50173:
		return "The sign-in was revoked, as after a changed password. Connect again"
	case 500011:
		return "The tenant is not in this cloud, or does not know Microsoft Graph. Choose the cloud that it is in"
	}
	return ""
}

// signInError is what the sign-in answers instead of a token.
type signInError struct {
	status int
	Kind   string `json:"error"`
	Text   string `json:"error_description"`
	Codes  []int  `json:"error_codes"`
}

func (e *signInError) Error() string {
	return fmt.Sprintf("sign in: %d %s: %s", e.status, e.Kind, e.Text)
}

// busy says that the sign-in may answer otherwise in a while.
func (e *signInError) busy() bool {
	return e.status == http.StatusTooManyRequests || e.status >= http.StatusInternalServerError
}

// explainSignIn makes a fault of a sign-in that failed; err when it was none.
func explainSignIn(err error) error {
	var failed *azidentity.AuthenticationFailedError
	var f *fault.Error
	told := &signInError{}
	switch {
	case errors.As(err, &f):
		return err
	case errors.As(err, &failed) && failed.RawResponse != nil:
		told.status = failed.RawResponse.StatusCode
		if failed.RawResponse.Body != nil {
			_ = json.NewDecoder(failed.RawResponse.Body).Decode(told) // else its status is all there is
		}
	case errors.As(err, &failed):
		if errors.Is(err, context.Canceled) {
			return context.Canceled
		}
		return fault.Wrap(err, fault.Busy, "Microsoft's sign-in cannot be reached; see whether this machine gets to it, then try again")
	case !errors.As(err, &told):
		return err
	}
	if told.busy() {
		return &refusal{status: told.status, code: told.Kind, message: told.Text}
	}
	for _, code := range told.Codes {
		if sentence := signInCode(code); sentence != "" {
			return fault.Wrap(err, fault.Denied, "%s", sentence)
		}
	}
	text, _, _ := strings.Cut(told.Text, " Trace ID:")
	if text = strings.TrimRight(strings.TrimSpace(text), "."); text == "" {
		text = told.Kind
	}
	return fault.Wrap(err, fault.Denied, "Microsoft does not let Muster sign in: %s", text)
}
