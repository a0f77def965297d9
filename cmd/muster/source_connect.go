package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/roster"
)

func (v *env) sourceConnect() *cobra.Command {
	var uid string
	var jsonOut bool
	var answers *answering
	c := &cobra.Command{
		Use: "connect SLUG KIND", Short: "Connect a list to an identity provider or a directory", Args: exactly(2),
		Long: `Connect a list to a kind of source: scim is an identity provider that pushes,
entra is Microsoft Entra ID, which is read. A list has one of them.

--uid says what names a person. For scim: employee_number (as EMP001; best, where
there are stable numbers), username (as jsmith), or email. For entra: employee_id,
upn, mail, extension_attribute_1 or object_id. If the list has a UID field
already, that attribute of the source feeds it, and people with the same value are
picked up. Else its field is made and becomes the UID.

The fields that the usual attributes need are made, and mapped. For people who
come from the source mapped fields are locked; all others stay yours.

A directory has to be told how it is reached: --tenant, --client and, by --auth, a
secret, a certificate, a code to be typed at Microsoft's page, or the managed
identity of the machine. A secret is asked for, or read from a file, from standard
input with -, or from MUSTER_SECRET; it is never on the command line. Every other
answer may come from the environment, too, as MUSTER_TENANT or MUSTER_BASE_URL. It is sealed
under a key beside the store, or in MUSTER_KEY, and never shown again. The
connection is tried before it is kept. Several lists may share one: name it with
--connection. To replace a secret that expires, connect again without --uid.`,
		Example: `muster source connect staff scim --uid employee_number
muster token new staff --label 'Okta production'
muster source guide staff okta

muster source connect staff entra --uid employee_id --tenant contoso.com --client 6ea9… --group 'All staff'
muster sync staff --dry-run`,
		ValidArgsFunction: v.completing(v.slugs, v.kindNames),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			had := len(l.Schema.Fields)
			before := l.Connected()
			directory, reads := directoryKind(args[1])
			if !before || !reads || uid != "" {
				if err := checkUID(e, args[1], uid); err != nil {
					return err
				}
			}
			if reads {
				l, err = v.connectDirectory(c.Context(), e, &l, directory, uid, answers)
			} else {
				l, err = e.Connect(c.Context(), v.actor, l.ID, args[1], uid)
			}
			if err != nil {
				return err
			}
			if before && reads {
				v.say("The list %s is reached as you say from now on.", l.Slug)
			} else if before {
				v.say("The list %s is connected already; nothing was changed.", l.Slug)
			} else {
				v.sayConnected(&l, had)
			}
			if !jsonOut {
				return nil
			}
			return v.showSource(c.Context(), l.Slug, true)
		},
	}
	answers = v.answerFlags(c)
	c.Flags().StringVar(&uid, "uid", "", "the `ATTRIBUTE` that names a person, as employee_number for scim or employee_id for entra")
	c.Flags().BoolVar(&jsonOut, "json", false, "print the source as a JSON object")
	v.completingFlag(c, "uid", v.uidChoices)
	return c
}

// checkUID refuses a kind, or an identifier of it, that there is not, naming
// those there are.
func checkUID(e *core.Engine, kind, uid string) error {
	kinds := e.Kinds()
	i := slices.IndexFunc(kinds, func(k core.SourceKind) bool { return k.Name() == kind })
	if i < 0 {
		var names []string
		for _, k := range kinds {
			names = append(names, k.Name())
		}
		return usagef("There is no kind of source %q; there is %s", kind, strings.Join(names, ", "))
	}
	var ways []string
	for _, u := range kinds[i].UIDs() {
		if u.Key == uid {
			return nil
		}
		ways = append(ways, u.Key+" (as "+u.Example+")")
	}
	return usagef("Say with --uid what names a person: %s", strings.Join(ways, ", "))
}

// sayConnected tells what connecting has done, and what comes next.
func (v *env) sayConnected(l *roster.List, had int) {
	uid, _ := l.Schema.UID()
	v.say("Connected %s by %s, which is its UID.", l.Slug, uid.Label)
	if made := l.Schema.Fields[had:]; len(made) > 0 {
		var names []string
		for _, f := range made {
			names = append(names, f.Key)
		}
		v.say("New fields: %s.", strings.Join(names, ", "))
	}
	if _, reads := directoryKind(l.Connection.Kind); reads {
		v.say("Next: muster sync %s --dry-run says who is in, who is out and what would change; muster source schedule %s says when it runs by itself.", l.Slug, l.Slug)
		return
	}
	v.say("Next: muster token new %s makes the token that the provider needs, muster source guide %s says where to paste it.", l.Slug, l.Slug)
}

func (v *env) kindNames(_ context.Context, e *core.Engine) ([]string, error) {
	var words []string
	for _, k := range e.Kinds() {
		words = append(words, k.Name()+"\t"+k.Title())
	}
	return words, nil
}

// uidChoices completes the flag with what can name a person.
func (v *env) uidChoices(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	words, err := v.look(c.Context(), func(_ context.Context, e *core.Engine) (words []string, _ error) {
		for _, k := range e.Kinds() {
			for _, u := range k.UIDs() {
				words = append(words, u.Key+"\t"+u.Label+", as "+u.Example)
			}
		}
		return words, nil
	})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}
