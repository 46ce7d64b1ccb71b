package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"weibox/inbox"
	"weibox/inbox/faults"

	"gorm.io/gorm/clause"
)

// ingest is one transaction of the way in. Its steps each take the whole group; the number of statements does not grow with it.
type ingest struct {
	*Tx
	batches []inbox.Batch
	out     inbox.Committed

	items     []*arrival
	contacts  map[contactKey]*contactRow
	windows   map[windowKey]*inbox.ContactAccount
	talks     map[talkKey]*inbox.Conversation
	changed   map[inbox.ConversationID]bool
	sightings map[messageKey]*arrival // the first sighting of each key in this group
	lessons   []int                   // batches whose cursor moved and that teach how often news comes
}

// arrival is one sighting on its way through the steps.
type arrival struct {
	inbox.Inbound
	account  inbox.Account
	imported bool
	batch    int
	contact  inbox.ContactID
	talk     *inbox.Conversation
	message  messageRow
	isNew    bool
}

type (
	contactKey struct {
		workspace       inbox.WorkspaceID
		platform, realm string
		externalID      string
	}
	windowKey struct {
		account inbox.AccountID
		contact inbox.ContactID
	}
	talkKey struct {
		account inbox.AccountID
		contact inbox.ContactID
		place   string
	}
	messageKey struct {
		account    inbox.AccountID
		object     string
		externalID string
	}
)

// ingestSteps is the life of a group of batches, in order.
var ingestSteps = []func(*ingest) error{
	(*ingest).touchAccounts, // first: what refers to an account holds its row too
	(*ingest).keepRejects,
	(*ingest).moveCursors,
	(*ingest).findContacts,
	(*ingest).findPosts,
	(*ingest).findTruePlaces,
	(*ingest).findConversations, // and lock them: one writer owns a conversation, whatever the order of arrival
	(*ingest).findKnown,         // a second sighting of a message ends here
	(*ingest).recogniseEchoes,   // what we sent ourselves comes back by polling
	(*ingest).addMessages,
	(*ingest).addAttachments,
	(*ingest).moveWindows,
	(*ingest).receive,
	(*ingest).learnPaces,
}

// Ingest stores all batches in one transaction: contacts, posts, conversations, messages, facts, cursors and dead letters.
func (s *Store) Ingest(ctx context.Context, batches []inbox.Batch) (inbox.Committed, error) {
	var out inbox.Committed
	err := s.runTx(ctx, s.write, func(tx *Tx) error {
		in := newIngest(tx, batches)
		for _, step := range ingestSteps {
			if err := step(in); err != nil {
				return err
			}
			faults.Point("ingest.step") // each in its turn
		}
		out = in.out
		return nil
	})
	if err == nil && s.watch != nil {
		for i, b := range batches {
			s.watch.Ingested(b, out.Outcomes[i], s.now())
		}
	}
	return out, err
}

func newIngest(tx *Tx, batches []inbox.Batch) *ingest {
	in := &ingest{Tx: tx, batches: batches, contacts: map[contactKey]*contactRow{}, windows: map[windowKey]*inbox.ContactAccount{},
		talks: map[talkKey]*inbox.Conversation{}, changed: map[inbox.ConversationID]bool{}, sightings: map[messageKey]*arrival{}}
	in.out = inbox.Committed{Outcomes: make([]inbox.Outcome, len(batches)), Triage: map[inbox.WorkspaceID][]inbox.MessageID{},
		Media: map[inbox.WorkspaceID][]inbox.MediaID{}, Profiles: map[inbox.WorkspaceID][]inbox.ContactID{}}
	workspaces := map[inbox.WorkspaceID]bool{}
	for i, b := range batches {
		workspaces[b.Account.WorkspaceID] = true
		for _, item := range b.Items {
			item.Text = strings.ToValidUTF8(item.Text, "\uFFFD")
			in.items = append(in.items, &arrival{Inbound: item, account: b.Account, imported: b.Imported, batch: i})
		}
	}
	in.out.Workspaces = sortedKeys(workspaces)
	return in
}

// keepRejects stores whole what could not be read. A re-read overlap meets the same item again; it is kept once.
func (in *ingest) keepRejects() error {
	var rows []deadLetterRow
	for i, b := range in.batches {
		for _, r := range b.Rejects {
			in.out.Outcomes[i].Rejected++
			rows = append(rows, deadLetterRow{WorkspaceID: b.Account.WorkspaceID, AccountID: b.Account.ID, Source: b.Origin, Reason: clip(r.Err.Error(), 1000),
				Raw: r.Raw, RawHash: hashOf(r.Raw), CreatedAt: at{in.now}})
			in.Change(b.Account.WorkspaceID, inbox.AccountChanged, int64(b.Account.ID), b.Account.ID)
		}
	}
	return in.addMissing(&rows, len(rows))
}

// addMissing inserts what is not there yet. The ids it leaves in rows are not to be trusted (docs: engines), so callers read them back.
func (in *ingest) addMissing(rows any, n int) error {
	if n == 0 {
		return nil
	}
	return in.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, 100).Error
}

func hashOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func clip(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n])
	}
	return text
}

func jsonOf(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // only our own plain values come here
	}
	return text
}

// touchAccounts remembers when an account was last heard from, at most every ten seconds: each push must not fight for one row.
func (in *ingest) touchAccounts() error {
	pushed, heard := map[inbox.AccountID]inbox.WorkspaceID{}, map[inbox.AccountID]inbox.WorkspaceID{}
	for _, b := range in.batches {
		if b.Origin == inbox.OriginWebhook && in.now.Sub(b.Account.LastPushAt) > touchEvery {
			pushed[b.Account.ID] = b.Account.WorkspaceID
		}
		if len(b.Items) > 0 && !b.Imported && in.now.Sub(b.Account.LastInAt) > touchEvery {
			heard[b.Account.ID] = b.Account.WorkspaceID
		}
	}
	for _, id := range sortedKeys(pushed) {
		if err := in.touch(pushed[id], id, "last_push_at"); err != nil {
			return err
		}
	}
	for _, id := range sortedKeys(heard) {
		if err := in.touch(heard[id], id, "last_in_at"); err != nil {
			return err
		}
	}
	return nil
}

const touchEvery = 10 * time.Second

func (in *ingest) touch(workspace inbox.WorkspaceID, id inbox.AccountID, column string) error {
	return in.Table("accounts").Where("workspace_id = ? AND id = ?", workspace, id).Update(column, at{in.now}).Error
}
