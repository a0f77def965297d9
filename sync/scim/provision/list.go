package provision

import (
	"fmt"

	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// List returns the names of the attributes of extensions that a resource in its
// canonical form has, in its order: those that may be mapped beyond Attributes,
// which only the resource itself tells. The error says that the stored text is
// damaged.
func (k *Kind) List(doc string) (names []string, err error) {
	v, err := value.ParseString(doc)
	if err != nil {
		return nil, fmt.Errorf("read resource: %w", err)
	}
	for i := range v.Len() {
		if extension := v.At(i); schema.IsURN(v.Name(i)) && extension.Is(value.Object) {
			names = k.list(names, v.Name(i)+":", extension)
		}
	}
	return names, nil
}

// list appends the names of the values of an object, two levels deep: deeper
// SCIM does not go (RFC 7643 section 2.1).
func (k *Kind) list(names []string, before string, v *value.Value) []string {
	for i := range v.Len() {
		name, at := before+v.Name(i), v.At(i)
		switch {
		case at.Is(value.Object) && before[len(before)-1] == ':':
			names = k.list(names, name+".", at)
		case at.Is(value.Object), at.Is(value.Array), at.Is(value.Null):
		case k.path(name).valid():
			names = append(names, name)
		}
	}
	return names
}
