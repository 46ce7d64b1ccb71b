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

var hands = map[string]int{queueDeliver: 16, queueTriage: 4, queuePoll: 8, queueBulk: 4}

// StartServers begins to work.
func StartServers(r *Redis, w *Worker) (*Servers, error) {
	s := &Servers{}
	mux := w.mux()
	for queue, n := range hands {
		server := asynq.NewServerFromRedisClient(r.UniversalClient, serverConfig(r, queue, n))
		if err := server.Start(mux); err != nil {
			s.Shutdown()
			return nil, fmt.Errorf("queue %s: %w", queue, err)
		}
		s.list = append(s.list, server)
	}
	return s, nil
}

func serverConfig(r *Redis, queue string, hands int) asynq.Config {
	return asynq.Config{
		Concurrency: hands,
		Queues:      map[string]int{queue: 1},
		// How long an idle queue sleeps between two looks. In the process a look costs more than over the wire.
		TaskCheckInterval: checkInterval(r, queue),
		ShutdownTimeout:   30 * time.Second,
		RetryDelayFunc:    retryDelay,
		IsFailure:         func(err error) bool { return !errors.Is(err, context.Canceled) },
		ErrorHandler:      asynq.ErrorHandlerFunc(logFailure),
		Logger:            quiet{},
		LogLevel:          asynq.WarnLevel,
	}
}

func checkInterval(r *Redis, queue string) time.Duration {
	interactive := queue == queueDeliver || queue == queueTriage
	switch {
	case !r.InProcess && interactive:
		return 20 * time.Millisecond
	case interactive:
		return 50 * time.Millisecond
	default:
		return 200 * time.Millisecond
	}
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
