// Package faults names the instants at which the program may die without breaking a promise. The release build knows none of them: Point is
// empty there and leaves nothing behind. Built with the tag chaos, the program kills itself where jobs/chaos tells it to (docs/chaos.md).
package faults
