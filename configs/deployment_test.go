package configs

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/knadh/koanf/parsers/yaml"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// filledIn are the answers an operator gives in .env.
var filledIn = map[string]string{
	"WEIBOX_PUBLIC_URL": "https://inbox.example.com", "WEIBOX_MASTER_KEYS": ring("k1").Reveal(), "DATABASE_PASSWORD": "tiger", "REDIS_PASSWORD": "lion",
	"WEIBOX_WEIBO_APP_KEY": "1234567890", "WEIBOX_WEIBO_APP_SECRET": "secret", "WEIBOX_WEIBO_API_FAMILY": "commercial",
	"WEIBOX_WEIBO_FALLBACK_IP": "203.0.113.7", "WEIBOX_TRUSTED_PROXIES": "172.18.0.1",
}

var placeholder = regexp.MustCompile(`\$\{(\w+)(:[-?][^}]*)?\}`)

type service = map[string]any

// servicesOf are the parts of docker-compose.yml with the answers filled in.
func servicesOf(t *testing.T) map[string]service {
	t.Helper()
	text := placeholder.ReplaceAllStringFunc(read(t, "../docker-compose.yml"), func(found string) string {
		name := placeholder.FindStringSubmatch(found)[1]
		if filledIn[name] == "" {
			t.Errorf("docker-compose.yml asks for %s, which .env.example does not offer", name)
		}
		return filledIn[name]
	})
	file, err := yaml.Parser().Unmarshal([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	services := map[string]service{}
	for name, s := range file["services"].(map[string]any) {
		services[name] = s.(service)
	}
	return services
}

func commandOf(s service) []string {
	var words []string
	for _, word := range s["command"].([]any) {
		words = append(words, word.(string))
	}
	return words
}

func TestTheContainersRunWithSettingsThatHold(t *testing.T) {
	roles := map[string]bool{}
	for name, s := range servicesOf(t) {
		if s["image"] != "weibox" {
			continue
		}
		var env []string
		for variable, value := range s["environment"].(map[string]any) {
			env = append(env, fmt.Sprint(variable, "=", value))
		}
		if command := commandOf(s); command[0] == "serve" {
			env = append(env, "WEIBOX_ROLES="+command[2])
			roles[command[2]] = true
		}
		c, err := Load("", env)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := c.validate(local); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c.Redis.InProcess() || c.Weibo.AppKey != "1234567890" || c.MasterKeys == "" {
			t.Errorf("%s is started with %s", name, c.Redacted())
		}
	}
	for _, role := range Default().Roles {
		if !roles[role] {
			t.Errorf("no container has the role %s", role)
		}
	}
}

func TestEveryContainerWaitsForWhatItNeedsAndSaysHowItIs(t *testing.T) {
	services := servicesOf(t)
	for name, s := range services {
		if _, ok := s["healthcheck"]; !ok {
			t.Errorf("%s has no health check", name)
		}
		needed, _ := s["depends_on"].(map[string]any)
		for other := range needed {
			if services[other] == nil {
				t.Errorf("%s waits for %s, which is not there", name, other)
			}
		}
		if s["image"] == "weibox" && needed["database"] == nil {
			t.Errorf("%s does not wait for the database", name)
		}
	}
}

func TestTheExampleOfTheSecretsOffersWhatTheContainersAskFor(t *testing.T) {
	offered := map[string]bool{}
	for line := range strings.Lines(read(t, "../.env.example")) {
		if name, _, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			offered[name] = true
		}
	}
	asked := map[string]bool{}
	for _, found := range placeholder.FindAllStringSubmatch(read(t, "../docker-compose.yml"), -1) {
		asked[found[1]] = true
	}
	if !maps.Equal(offered, asked) {
		t.Errorf("offered %v, asked %v", slices.Sorted(maps.Keys(offered)), slices.Sorted(maps.Keys(asked)))
	}
}

func TestNoPageNamesAVariableThatIsNoSetting(t *testing.T) {
	known := map[string]bool{}
	for _, key := range Default().settings().Keys() {
		known[Variable(key)] = true
	}
	variable := regexp.MustCompile(`WEIBOX_[A-Z][A-Z_]*[A-Z]`)
	for _, page := range []string{"../Dockerfile", "../docker-compose.yml", "../.env.example", "../README.md", "../README.zh.md", "../docs/deploy.md", example} {
		for _, name := range variable.FindAllString(read(t, page), -1) {
			if !known[name] && !strings.HasPrefix(name, forTests) {
				t.Errorf("%s names %s, which is no setting", page, name)
			}
		}
	}
}
