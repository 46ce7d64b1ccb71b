package configs

import "log/slog"

// Secret is a setting that is never printed. Reveal is the only way to read it.
type Secret string

const hidden = "***"

// Reveal gives the secret to the one who uses it.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret and shows whether there is one, which is what an operator looks for.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString serves %#v.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// MarshalText serves JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue serves slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
