package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"weibox/inbox"
	"weibox/inbox/faults"

	"gorm.io/gorm"
)

// Tx is one transaction. Changes and facts are gathered while it runs and written at its end: the change numbers are taken by the last
// statements, so that the order of numbers is the order of commits.
type Tx struct {
	*gorm.DB
	store   *Store
	now     time.Time
	changes map[inbox.Change]bool
	facts   []factRow
}

// Now is the instant of the transaction, in UTC with milliseconds.
func (tx *Tx) Now() time.Time { return tx.now }

// Change notes that browsers should look at something again. Noting it twice is noting it once.
func (tx *Tx) Change(workspace inbox.WorkspaceID, kind inbox.ChangeKind, id int64, account inbox.AccountID) {
	if tx.changes == nil {
		tx.changes = map[inbox.Change]bool{}
	}
	tx.changes[inbox.Change{WorkspaceID: workspace, Kind: kind, ID: id, AccountID: account}] = true
}

// Fact appends a line to the journal.
func (tx *Tx) Fact(f inbox.Fact) {
	if f.At.IsZero() {
		f.At = tx.now
	}
	tx.facts = append(tx.facts, factRowOf(f))
}

func (tx *Tx) flush() error {
	faults.Point("commit.near")
	if len(tx.facts) > 0 {
		if err := tx.CreateInBatches(&tx.facts, 200).Error; err != nil {
			return fmt.Errorf("journal: %w", err)
		}
	}
	return tx.number()
}

// number takes the change numbers, workspaces in order so that two transactions never wait for each other in a circle.
func (tx *Tx) number() error {
	if len(tx.changes) == 0 {
		return nil
	}
	var rows []changeRow
	for workspace, changes := range byWorkspace(tx.changes) {
		last, err := tx.takeNumbers(workspace, len(changes))
		if err != nil {
			return err
		}
		for i, c := range changes {
			rows = append(rows, changeRow{WorkspaceID: workspace, Seq: last - int64(len(changes)-1-i), Kind: string(c.Kind), RefID: c.ID,
				AccountID: c.AccountID, At: at{tx.now}})
		}
	}
	return tx.CreateInBatches(&rows, 300).Error
}

func (tx *Tx) takeNumbers(workspace inbox.WorkspaceID, n int) (last int64, err error) {
	if err := tx.Exec("UPDATE workspaces SET seq = seq + ? WHERE id = ?", n, workspace).Error; err != nil {
		return 0, err
	}
	err = tx.Raw("SELECT seq FROM workspaces WHERE id = ?", workspace).Scan(&last).Error
	return last, err
}

// byWorkspace yields the changes of each workspace in the order of workspaces, each list in a fixed order.
func byWorkspace(changes map[inbox.Change]bool) func(yield func(inbox.WorkspaceID, []inbox.Change) bool) {
	return func(yield func(inbox.WorkspaceID, []inbox.Change) bool) {
		grouped := map[inbox.WorkspaceID][]inbox.Change{}
		for c := range changes {
			grouped[c.WorkspaceID] = append(grouped[c.WorkspaceID], c)
		}
		for _, workspace := range sortedKeys(grouped) {
			list := grouped[workspace]
			slices.SortFunc(list, func(a, b inbox.Change) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
			if !yield(workspace, list) {
				return
			}
		}
	}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

type factRow struct {
	ID             inbox.FactID
	WorkspaceID    inbox.WorkspaceID
	At             at
	Kind           string
	AccountID      ref[inbox.AccountID]
	ConversationID ref[inbox.ConversationID]
	EpisodeID      ref[inbox.EpisodeID]
	MessageID      ref[inbox.MessageID]
	ActorID        ref[inbox.AgentID]
	WhyZH          string `gorm:"column:why_zh"`
	WhyEN          string `gorm:"column:why_en"`
	Data           string
}

func (factRow) TableName() string { return "facts" }

func factRowOf(f inbox.Fact) factRow {
	return factRow{WorkspaceID: f.WorkspaceID, At: at{f.At}, Kind: string(f.Kind), AccountID: ref[inbox.AccountID]{f.AccountID},
		ConversationID: ref[inbox.ConversationID]{f.ConversationID}, EpisodeID: ref[inbox.EpisodeID]{f.EpisodeID},
		MessageID: ref[inbox.MessageID]{f.MessageID}, ActorID: ref[inbox.AgentID]{f.ActorID}, WhyZH: f.Why.ZH, WhyEN: f.Why.EN,
		Data: string(f.Data)}
}

func (r factRow) fact() inbox.Fact {
	return inbox.Fact{ID: r.ID, WorkspaceID: r.WorkspaceID, At: r.At.Time, Kind: inbox.FactKind(r.Kind), AccountID: r.AccountID.ID,
		ConversationID: r.ConversationID.ID, EpisodeID: r.EpisodeID.ID, MessageID: r.MessageID.ID, ActorID: r.ActorID.ID,
		Why: inbox.Sentence{ZH: r.WhyZH, EN: r.WhyEN}, Data: json.RawMessage(r.Data)}
}

type changeRow struct {
	WorkspaceID inbox.WorkspaceID
	Seq         int64
	Kind        string
	RefID       int64
	AccountID   inbox.AccountID
	At          at
}

func (changeRow) TableName() string { return "changes" }
