package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// The programs of scripts that come by SSH, as people do with theirs.

// keygenMain writes a new key: NAME, and NAME.pub.
func keygenMain(args []string) int {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return complain(err)
	}
	block, err := ssh.MarshalPrivateKey(private, args[0])
	if err != nil {
		return complain(err)
	}
	k, err := ssh.NewPublicKey(public)
	if err != nil {
		return complain(err)
	}
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k))) + " " + args[0] + "\n"
	if err := errors.Join(os.WriteFile(args[0], pem.EncodeToMemory(block), 0o600), os.WriteFile(args[0]+".pub", []byte(line), 0o600)); err != nil {
		return complain(err)
	}
	return 0
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, "guest:", err)
	return 255 // as ssh does
}

// guestMain is a client: guest -i KEY ADDRESS COMMAND..., as ssh. With -t it has
// a terminal, and presses -keys once it has seen -until.
func guestMain(args []string) int {
	flags := flag.NewFlagSet("guest", flag.ContinueOnError)
	name := flags.String("i", "", "key")
	offer := flags.String("offer", "", "a public key to offer first, of which there is no private one")
	term := flags.Bool("t", false, "terminal")
	until := flags.String("until", "", "text to wait for")
	keys := flags.String("keys", "", "keys to press then")
	forward := flags.Bool("forward", false, "try what is not for guests")
	if err := flags.Parse(args); err != nil {
		return complain(err)
	}
	var signers []ssh.Signer
	if *offer != "" {
		text, err := os.ReadFile(*offer)
		if err != nil {
			return complain(err)
		}
		public, _, _, _, err := ssh.ParseAuthorizedKey(text)
		if err != nil {
			return complain(err)
		}
		signers = append(signers, offering{&offered{PublicKey: public}, nil})
	}
	if *name != "" {
		text, err := os.ReadFile(*name)
		if err != nil {
			return complain(err)
		}
		own, err := ssh.ParsePrivateKey(text)
		if err != nil {
			return complain(err)
		}
		if *offer != "" {
			signers[0] = offering{signers[0].(offering).claim, own}
		}
		signers = append(signers, own)
	}
	client, err := ssh.Dial("tcp", flags.Arg(0), &ssh.ClientConfig{
		User: "muster", Auth: []ssh.AuthMethod{ssh.PublicKeys(signers...)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		return complain(err)
	}
	defer func() { _ = client.Close() }() // it may have hung up
	if *forward {
		return tryEverything(client)
	}
	s, err := client.NewSession()
	if err != nil {
		return complain(err)
	}
	s.Stdout, s.Stderr, s.Stdin = os.Stdout, os.Stderr, os.Stdin
	if *term {
		in, err := typing(s, *until, *keys)
		if err != nil {
			return complain(err)
		}
		defer in.Close()
	}
	if flags.NArg() > 1 {
		err = s.Run(strings.Join(flags.Args()[1:], " "))
	} else if err = s.Shell(); err == nil {
		err = s.Wait()
	}
	exit := new(ssh.ExitError)
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitStatus()
	}
	return complain(err)
}

// offered is a key of which a client asks whether it would do, and which it then
// does not sign with: it does not know its own key again in the answer.
type offered struct {
	ssh.PublicKey
	asked bool
}

func (o *offered) Marshal() []byte {
	if o.asked {
		return nil
	}
	o.asked = true
	return o.PublicKey.Marshal()
}

type offering struct {
	claim *offered
	ssh.Signer
}

func (o offering) PublicKey() ssh.PublicKey { return o.claim }

// typing gives a session a terminal at which keys are pressed.
func typing(s *ssh.Session, until, keys string) (io.Closer, error) {
	s.Stdin = nil
	in, err := s.StdinPipe()
	if err != nil {
		return nil, err
	}
	s.Stdout = &reader{until: until, then: func() { _, _ = io.WriteString(in, keys) }}
	return in, s.RequestPty("xterm-256color", 24, 80, nil)
}

// reader writes what comes to standard output, and does something when it has
// seen a text.
type reader struct {
	until string
	then  func()
	once  sync.Once
	seen  bytes.Buffer
}

func (r *reader) Write(p []byte) (int, error) {
	r.seen.Write(p)
	if strings.Contains(r.seen.String(), r.until) {
		r.once.Do(r.then)
	}
	return os.Stdout.Write(p)
}

// tryEverything asks for what no guest gets, and fails if one is granted.
func tryEverything(client *ssh.Client) int {
	for _, kind := range []string{"direct-tcpip", "direct-streamlocal@openssh.com", "x11", "auth-agent@openssh.com"} {
		if _, _, err := client.OpenChannel(kind, nil); err == nil {
			return complain(fmt.Errorf("%s was granted", kind))
		}
	}
	for _, kind := range []string{"tcpip-forward", "streamlocal-forward@openssh.com"} {
		if ok, _, err := client.SendRequest(kind, true, nil); ok || err != nil {
			return complain(fmt.Errorf("%s was granted (%w)", kind, err))
		}
	}
	s, err := client.NewSession()
	if err != nil {
		return complain(err)
	}
	for _, kind := range []string{"sftp", "scp"} {
		if err := s.RequestSubsystem(kind); err == nil {
			return complain(fmt.Errorf("%s was granted", kind))
		}
	}
	for _, name := range []string{"LD_PRELOAD", "PATH", "HOME", "MUSTER_DB", "XDG_DATA_HOME"} {
		if err := s.Setenv(name, "/"); err == nil {
			return complain(fmt.Errorf("%s was taken", name))
		}
	}
	return 0
}
