package graphtest

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // it is how Microsoft names a certificate
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// NewCertificate makes a certificate that is good for a day, and the PEM file with
// it and its private key, as an administrator makes one for an application.
func NewCertificate() (file string, c *x509.Certificate) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // there is always some randomness
	}
	made := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Muster"}, NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, made, made, &key.PublicKey, key)
	if err != nil {
		panic(err) // of a template that is always the same
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err) // as above
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		panic(err) // as above
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})), c
}

// assertion is what an application says of itself instead of a secret, signed
// with the key of a certificate (entra/identity-platform/certificate-credentials).
type assertion struct {
	Alg       string `json:"alg"`
	Thumb     string `json:"x5t"`
	Thumb256  string `json:"x5t#S256"`
	Audience  string `json:"aud"`
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	ID        string `json:"jti"`
	From      int64  `json:"nbf"`
	Until     int64  `json:"exp"`
	signed    string
	signature []byte
	whole     bool
}

// checkAssertion returns why an application is not let in, or nil.
func checkAssertion(form url.Values, at string, certificates []*x509.Certificate) *reply {
	refuse := func(code int, text string) *reply {
		r := aadError(http.StatusUnauthorized, "invalid_client", code, text)
		return &r
	}
	a := readAssertion(form.Get("client_assertion"))
	now := time.Now().Unix()
	switch {
	case form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || !a.whole:
		return refuse(50027, "JWT token is invalid or malformed.")
	case a.Audience != at:
		return refuse(700023, "Client assertion audience claim does not match Realm issuer.")
	case a.Issuer != form.Get("client_id") || a.Subject != a.Issuer || a.ID == "":
		return refuse(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
	case a.From > now+300 || a.Until < now-300:
		return refuse(700024, "Client assertion is not within its valid time range.")
	}
	for _, c := range certificates {
		if !a.names(c) {
			continue
		}
		if a.signedBy(c) {
			return nil
		}
		return refuse(50012, "Authentication failed: the signature of the client assertion is not valid.")
	}
	return refuse(700027, "The certificate with identifier used to sign the client assertion is not registered on application.")
}

func readAssertion(text string) (a assertion) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return a
	}
	for _, part := range parts[:2] {
		b, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || json.Unmarshal(b, &a) != nil {
			return a
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	a.signed, a.signature, a.whole = parts[0]+"."+parts[1], signature, err == nil
	return a
}

// names reports whether the header has the certificate's thumbprint, in either of
// the two alphabets: the documentation has one, Microsoft's own library the other.
func (a *assertion) names(c *x509.Certificate) bool {
	is := func(thumb string, sum []byte) bool {
		b, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(thumb))
		return err == nil && bytes.Equal(b, sum)
	}
	old, now := sha1.Sum(c.Raw), sha256.Sum256(c.Raw) //nolint:gosec // as above
	return is(a.Thumb, old[:]) || is(a.Thumb256, now[:])
}

// signedBy reports whether it was signed with the certificate's key.
func (a *assertion) signedBy(c *x509.Certificate) bool {
	key, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok {
		return false
	}
	sum := sha256.Sum256([]byte(a.signed))
	if a.Alg == "PS256" {
		return rsa.VerifyPSS(key, crypto.SHA256, sum[:], a.signature, nil) == nil
	}
	return a.Alg == "RS256" && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], a.signature) == nil
}
