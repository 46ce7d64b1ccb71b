package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Consent stands in for a manager at the consent screen: it agrees as the brand and gives what the platform sends back to the app.
func Consent(ctx context.Context, screen, uid string) (url.Values, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, screen+"&login_as="+uid+"&decision=allow", nil)
	if err != nil {
		return nil, err
	}
	stay := &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := stay.Do(req)
	if err != nil {
		return nil, err
	}
	_ = answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		return nil, fmt.Errorf("the consent screen answered %s", answer.Status)
	}
	return back.Query(), nil
}
