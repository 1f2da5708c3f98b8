package wording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// JSONError gives an error of encoding/json line and column in the text, and words for the types of Go. What it says of other
// errors is left alone. Embedded are the types of Go that stand in names of members without being any.
func JSONError(data []byte, err error, embedded ...string) error {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	var at int64
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &mismatch):
		at = mismatch.Offset
		field := strings.Split(mismatch.Field, ".")
		field = slices.DeleteFunc(field, func(part string) bool { return slices.Contains(embedded, part) })
		err = fmt.Errorf("got a JSON %s, want %s", mismatch.Value, jsonKind(mismatch.Type.Kind()))
		if name := strings.ToLower(strings.Join(field, ".")); name != "" {
			err = fmt.Errorf("%s: %w", name, err)
		}
	default:
		return err
	}
	head := data[:min(max(at-1, 0), int64(len(data)))]
	line := bytes.Count(head, []byte("\n")) + 1
	column := len(head) - bytes.LastIndexByte(head, '\n')
	return fmt.Errorf("line %d, column %d: %w", line, column, err)
}

func jsonKind(k reflect.Kind) string {
	switch k {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice:
		return "an array"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "an integer"
	}
	return "a " + k.String()
}
