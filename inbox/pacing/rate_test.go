package pacing

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestTheRateOfASteadySourceIsFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, truth := range []float64{0.05, 1, 20} {
		rate, sum, n := Rate{}, 0.0, 0
		for half := range 48 * 600 {
			rate = rate.Learn(poissonNumber(rng, truth/2), 30*time.Minute)
			if half > 48*20 {
				sum, n = sum+rate.PerHour(), n+1
			}
		}
		if mean := sum / float64(n); math.Abs(mean/truth-1) > 0.1+0.005/truth {
			t.Errorf("%.2f items an hour are taken for %.3f", truth, mean)
		}
	}
}

func TestThePastFadesInThreeDays(t *testing.T) {
	rate := Rate{}
	learn := func(found, hours int) {
		for range hours {
			rate = rate.Learn(found, time.Hour)
		}
	}
	learn(10, 24*30)
	learn(0, 24*6)
	if got := rate.PerHour(); got > 1.5 || got < 1 { // 10·e^-2
		t.Errorf("after six quiet days ten items an hour are still taken for %.2f", got)
	}
}

func TestAllPollIntervalsTeachTheSame(t *testing.T) {
	often, seldom := Rate{}, Rate{}
	for range 24 * 20 {
		for range 6 {
			often = often.Learn(1, 10*time.Minute)
		}
		seldom = seldom.Learn(6, time.Hour)
	}
	if math.Abs(often.PerHour()/seldom.PerHour()-1) > 0.02 {
		t.Errorf("polled every ten minutes it is %.3f, every hour %.3f", often.PerHour(), seldom.PerHour())
	}
}

func TestOnlyWhatChanceDoesNotExplainIsARush(t *testing.T) {
	steady := Rate{Items: 6 * 72, Hours: 72}
	if rate := steady.Learn(6+4, time.Hour); rate.Burst != 0 {
		t.Errorf("ten where six were expected made a rush of %.2f", rate.Burst)
	}
	rush := steady.Learn(40, time.Hour)
	if rush.Burst < 10 {
		t.Fatalf("forty where six were expected made a rush of %.2f", rush.Burst)
	}
	usual, now := rush, rush.Waiting(20*time.Minute)
	usual.Burst = 0
	if now < 2*usual.Waiting(20*time.Minute) {
		t.Errorf("in a rush %.1f are expected in the next twenty minutes, else %.1f", now, usual.Waiting(20*time.Minute))
	}
	if later := rush.Learn(6, 5*time.Hour); later.Burst > rush.Burst/100 {
		t.Errorf("five hours later the rush still is %.2f", later.Burst)
	}
}

func TestASeedIsSoonOutweighed(t *testing.T) {
	fresh := Seed(10)
	if got := fresh.PerHour(); got < 10 || got > 10.2 {
		t.Errorf("it begins with %.1f", got)
	}
	for range 24 {
		fresh = fresh.Learn(0, time.Hour)
	}
	if got := fresh.PerHour(); got > 1 {
		t.Errorf("after a day of nothing it is %.2f", got)
	}
}

func TestNothingIsLearnedInNoTime(t *testing.T) {
	rate := Rate{Items: 3, Hours: 5, Burst: 1}
	if rate.Learn(10, 0) != rate || rate.Learn(10, -time.Second) != rate {
		t.Error("a clock that stands or goes back taught something")
	}
}
