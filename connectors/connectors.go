// Package connectors lists the platforms we speak to. To add one: write its package beside weibo with the same file names, let it pass
// connectortest, add its settings and its line here.
package connectors

import (
	"time"

	"weibox/connectors/weibo"
	"weibox/inbox"
)

// Settings of all platforms.
type Settings struct {
	Weibo weibo.Settings
}

// Defaults are the documented values of every platform.
func Defaults() Settings {
	return Settings{Weibo: weibo.Defaults()}
}

// All makes every connector. Calls are counted on the meter.
func All(s Settings, meter inbox.Meter, now func() time.Time) []inbox.Connector {
	return []inbox.Connector{
		weibo.New(s.Weibo, meter, now),
	}
}
