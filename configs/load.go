package configs

import (
	"cmp"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
)

const (
	separator   = "."
	environment = "WEIBOX_"      // begins every variable of ours
	forTests    = "WEIBOX_TEST_" // begins those that only tests read
)

// Load reads the defaults, then the YAML file at path (none if path is empty), then env, which is written as os.Environ writes it.
//
// A variable is WEIBOX_ and the setting's name in capitals with _ for every dot: weibo.app_key is WEIBOX_WEIBO_APP_KEY. Lists are
// separated by commas; an empty variable counts as not set. A name that is no setting's is an error, in the file and in the environment:
// a misspelt limit must not be a limit that is not there. All errors come at once, as Problems. Load does not judge the values: see
// Validate.
func Load(path string, env []string) (Config, error) {
	k := koanf.New(separator)
	if err := k.Load(structs.Provider(Default(), "koanf"), nil); err != nil {
		return Config{}, err
	}
	known := k.Keys()
	var problems Problems
	for _, layer := range []map[string]any{fromFile(path, known, &problems), fromEnvironment(env, known, &problems)} {
		if err := k.Load(confmap.Provider(layer, separator), nil); err != nil {
			return Config{}, err
		}
	}
	var c Config
	err := k.UnmarshalWithConf("", &c, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		DecodeHook:       mapstructure.ComposeDecodeHookFunc(duration, list),
		WeaklyTypedInput: true,
	}})
	problems.addMisread(err)
	return c, problems.asError()
}

// fromFile gives the settings of the file by their full names. What is written without a value keeps its default.
func fromFile(path string, known []string, problems *Problems) map[string]any {
	if path == "" {
		return nil
	}
	k := koanf.New(separator)
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		problems.add(path, "读不了这个配置文件，请检查路径与 YAML 格式："+err.Error(), "this file cannot be read; check its path and its YAML: "+err.Error())
		return nil
	}
	settings := k.All()
	maps.DeleteFunc(settings, func(_ string, value any) bool { return value == nil })
	return onlyKnown(settings, known, func(key string) string { return key }, problems)
}

// fromEnvironment gives the settings of the environment by their full names.
func fromEnvironment(env []string, known []string, problems *Problems) map[string]any {
	settings := map[string]any{}
	for _, line := range env {
		name, value, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, environment) && !strings.HasPrefix(name, forTests) && value != "" {
			settings[name] = value
		}
	}
	return onlyKnown(settings, known, Variable, problems)
}

// Variable is the name of a setting in the environment.
func Variable(key string) string {
	return environment + strings.ToUpper(strings.ReplaceAll(key, separator, "_"))
}

// onlyKnown translates written names to settings and complains about names that are no setting's.
func onlyKnown(written map[string]any, known []string, write func(key string) string, problems *Problems) map[string]any {
	keys := map[string]string{}
	for _, key := range known {
		keys[write(key)] = key
	}
	settings := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		if key, ok := keys[name]; ok {
			settings[key] = written[name]
			continue
		}
		problems.addUnknown(name, slices.Sorted(maps.Keys(keys)))
	}
	return settings
}

func (p *Problems) addUnknown(name string, names []string) {
	near := slices.MinFunc(names, func(a, b string) int { return cmp.Compare(distance(name, a), distance(name, b)) })
	if distance(name, near) > 1+len(name)/4 {
		p.add(name, "没有这个配置项；全部配置项见 configs/config.example.yaml", "there is no such setting; configs/config.example.yaml shows all there are")
		return
	}
	p.add(name, "没有这个配置项；是不是想写 "+near+"？", "there is no such setting; did you mean "+near+"?")
}

// distance counts the letters to add, drop or change (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

var errUnit = errors.New("needs a unit")

// duration reads 90s, 48h, and asks for the unit where a bare number would silently be nanoseconds.
func duration(from, to reflect.Type, value any) (any, error) {
	if to != reflect.TypeFor[time.Duration]() || from == to {
		return value, nil
	}
	text, ok := value.(string)
	if !ok {
		return nil, errUnit
	}
	return time.ParseDuration(text)
}

// list reads a, b from one line.
func list(_, to reflect.Type, value any) (any, error) {
	text, ok := value.(string)
	if !ok || to.Kind() != reflect.Slice {
		return value, nil
	}
	items := []string{}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items, nil
}

// addMisread turns what the decoder could not read into sentences. The value is left out: it may be a secret.
func (p *Problems) addMisread(err error) {
	if err == nil {
		return
	}
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		for _, one := range many.Unwrap() {
			p.addMisread(one)
		}
		return
	}
	key := "config"
	var misread *mapstructure.DecodeError
	if errors.As(err, &misread) {
		key = misread.Name()
	}
	p.add(key, "读不懂这个值：时长要带单位（如 30s、48h），数字只写数字，开关写 true 或 false",
		"this value cannot be read: durations need a unit (30s, 48h), numbers are digits only, switches are true or false")
}
