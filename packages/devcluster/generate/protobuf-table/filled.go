package main

import (
	"fmt"
	"reflect"
	"sort"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Each kind three times: empty, with each pointer and list set to zeros, and filled. Each type within
// them is set and filled where it first comes, so that every field occurs and the whole stays small.
func filledObjects() []runtime.Object {
	byName := map[string]reflect.Type{}
	for gvk, typ := range servedKinds() {
		byName[gvk.GroupVersion().String()+" "+gvk.Kind] = typ
	}
	names := []string{}
	seen := map[reflect.Type]bool{}
	for name, typ := range byName {
		// DeleteOptions is the same in each group; one will do.
		if !seen[typ] {
			names = append(names, name)
		}
		seen[typ] = true
	}
	sort.Strings(names)
	found := []runtime.Object{}
	done := map[string]map[reflect.Type]int{"zeros": {}, "filled": {}}
	for _, name := range names {
		for _, level := range []string{"empty", "zeros", "filled"} {
			object := reflect.New(byName[name])
			f := filler{zeros: level == "zeros", done: done[level]}
			if level != "empty" {
				f.fill(object.Elem())
			}
			found = append(found, object.Interface().(runtime.Object))
		}
	}
	return found
}

type filler struct {
	zeros bool
	count int
	done  map[reflect.Type]int
}

func (f *filler) fill(value reflect.Value) {
	f.count++
	if f.special(value) {
		return
	}
	switch value.Kind() {
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		f.fill(value.Elem())
	case reflect.Slice:
		if value.Type().Elem().Kind() == reflect.Uint8 {
			value.SetBytes([]byte{0, 255, byte(f.count)})
			return
		}
		value.Set(reflect.MakeSlice(value.Type(), 2, 2))
		f.fill(value.Index(0))
		f.fill(value.Index(1))
	case reflect.Map:
		value.Set(reflect.MakeMap(value.Type()))
		for _, key := range []string{"", "__proto__", "key"} {
			item := reflect.New(value.Type().Elem()).Elem()
			f.fill(item)
			value.SetMapIndex(reflect.ValueOf(key).Convert(value.Type().Key()), item)
		}
	case reflect.Struct:
		// Twice: a list has two items.
		if f.done[value.Type()] > 1 {
			return
		}
		f.done[value.Type()]++
		for i := 0; i < value.NumField(); i++ {
			if tag := value.Type().Field(i).Tag.Get("protobuf"); tag != "" && tag != "-" {
				f.fill(value.Field(i))
			}
		}
	default:
		if !f.zeros {
			f.scalar(value)
		}
	}
}

func (f *filler) scalar(value reflect.Value) {
	switch value.Kind() {
	case reflect.String:
		value.SetString(fmt.Sprintf("ü%d", f.count))
	case reflect.Bool:
		value.SetBool(true)
	case reflect.Int32, reflect.Int64, reflect.Int:
		value.SetInt(int64(-f.count))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		value.SetUint(uint64(f.count % 200))
	case reflect.Float64:
		value.SetFloat(float64(f.count) + 0.25)
	default:
		fail(fmt.Errorf("no example of %s", value.Type()))
	}
}

// What has a JSON form of its own: filled through Go's constructors, or one of its sides only.
func (f *filler) special(value reflect.Value) bool {
	at := time.Date(2026, 11, 23, 10, 20, f.count%60, 123456789, time.UTC)
	name := value.Type().String()
	if f.zeros && special[name] != "" {
		return true
	}
	switch name {
	case "resource.Quantity":
		value.Set(reflect.ValueOf(resource.MustParse(fmt.Sprintf("%d.5Gi", f.count))))
	case "intstr.IntOrString":
		value.Set(reflect.ValueOf([]intstr.IntOrString{intstr.FromInt32(int32(f.count)), intstr.FromString("25%")}[f.count%2]))
	case "v1.Time":
		value.Set(reflect.ValueOf(meta.NewTime(at.Truncate(time.Second))))
	case "v1.MicroTime":
		value.Set(reflect.ValueOf(meta.NewMicroTime(at.Truncate(time.Microsecond))))
	case "runtime.RawExtension", "v1.FieldsV1", "v1.JSON":
		value.FieldByName("Raw").SetBytes([]byte(fmt.Sprintf(`{"n":[%d,null]}`, f.count)))
	case "v1.JSONSchemaPropsOrArray", "v1.JSONSchemaPropsOrBool", "v1.JSONSchemaPropsOrStringArray":
		f.fill(value.Field(f.count % 2))
	default:
		return false
	}
	return true
}
