package jobs

import "context"

// Sweep looks for work that no hint has led to.
type Sweep struct{}

func (Sweep) Kind() string  { return "house.sweep" }
func (Sweep) Queue() string { return queueDeliver }

func (w *Worker) sweep(ctx context.Context, _ Sweep) error { return w.Sweeper.Sweep(ctx) }
