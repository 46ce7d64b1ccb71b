package connectors

import (
	"testing"
	"time"

	"weibox/connectors/connectortest"
	"weibox/inbox"
)

func TestEveryPlatformIsListedOnceAndHasAFace(t *testing.T) {
	seen := map[inbox.Platform]bool{}
	for _, c := range All(Defaults(), connectortest.NewMeter(time.Now), time.Now) {
		if seen[c.Platform()] || c.Platform() == "" || c.Face().ZH == "" {
			t.Errorf("%q %+v", c.Platform(), c.Face())
		}
		seen[c.Platform()] = true
	}
	if !seen["weibo"] {
		t.Error("Weibo is not listed")
	}
}
