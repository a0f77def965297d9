package roster

import (
	"reflect"
	"testing"
)

// A field that is compared leaves nothing out, whatever a field comes to have.
func TestFieldsAreEqualInEverything(t *testing.T) {
	for i := range reflect.TypeFor[Field]().NumField() {
		var f Field
		v := reflect.ValueOf(&f).Elem().Field(i)
		switch v.Kind() {
		case reflect.Bool:
			v.SetBool(true)
		case reflect.String:
			v.SetString("x")
		case reflect.Uint16:
			v.SetUint(7)
		case reflect.Slice:
			v.Set(reflect.ValueOf([]string{"x"}))
		default:
			t.Fatalf("%s is of a kind that this test does not know", reflect.TypeFor[Field]().Field(i).Name)
		}
		if f.Equal(Field{}) || !f.Equal(f) {
			t.Errorf("%s is not compared", reflect.TypeFor[Field]().Field(i).Name)
		}
	}
}
