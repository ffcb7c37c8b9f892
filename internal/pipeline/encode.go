package pipeline

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Encode is p in bytes, from which all of it can be told. The error is one of the
// type, not of the value: Plan must be made of what this can encode.
func (p *Plan) Encode() ([]byte, error) { return appendValue(nil, reflect.ValueOf(p).Elem()) }

// appendValue appends v: its kind, then for a structure the name and value of each field; for what has a length, that and the
// elements, of a map in the order of its keys; for a pointer, whether there is anything, and what.
func appendValue(b []byte, v reflect.Value) ([]byte, error) {
	b = append(b, byte(v.Kind()))
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1), nil
		}
		return append(b, 0), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return binary.AppendVarint(b, v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return binary.AppendUvarint(b, v.Uint()), nil
	case reflect.String:
		return appendText(b, v.String()), nil
	case reflect.Struct:
		return appendStruct(b, v)
	case reflect.Array, reflect.Slice:
		return appendList(b, v)
	case reflect.Map:
		return appendMap(b, v)
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, 0), nil
		}
		return appendValue(append(b, 1), v.Elem())
	}
	return nil, fmt.Errorf("a plan cannot have a value of type %s", v.Type())
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendStruct(b []byte, v reflect.Value) (_ []byte, err error) {
	t := v.Type()
	b = binary.AppendUvarint(b, uint64(t.NumField()))
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			return nil, fmt.Errorf("a plan cannot have the unexported field %s of %s", f.Name, t)
		}
		if b, err = appendValue(appendText(b, f.Name), v.Field(i)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func appendList(b []byte, v reflect.Value) (_ []byte, err error) {
	b = binary.AppendUvarint(b, uint64(v.Len()))
	for i := range v.Len() {
		if b, err = appendValue(b, v.Index(i)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func appendMap(b []byte, v reflect.Value) (_ []byte, err error) {
	if v.Type().Key().Kind() != reflect.String {
		return nil, fmt.Errorf("a plan cannot have the map %s, whose keys have no order", v.Type())
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	b = binary.AppendUvarint(b, uint64(len(keys)))
	for _, k := range keys {
		if b, err = appendValue(appendText(b, k.String()), v.MapIndex(k)); err != nil {
			return nil, err
		}
	}
	return b, nil
}
