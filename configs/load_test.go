package configs

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func yamlFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "weibox.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustLoad(t *testing.T, yaml string, env ...string) Config {
	t.Helper()
	c, err := Load(yamlFile(t, yaml), env)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// problemKeys are the settings an error complains about.
func problemKeys(t *testing.T, err error) []string {
	t.Helper()
	var problems Problems
	if err != nil && !errors.As(err, &problems) {
		t.Fatalf("%T is no list of problems: %v", err, err)
	}
	var keys []string
	for _, p := range problems {
		keys = append(keys, p.Key)
	}
	return keys
}

func TestWithoutAFileOrVariablesTheDefaultsHold(t *testing.T) {
	c, err := Load("", []string{"PATH=/bin", "HOME=/root"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Redacted(), Default().Redacted(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTheEnvironmentWinsOverTheFileAndTheFileOverTheDefaults(t *testing.T) {
	c := mustLoad(t, "listen: ':1'\nadmin_listen: ':2'\nweibo: {app_key: 1234567890, dm_window: 24h}",
		"WEIBOX_LISTEN=:3", "WEIBOX_ROLES=api, worker", "WEIBOX_REDIS_SENTINEL_MASTER=m", "WEIBOX_INSECURE_COOKIE=true")
	if c.Listen != ":3" || c.AdminListen != ":2" || c.Data != "data" {
		t.Errorf("listen %q, admin_listen %q, data %q", c.Listen, c.AdminListen, c.Data)
	}
	if c.Weibo.AppKey != "1234567890" || c.Weibo.DMWindow != 24*time.Hour || c.Weibo.DMAllowance != 99 {
		t.Errorf("weibo is %+v", c.Weibo)
	}
	if !slices.Equal(c.Roles, []string{"api", "worker"}) || c.Redis.Sentinel.Master != "m" || !c.InsecureCookie {
		t.Errorf("roles %v, sentinel %+v, insecure_cookie %v", c.Roles, c.Redis.Sentinel, c.InsecureCookie)
	}
}

func TestWhatIsWrittenWithoutAValueKeepsItsDefault(t *testing.T) {
	c := mustLoad(t, "listen:\nweibo:\n", "WEIBOX_DATA=")
	if c.Listen != ":8080" || c.Data != "data" || c.Weibo.DMLength != 300 {
		t.Errorf("listen %q, data %q, dm_length %d", c.Listen, c.Data, c.Weibo.DMLength)
	}
}

func TestEveryUnknownNameIsRefusedAndTheNearestOneNamed(t *testing.T) {
	_, err := Load(yamlFile(t, "redis: {adress: 'x:1'}\nwholly_elsewhere: 1"), []string{"WEIBOX_WEIBO_APPKEY=1"})
	if got := problemKeys(t, err); !slices.Equal(got, []string{"redis.adress", "wholly_elsewhere", "WEIBOX_WEIBO_APPKEY"}) {
		t.Fatalf("problems with %v", got)
	}
	for _, want := range []string{"did you mean redis.address?", "did you mean WEIBOX_WEIBO_APP_KEY?", "config.example.yaml"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %s", want, err)
		}
	}
}

func TestVariablesOfTestsAreNoSettings(t *testing.T) {
	if _, err := Load("", []string{"WEIBOX_TEST_MYSQL=root@tcp(127.0.0.1:3306)/"}); err != nil {
		t.Error(err)
	}
}

func TestADurationNeedsAUnit(t *testing.T) {
	for _, written := range []string{"5", "'5'", "five", "[1s]", "true"} {
		_, err := Load(yamlFile(t, "polling: {every: "+written+"}"), nil)
		if got := problemKeys(t, err); !slices.Equal(got, []string{"polling.every"}) {
			t.Errorf("%s: problems with %v", written, got)
		}
	}
}

func TestAValueThatCannotBeReadIsNeverRepeated(t *testing.T) {
	_, err := Load(yamlFile(t, "master_keys: {k1: tiger}"), []string{"WEIBOX_REDIS_DB=tiger"})
	if got := problemKeys(t, err); !slices.Contains(got, "redis.db") {
		t.Fatalf("problems with %v: %v", got, err)
	}
	if strings.Contains(err.Error(), "tiger") {
		t.Errorf("the value is in %s", err)
	}
}

func TestAFileThatIsNotThereOrNotYAMLIsAProblem(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "none.yaml"), yamlFile(t, "\tlisten: ':1'"), yamlFile(t, "- a\n- b")} {
		if _, err := Load(path, nil); len(problemKeys(t, err)) != 1 {
			t.Errorf("%s gives %v", path, err)
		}
	}
}

func TestNoTwoSettingsShareAVariable(t *testing.T) {
	seen := map[string]string{}
	for _, key := range Default().settings().Keys() {
		if other := seen[Variable(key)]; other != "" {
			t.Errorf("%s and %s are both %s", key, other, Variable(key))
		}
		if strings.HasPrefix(Variable(key), forTests) {
			t.Errorf("%s would be taken for a variable of tests", key)
		}
		seen[Variable(key)] = key
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("listen: ':1'", "WEIBOX_ROLES=api")
	f.Add("weibo: {quotas: {app_per_hour: 1e99}}", "WEIBOX_POLLING_EVERY=1h")
	f.Add("weibo: [1, {a: b}]\nredis: &a {db: *a}", "WEIBOX_=x")
	f.Fuzz(func(t *testing.T, yaml, variable string) {
		c, err := Load(yamlFile(t, yaml), []string{variable})
		var problems Problems
		if err != nil && !errors.As(err, &problems) {
			t.Fatalf("%T is no list of problems: %v", err, err)
		}
		_ = c.validate(local)
	})
}
