package inbox

import "time"

// SystemStatus is how the installation is, for those who run it.
type SystemStatus struct {
	Engine      string // of the database
	RedisInside bool   // Redis runs inside the process
	StartedAt   time.Time
	Backlog     Backlog
	DeadLetters int        // of the viewer's workspace, still unread
	Problems    []Sentence // what breaks a promise, and what to do about it
}
