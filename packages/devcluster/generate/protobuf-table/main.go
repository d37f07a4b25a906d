// Prints the table by which the devcluster reads protobuf bodies: for each kind the numbers, names and types of its
// fields, from the struct tags of k8s.io/api. `-examples` and `-filled` print objects in protobuf and in JSON instead,
// for a test.
package main

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

// Groups and versions whose kinds clients may send.
var served = map[string]bool{
	"v1": true, "apps/v1": true, "batch/v1": true, "storage.k8s.io/v1": true, "coordination.k8s.io/v1": true,
	"events.k8s.io/v1": true, "rbac.authorization.k8s.io/v1": true, "authentication.k8s.io/v1": true,
	"authorization.k8s.io/v1": true, "apiextensions.k8s.io/v1": true, "admissionregistration.k8s.io/v1": true,
	"policy/v1": true, "scheduling.k8s.io/v1": true, "networking.k8s.io/v1": true, "autoscaling/v1": true,
	"autoscaling/v2": true, "discovery.k8s.io/v1": true, "node.k8s.io/v1": true,
}

// Types whose JSON is not that of their fields.
var special = map[string]string{
	"resource.Quantity": "quantity", "intstr.IntOrString": "intOrString", "v1.Time": "time", "v1.MicroTime": "microTime",
	"runtime.RawExtension": "raw", "v1.FieldsV1": "raw", "v1.Duration": "duration", "v1.JSON": "raw",
	"v1.JSONSchemaPropsOrArray": "schemaOrArray", "v1.JSONSchemaPropsOrBool": "schemaOrBool",
	"v1.JSONSchemaPropsOrStringArray": "schemaOrStrings",
}

// Field: number, JSON name (empty: its fields lie in the parent), type, flags (r repeated, o omitted when zero).
type field = [4]any
type table struct {
	Kinds map[string]string  `json:"kinds"`
	Types map[string][]field `json:"types"`
}

func main() {
	examples := flag.Bool("examples", false, "print examples for a test")
	filled := flag.Bool("filled", false, "print every kind, empty and filled, for a test")
	flag.Parse()
	if err := apiextensions.AddToScheme(scheme.Scheme); err != nil {
		fail(err)
	}
	if *examples {
		printObjects(exampleObjects())
		return
	}
	if *filled {
		printObjects(filledObjects())
		return
	}
	t := table{Kinds: map[string]string{}, Types: map[string][]field{}}
	for gvk, typ := range servedKinds() {
		t.Kinds[gvk.GroupVersion().String()+" "+gvk.Kind] = t.add(typ)
	}
	print(t)
}

// What clients may put into a body: no lists, no events of a watch, no options that stand in the query alone.
func servedKinds() map[schema.GroupVersionKind]reflect.Type {
	kinds := map[schema.GroupVersionKind]reflect.Type{}
	for gvk, typ := range scheme.Scheme.AllKnownTypes() {
		kind := gvk.Kind
		if !served[gvk.GroupVersion().String()] || strings.HasSuffix(kind, "List") || kind == "WatchEvent" ||
			(strings.HasSuffix(kind, "Options") && kind != "DeleteOptions") {
			continue
		}
		kinds[gvk] = typ
	}
	return kinds
}

func (t table) add(typ reflect.Type) string {
	name := strings.TrimPrefix(strings.TrimPrefix(typ.PkgPath(), "k8s.io/"), "api/") + "." + typ.Name()
	if _, known := t.Types[name]; known {
		return name
	}
	t.Types[name] = nil
	fields := []field{}
	for i := 0; i < typ.NumField(); i++ {
		f := typ.Field(i)
		tag, ok := f.Tag.Lookup("protobuf")
		if !ok || tag == "-" {
			continue
		}
		number, err := strconv.Atoi(strings.Split(tag, ",")[1])
		if err != nil {
			continue
		}
		parts := strings.Split(f.Tag.Get("json"), ",")
		kind, repeated := t.kindOf(f.Type, tag)
		flags := ""
		if repeated {
			flags += "r"
		}
		if omitted(f.Type, f.Tag.Get("json")) {
			flags += "o"
		}
		fields = append(fields, field{number, parts[0], kind, flags})
	}
	sort.Slice(fields, func(a, b int) bool { return fields[a][0].(int) < fields[b][0].(int) })
	t.Types[name] = fields
	return name
}

// Whether Go's JSON leaves the field out when it is zero: omitempty does not hold for structs.
func omitted(typ reflect.Type, tag string) bool {
	switch typ.Kind() {
	case reflect.Pointer:
		return false
	case reflect.Struct:
		return strings.Contains(tag, "omitzero")
	}
	return strings.Contains(tag, "omitempty")
}

func (t table) kindOf(typ reflect.Type, tag string) (kind any, repeated bool) {
	if typ.Kind() == reflect.Pointer {
		return t.kindOf(typ.Elem(), tag)
	}
	if name, ok := special[typ.String()]; ok {
		return name, false
	}
	switch typ.Kind() {
	case reflect.String:
		return "string", false
	case reflect.Bool:
		return "bool", false
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return "int", false
	case reflect.Float64:
		return "double", false
	case reflect.Map:
		value, list := t.kindOf(typ.Elem(), tag)
		if list {
			value = "[]" + value.(string)
		}
		return map[string]any{"map": value}, false
	case reflect.Slice:
		if typ.Elem().Kind() == reflect.Uint8 {
			return "bytes", false
		}
		element, _ := t.kindOf(typ.Elem(), tag)
		return element, true
	case reflect.Struct:
		return map[string]any{"type": t.add(typ)}, false
	}
	fail(fmt.Errorf("no rule for %s", typ))
	return nil, false
}

func printObjects(objects []runtime.Object) {
	encoder := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)
	type example struct {
		Protobuf string          `json:"protobuf"`
		JSON     json.RawMessage `json:"json"`
	}
	var found []example
	for _, object := range objects {
		gvks, _, err := scheme.Scheme.ObjectKinds(object)
		if err != nil {
			fail(err)
		}
		var gvk schema.GroupVersionKind
		for _, one := range gvks {
			if one.Version != "__internal" && (gvk.Empty() || one.Group == "") {
				gvk = one
			}
		}
		object.GetObjectKind().SetGroupVersionKind(gvk)
		var body strings.Builder
		if err := encoder.Encode(object, &body); err != nil {
			fail(err)
		}
		text, err := json.Marshal(object)
		if err != nil {
			fail(err)
		}
		found = append(found, example{base64.StdEncoding.EncodeToString([]byte(body.String())), text})
	}
	print(found)
}

func print(value any) {
	text, err := json.Marshal(value)
	if err != nil {
		fail(err)
	}
	fmt.Println(string(text))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
