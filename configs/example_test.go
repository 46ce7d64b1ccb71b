package configs

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

const example = "config.example.yaml"

func TestTheExampleHasEverySettingWithItsDefault(t *testing.T) {
	k := koanf.New(separator)
	if err := k.Load(file.Provider(example), yaml.Parser()); err != nil {
		t.Fatal(err)
	}
	if got, want := k.Keys(), Default().settings().Keys(); !slices.Equal(got, want) {
		t.Errorf("the example has %v\nthere are %v", got, want)
	}
	c, err := Load(example, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Redacted(), Default().Redacted(); got != want {
		t.Errorf("the example sets\n%s\nthe defaults are\n%s", got, want)
	}
}

func TestTheExampleSaysOfEverySettingWhatItIsFor(t *testing.T) {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	setting := regexp.MustCompile(`^\s*\w+: \S`)
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		explained := strings.Contains(line, " # ") || i > 0 && strings.HasPrefix(strings.TrimSpace(lines[i-1]), "# ")
		if setting.MatchString(line) && !explained {
			t.Errorf("line %d has no word before or behind it: %s", i+1, line)
		}
	}
}
