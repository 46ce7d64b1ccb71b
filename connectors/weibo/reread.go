package weibo

import (
	"fmt"

	"weibox/inbox"
)

// Reread reads one item of a polled list again.
func (c *Connector) Reread(account inbox.Account, source inbox.SourceName, raw []byte) (*inbox.Inbound, error) {
	for _, s := range sources {
		if s.Name == source {
			return s.read(account.ExternalID, raw)
		}
	}
	return nil, fmt.Errorf("weibo has no source %q", source)
}
