package inbox

import "log/slog"

// Secret is a text that must never be printed: tokens, app secrets, keys. Reveal is the only way to read it.
type Secret string

const hidden = "***"

func (s Secret) Reveal() string               { return string(s) }
func (s Secret) String() string               { return hidden }
func (s Secret) GoString() string             { return hidden }
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(hidden) }
