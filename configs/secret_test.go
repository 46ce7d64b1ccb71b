package configs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestASecretIsInNothingThatPrintsAConfig(t *testing.T) {
	c := Default()
	c.MasterKeys, c.Database.DSN, c.Redis.Password, c.Redis.Sentinel.Password, c.Weibo.AppSecret = "tiger", "tiger", "tiger", "tiger", "tiger"
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("start", "config", c, "secret", c.MasterKeys)
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("start", "config", c, "secret", c.MasterKeys)
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for way, text := range map[string]string{
		"%v": fmt.Sprintf("%v", c), "%+v": fmt.Sprintf("%+v", c), "%#v": fmt.Sprintf("%#v", c), "%q": fmt.Sprintf("%q", c.MasterKeys),
		"log": logged.String(), "JSON": string(asJSON), "Redacted": c.Redacted(),
	} {
		if strings.Contains(text, "tiger") {
			t.Errorf("%s shows a secret: %s", way, text)
		}
	}
	if n := strings.Count(c.Redacted(), hidden); n != 5 {
		t.Errorf("%d secrets are hidden, want 5: %s", n, c.Redacted())
	}
	if c.MasterKeys.Reveal() != "tiger" {
		t.Error("Reveal does not give the secret")
	}
}
