package connectortest

import (
	"context"
	"testing"
	"time"

	"weibox/inbox"
)

func TestTheMeterRefusesTheCallThatIsOneTooMany(t *testing.T) {
	clock := NewClock(time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC))
	m := NewMeter(clock.Now)
	hourly := inbox.Quota{Key: "a:b:c:hour", Limit: 2, Window: time.Hour}
	other := inbox.Quota{Key: "a:b:d:hour", Window: time.Hour}
	spend := func() error { return m.Spend(context.Background(), inbox.ForReading, other, hourly) }
	for range 2 {
		if err := spend(); err != nil {
			t.Fatal(err)
		}
	}
	if r := inbox.RefusalOf(spend()); r == nil || !r.RetryAt.Equal(clock.Now().Add(time.Hour)) {
		t.Errorf("%+v", r)
	}
	if got := m.Spent()[other.Key]; got != 2 {
		t.Errorf("a refused call was paid from another quota: %d", got)
	}
	clock.Forward(time.Hour)
	if err := spend(); err != nil {
		t.Errorf("in the next hour: %v", err)
	}
	until := clock.Now().Add(10 * time.Minute)
	if err := m.Exhaust(context.Background(), other, until); err != nil {
		t.Fatal(err)
	}
	if r := inbox.RefusalOf(spend()); r == nil || !r.RetryAt.Equal(until) {
		t.Errorf("an exhausted quota without a limit: %+v", r)
	}
}
