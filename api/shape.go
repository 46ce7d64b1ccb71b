package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"weibox/inbox"
)

// What a JSON text may look like. Ten thousand empty objects are few bytes and much memory once they are read, so the shape is looked at
// before anything is built from it.
const (
	deepest     = 32
	mostTokens  = 2000 // in one object or array, those inside it not counted
	longestText = 64 << 10
	longestKey  = 128
)

// CheckShape refuses JSON that is malformed, too deep, too wide, has too long texts or keys, says a key twice, or is followed by anything.
// The error is of code Invalid or TooLarge.
func CheckShape(text []byte) error {
	s := shape{d: json.NewDecoder(bytes.NewReader(text))}
	s.d.UseNumber()
	if err := s.value(); err != nil {
		return misshapen(err)
	}
	if _, err := s.d.Token(); !errors.Is(err, io.EOF) {
		return misshapen(errors.New("something follows the value"))
	}
	return nil
}

type tooMuch string

func (t tooMuch) Error() string { return string(t) }

func misshapen(err error) error {
	if t := tooMuch(""); errors.As(err, &t) {
		return &inbox.Error{Code: inbox.TooLarge, ZH: "请求内容过大或层级过多，请减少后重试", EN: "the request holds too much: send less", Cause: err}
	}
	return &inbox.Error{Code: inbox.Invalid, ZH: "请求内容不是正确的 JSON", EN: "the request is not well-formed JSON", Cause: err}
}

type shape struct {
	d     *json.Decoder
	depth int
}

func (s *shape) value() error {
	token, err := s.d.Token()
	if err != nil {
		return err
	}
	switch t := token.(type) {
	case json.Delim:
		return s.inside(t)
	case string:
		return short(t, longestText)
	case json.Number:
		return short(string(t), longestKey)
	}
	return nil
}

func (s *shape) inside(opened json.Delim) error {
	if s.depth++; s.depth > deepest {
		return tooMuch("deeper than 32 levels")
	}
	defer func() { s.depth-- }()
	var err error
	if opened == '{' {
		err = s.object()
	} else {
		err = s.array()
	}
	if err != nil {
		return err
	}
	_, err = s.d.Token() // the closing one
	return err
}

func (s *shape) object() error {
	seen := map[string]bool{}
	for s.d.More() {
		token, err := s.d.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string) // the decoder lets nothing else stand here
		if err := short(key, longestKey); err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("key %.40q is said twice", key)
		}
		if seen[key] = true; len(seen)*2 > mostTokens {
			return tooMuch("an object with more than 1000 keys")
		}
		if err := s.value(); err != nil {
			return err
		}
	}
	return nil
}

func (s *shape) array() error {
	for n := 1; s.d.More(); n++ {
		if n > mostTokens {
			return tooMuch("an array with more than 2000 values")
		}
		if err := s.value(); err != nil {
			return err
		}
	}
	return nil
}

func short(text string, most int) error {
	if len(text) > most {
		return tooMuch(fmt.Sprintf("a text of %d bytes where %d are allowed", len(text), most))
	}
	return nil
}
