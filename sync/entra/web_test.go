package entra

import (
	"fmt"
	"testing"
)

func TestShortIDsAreReadAgain(t *testing.T) {
	for _, id := range []string{"25dcffff-959e-4ece-9973-e5d9b800e8cc", "not one", "", "25DCFFFF-959e-4ece-9973-e5d9b800e8cc", "xxxxxxxx-959e-4ece-9973-e5d9b800e8cc"} {
		if again := long(short(id)); again != id {
			t.Errorf("%q became %q", id, again)
		}
	}
}

func ExampleKind_Rules() {
	rules, usual := new(Kind).Rules()
	for _, r := range rules {
		fmt.Println(r.Name+":", r.String())
	}
	fmt.Println("usually", usual)
	// Output:
	// enabled: accountEnabled is true
	// members: !userType is Guest
	// people: givenName|surname|employeeId given
	// usually [enabled members people]
}
