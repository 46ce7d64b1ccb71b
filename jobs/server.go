package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"
)

// Servers run the worker's jobs: one asynq server a queue, so that each class of work has its own hands.
type Servers struct{ list []*asynq.Server }

// Pace is how hard a process works.
type Pace struct {
	Hands int           // answers on their way at once; the other classes get a part of it each
	Look  time.Duration // how long an idle interactive queue sleeps between two looks
}

// hands shares them out: polls are slow, triage and files are short.
func (p Pace) hands(queue string) int {
	share := map[string]int{queueDeliver: 1, queuePoll: 2, queueTriage: 4, queueBulk: 4}[queue]
	return max(1, p.Hands/share)
}

// StartServers begins to work.
func StartServers(r *Redis, w *Worker, pace Pace) (*Servers, error) {
	s := &Servers{}
	mux := w.mux()
	for _, queue := range queues {
		server := asynq.NewServerFromRedisClient(r.UniversalClient, pace.config(queue))
		if err := server.Start(mux); err != nil {
			s.Shutdown()
			return nil, fmt.Errorf("queue %s: %w", queue, err)
		}
		s.list = append(s.list, server)
	}
	return s, nil
}

func (p Pace) config(queue string) asynq.Config {
	return asynq.Config{
		Concurrency:       p.hands(queue),
		Queues:            map[string]int{queue: 1},
		TaskCheckInterval: p.look(queue),
		ShutdownTimeout:   30 * time.Second,
		RetryDelayFunc:    retryDelay,
		IsFailure:         func(err error) bool { return !errors.Is(err, context.Canceled) },
		ErrorHandler:      asynq.ErrorHandlerFunc(logFailure),
		Logger:            quiet{},
		LogLevel:          asynq.WarnLevel,
	}
}

// look: nobody waits at the screen for a poll or a file, so those queues may sleep longer.
func (p Pace) look(queue string) time.Duration {
	if queue == queueDeliver || queue == queueTriage {
		return p.Look
	}
	return 4 * p.Look
}

// Shutdown waits for the jobs at hand.
func (s *Servers) Shutdown() {
	done := make(chan struct{}, len(s.list))
	for _, server := range s.list {
		go func() {
			server.Shutdown()
			done <- struct{}{}
		}()
	}
	for range s.list {
		<-done
	}
}

func logFailure(ctx context.Context, task *asynq.Task, err error) {
	slog.WarnContext(ctx, "job failed", "kind", task.Type(), "payload", string(task.Payload()), "err", err)
}

// quiet passes asynq's own messages on to our log.
type quiet struct{}

func (quiet) Debug(args ...any) {}
func (quiet) Info(args ...any)  {}
func (quiet) Warn(args ...any)  { slog.Warn("asynq", "says", fmt.Sprint(args...)) }
func (quiet) Error(args ...any) { slog.Error("asynq", "says", fmt.Sprint(args...)) }
func (quiet) Fatal(args ...any) { slog.Error("asynq", "says", fmt.Sprint(args...)) }
