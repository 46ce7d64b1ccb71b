package configs

import "github.com/knadh/koanf/parsers/yaml"

// Redacted is every setting as YAML, secrets as ***, for an operator who asks what is in force.
func (c Config) Redacted() string {
	text, err := c.settings().Marshal(yaml.Parser())
	if err != nil {
		return err.Error()
	}
	return string(text)
}
