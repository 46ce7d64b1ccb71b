package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"weibox/inbox"
	"weibox/inbox/faults"

	"gorm.io/gorm"
)

type outboxRow struct {
	ID                inbox.OutboxID
	WorkspaceID       inbox.WorkspaceID
	AccountID         inbox.AccountID
	ConversationID    inbox.ConversationID
	MessageID         inbox.MessageID
	ContactID         inbox.ContactID
	AuthorID          inbox.AgentID
	Kind              string
	Text              string
	Essence           string
	ContactExternalID string
	ParentID          string
	PostID            string
	OperatorIP        string
	State             string
	Attempt           int
	NotBefore         at
	ReasonZH          string `gorm:"column:reason_zh"`
	ReasonEN          string `gorm:"column:reason_en"`
	Code              string
	LeaseUntil        int64
	LeaseHolder       string
	StartedAt         at
	CheckAt           at
	Checks            int
	ExternalID        string
	SettledBy         string
	Doubted           bool
	IdempotencyKey    string
	BodyHash          string
	CreatedAt         at
}

func (outboxRow) TableName() string { return "outbox" }

func (r outboxRow) reply() inbox.Reply {
	return inbox.Reply{ID: r.ID, WorkspaceID: r.WorkspaceID, AccountID: r.AccountID, ConversationID: r.ConversationID, MessageID: r.MessageID,
		ContactID: r.ContactID, AuthorID: r.AuthorID, Kind: inbox.Kind(r.Kind), Text: r.Text, Essence: r.Essence, ContactExtID: inbox.ExternalID(r.ContactExternalID),
		ParentID: inbox.ExternalID(r.ParentID), PostID: inbox.ExternalID(r.PostID), OperatorIP: r.OperatorIP, State: inbox.ReplyState(r.State),
		Attempt: r.Attempt, NotBefore: r.NotBefore.Time, Reason: inbox.Sentence{ZH: r.ReasonZH, EN: r.ReasonEN}, Code: r.Code,
		LeaseUntil: time.UnixMilli(r.LeaseUntil).UTC(), LeaseHolder: r.LeaseHolder, StartedAt: r.StartedAt.Time, CheckAt: r.CheckAt.Time,
		Checks: r.Checks, ExternalID: inbox.ExternalID(r.ExternalID), SettledBy: inbox.SettledBy(r.SettledBy), Doubted: r.Doubted,
		CanRecheck: r.Essence != "", CreatedAt: r.CreatedAt.Time}
}

// AddReply stores an answer and its outbox row in one transaction, under the lock of the conversation.
func (s *Store) AddReply(ctx context.Context, r inbox.NewReply, hash string, decide func(inbox.Draft) (inbox.Reply, error)) (inbox.Message, error) {
	var id inbox.OutboxID
	err := s.RunTx(ctx, func(tx *Tx) error {
		known, err := tx.replyByKey(r, hash)
		if err != nil || known != 0 {
			id = known
			return err
		}
		draft, err := tx.draft(r)
		if err != nil {
			return err
		}
		reply, err := decide(draft)
		if err != nil {
			return err
		}
		id, err = tx.addReply(r, hash, draft, reply)
		faults.Point("reply.written")
		return err
	})
	if duplicate(err) { // the same key, twice at the same moment: the other one has stored it
		return s.AddReply(ctx, r, hash, decide)
	}
	if err != nil {
		return inbox.Message{}, err
	}
	faults.Point("reply.committed")
	return s.ReplyMessage(ctx, r.Author, id)
}

func (tx *Tx) replyByKey(r inbox.NewReply, hash string) (inbox.OutboxID, error) {
	var row outboxRow
	err := tx.Select("id", "body_hash").Where("workspace_id = ? AND idempotency_key = ?", r.Author.WorkspaceID, r.Key).Take(&row).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return 0, nil
	case err != nil:
		return 0, err
	case row.BodyHash != hash:
		return 0, &inbox.Error{Code: inbox.Conflict, Field: "Idempotency-Key", ZH: "这个请求标识已用于另一条回复，请换一个", EN: "this key was used for another reply: use a new one"}
	}
	return row.ID, nil
}

func (tx *Tx) draft(r inbox.NewReply) (inbox.Draft, error) {
	var d inbox.Draft
	row, err := tx.lockConversation(r.Author, r.ConversationID)
	if err != nil {
		return d, err
	}
	d.Conversation = row.conversation()
	if err := tx.loadCounterparts(&d.Conversation); err != nil {
		return d, err
	}
	if d.Account, err = tx.account(d.Conversation.WorkspaceID, d.Conversation.AccountID); err != nil {
		return d, err
	}
	if d.Target, err = tx.target(d.Conversation, r.ReplyTo); err != nil {
		return d, err
	}
	d.Newest, err = tx.unseenAnswer(r)
	return d, err
}

// target is the message that is answered: the one asked for, else the newest of the fan.
func (tx *Tx) target(c inbox.Conversation, wanted inbox.MessageID) (inbox.Message, error) {
	q := tx.Where("workspace_id = ? AND conversation_id = ? AND direction = ? AND object <> ?", c.WorkspaceID, c.ID, string(inbox.In), string(inbox.ObjectEvent))
	if wanted != 0 {
		q = q.Where("id = ?", wanted)
	}
	var row messageRow
	err := q.Order("sent_at DESC, id DESC").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) && c.Place == inbox.PlaceDM && wanted == 0 {
		return inbox.Message{Object: inbox.ObjectDM, Kind: inbox.KindDM}, nil // the fan followed or pressed a button: the window is open all the same
	}
	return row.message(), oneRow(err, "要回复的消息", "message to answer")
}

// unseenAnswer is the newest answer by somebody else that the composer had not seen. What surely did not go out does not count.
func (tx *Tx) unseenAnswer(r inbox.NewReply) (inbox.Message, error) {
	var rows []messageRow
	err := tx.Where("workspace_id = ? AND conversation_id = ? AND direction = ? AND id > ? AND (author_id IS NULL OR author_id <> ?)",
		r.Author.WorkspaceID, r.ConversationID, string(inbox.Out), r.Seen, r.Author.ID).
		Where("NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message_id = messages.id AND o.state IN ?)", []string{string(inbox.Failed), string(inbox.Cancelled)}).
		Order("id DESC").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return inbox.Message{}, err
	}
	return rows[0].message(), nil
}

func (tx *Tx) addReply(r inbox.NewReply, hash string, d inbox.Draft, reply inbox.Reply) (inbox.OutboxID, error) {
	c := d.Conversation
	message := messageRowOf(inbox.Message{WorkspaceID: c.WorkspaceID, AccountID: c.AccountID, ConversationID: c.ID, ContactID: c.ContactID,
		Object: answerObject(reply), Kind: reply.Kind, Direction: inbox.Out, Origin: inbox.FromAgent, Type: "text", Text: r.Text,
		AuthorID: r.Author.ID, ParentID: reply.ParentID, PostID: reply.PostID, ReplyToID: d.Target.ID, SentAt: tx.now, CreatedAt: tx.now})
	if err := tx.Create(&message).Error; err != nil {
		return 0, err
	}
	row := outboxRow{WorkspaceID: c.WorkspaceID, AccountID: c.AccountID, ConversationID: c.ID, MessageID: message.ID, ContactID: c.ContactID,
		AuthorID: r.Author.ID, Kind: string(reply.Kind), Text: r.Text, Essence: reply.Essence, ContactExternalID: string(reply.ContactExtID), ParentID: string(reply.ParentID),
		PostID: string(reply.PostID), OperatorIP: r.OperatorIP, State: string(reply.State), NotBefore: at{reply.NotBefore}, ReasonZH: reply.Reason.ZH,
		ReasonEN: reply.Reason.EN, IdempotencyKey: r.Key, BodyHash: hash, CreatedAt: at{tx.now}}
	if err := tx.Create(&row).Error; err != nil {
		return 0, err
	}
	if err := tx.hearAgent(c, message.message(), r); err != nil {
		return 0, err
	}
	return row.ID, nil
}

// answerObject is what the platform will store the answer as.
func answerObject(r inbox.Reply) inbox.Object {
	if r.Kind == inbox.KindDM {
		return inbox.ObjectDM
	}
	return inbox.ObjectComment
}

// hearAgent makes the answer the newest line of the conversation and, if the agent asked for it, resolves it.
func (tx *Tx) hearAgent(c inbox.Conversation, m inbox.Message, r inbox.NewReply) error {
	c.Answer(m)
	err := tx.Table("conversations").Where("workspace_id = ? AND id = ?", c.WorkspaceID, c.ID).Updates(map[string]any{
		"last_out_id": ref[inbox.MessageID]{c.LastOutID}, "last_out_at": at{c.LastOutAt}, "last_activity_at": at{c.LastActivityAt}, "snippet": c.Snippet,
		"snippet_from": string(c.SnippetFrom), "version": gorm.Expr("version + 1")}).Error
	if err != nil {
		return err
	}
	tx.touched(c)
	if r.Resolve && c.State != inbox.Resolved {
		return tx.resolve(c, r.Author)
	}
	return nil
}

// touched tells the browsers that a conversation and its messages changed.
func (tx *Tx) touched(c inbox.Conversation) {
	tx.Change(c.WorkspaceID, inbox.ConversationChanged, int64(c.ID), c.AccountID)
	tx.Change(c.WorkspaceID, inbox.MessagesChanged, int64(c.ID), c.AccountID)
}

// ClaimReply takes a queued reply that is due, while nothing of its conversation is on its way and nothing earlier is queued.
func (s *Store) ClaimReply(ctx context.Context, w inbox.WorkspaceID, id inbox.OutboxID, holder string, lease time.Duration) (inbox.Reply, inbox.Account, bool, error) {
	var reply inbox.Reply
	var account inbox.Account
	claimed := false
	err := s.RunTx(ctx, func(tx *Tx) error {
		claimed = false
		var row outboxRow
		if err := tx.Where("workspace_id = ? AND id = ?", w, id).Take(&row).Error; err != nil {
			return oneRow(err, "回复", "reply")
		}
		if err := tx.lockTalk(row.reply()); err != nil {
			return err
		}
		if ok, err := tx.claim(row, holder, lease); err != nil || !ok {
			return err
		}
		if err := tx.Where("workspace_id = ? AND id = ?", w, id).Take(&row).Error; err != nil {
			return err
		}
		var err error
		if account, err = tx.account(w, row.AccountID); err != nil {
			return err
		}
		faults.Point("claim.written")
		claimed, reply = true, row.reply()
		reply.Platform = account.Platform
		tx.Change(w, inbox.MessagesChanged, int64(row.ConversationID), row.AccountID)
		return nil
	})
	return reply, account, claimed, err
}

// lockTalk makes everybody who moves replies of a conversation wait for one another. The way in locks conversations first, too.
func (tx *Tx) lockTalk(r inbox.Reply) error {
	return tx.forUpdate().Select("id").Where("workspace_id = ? AND id = ?", r.WorkspaceID, r.ConversationID).Take(&conversationRow{}).Error
}

func (tx *Tx) claim(row outboxRow, holder string, lease time.Duration) (bool, error) {
	done := tx.Exec("UPDATE outbox SET state = ?, attempt = attempt + 1, lease_holder = ?, lease_until = ?, started_at = ?, reason_zh = '', reason_en = '', code = '' "+
		"WHERE workspace_id = ? AND id = ? AND state = ? AND not_before <= ? AND NOT EXISTS (SELECT 1 FROM (SELECT id FROM outbox "+
		"WHERE workspace_id = ? AND conversation_id = ? AND (state = ? OR state = ? AND id < ?)) before_it)",
		string(inbox.Sending), holder, tx.now.Add(lease).UnixMilli(), at{tx.now}, row.WorkspaceID, row.ID, string(inbox.Queued), at{tx.now},
		row.WorkspaceID, row.ConversationID, string(inbox.Sending), string(inbox.Queued), row.ID)
	return done.RowsAffected == 1, done.Error
}

// SettleReply ends an attempt. It changes nothing if the reply is no longer in one of the states, or if a newer attempt has begun.
func (s *Store) SettleReply(ctx context.Context, r inbox.Reply, from []inbox.ReplyState, v inbox.Verdict) (settled bool, next inbox.OutboxID, err error) {
	err = s.RunTx(ctx, func(tx *Tx) error {
		settled, err = tx.settle(r, from, v)
		if err != nil || !settled {
			return err
		}
		next, err = tx.nextReply(r)
		faults.Point("verdict.written")
		return err
	})
	if err == nil && settled && r.State == inbox.Sending && s.watch != nil {
		s.watch.Settled(r.Platform, v.State, s.now().Sub(r.StartedAt))
	}
	return settled, next, err
}

// settle writes a verdict down. r.State is what the caller last saw: what counts is what the row says now.
func (tx *Tx) settle(r inbox.Reply, from []inbox.ReplyState, v inbox.Verdict) (bool, error) {
	if err := tx.lockTalk(r); err != nil {
		return false, err
	}
	var was []string
	err := tx.Table("outbox").Where("workspace_id = ? AND id = ? AND attempt = ?", r.WorkspaceID, r.ID, r.Attempt).Pluck("state", &was).Error
	if err != nil || len(was) == 0 || !slices.Contains(from, inbox.ReplyState(was[0])) || was[0] == string(v.State) {
		return false, err
	}
	r.State = inbox.ReplyState(was[0])
	fields := map[string]any{"state": string(v.State), "reason_zh": v.Reason.ZH, "reason_en": v.Reason.EN, "code": v.Code, "lease_until": 0,
		"settled_by": string(v.SettledBy), "check_at": at{v.CheckAt}}
	if v.State == inbox.Queued {
		fields["not_before"] = at{v.NotBefore}
	}
	if v.Receipt.ExternalID != "" {
		fields["external_id"] = string(v.Receipt.ExternalID)
	}
	if err := tx.Table("outbox").Where("workspace_id = ? AND id = ?", r.WorkspaceID, r.ID).Updates(fields).Error; err != nil {
		return false, err
	}
	if err := tx.spend(r, v); err != nil {
		return false, err
	}
	if err := tx.follow(r, v); err != nil {
		return false, err
	}
	return true, tx.clearProblem(r)
}

// follow writes down what a verdict means for message, window, waiting time and journal.
func (tx *Tx) follow(r inbox.Reply, v inbox.Verdict) error {
	if v.State == inbox.Queued || v.State == inbox.Held {
		return nil
	}
	tx.journalVerdict(r, v)
	if v.Refusal != nil && v.Refusal.Kind == inbox.RefusedWindow {
		if err := tx.correctWindow(r); err != nil {
			return err
		}
	}
	if v.Refusal != nil && v.Refusal.Kind == inbox.RefusedGone && r.ParentID != "" {
		if err := tx.markDeleted(r); err != nil {
			return err
		}
	}
	if v.State != inbox.Sent {
		return nil
	}
	if err := tx.identify(r, v.Receipt.ExternalID); err != nil {
		return err
	}
	return tx.stopWaiting(r)
}

var verdictFacts = map[inbox.ReplyState]inbox.FactKind{inbox.Sent: inbox.ReplyAccepted, inbox.Failed: inbox.ReplyFailed, inbox.Unknown: inbox.ReplyUncertain}

func (tx *Tx) journalVerdict(r inbox.Reply, v inbox.Verdict) {
	kind, ok := verdictFacts[v.State]
	if !ok {
		return
	}
	tx.Fact(inbox.Fact{WorkspaceID: r.WorkspaceID, Kind: kind, AccountID: r.AccountID, ConversationID: r.ConversationID, MessageID: r.MessageID,
		ActorID: r.AuthorID, Data: jsonOf(map[string]any{"attempt": r.Attempt, "code": v.Code, "settled_by": v.SettledBy})})
}

// spend counts a message against the window's allowance; one of unknown outcome may have been counted by the platform too, until it is known
// that it was not sent.
func (tx *Tx) spend(r inbox.Reply, v inbox.Verdict) error {
	spent := counted(v.State) - counted(r.State)
	if r.Kind != inbox.KindDM || r.State == inbox.Queued || spent == 0 { // queued again: it was counted when it first left
		return nil
	}
	return tx.Exec("UPDATE contact_accounts SET spent = spent + ? WHERE workspace_id = ? AND account_id = ? AND contact_id = ?",
		spent, r.WorkspaceID, r.AccountID, r.ContactID).Error
}

func counted(state inbox.ReplyState) int {
	if state == inbox.Sent || state == inbox.Unknown {
		return 1
	}
	return 0
}

// correctWindow believes the platform when it says that the window is over.
func (tx *Tx) correctWindow(r inbox.Reply) error {
	err := tx.Exec("UPDATE contact_accounts SET window_until = ? WHERE workspace_id = ? AND account_id = ? AND contact_id = ? AND window_until > ?",
		at{tx.now}, r.WorkspaceID, r.AccountID, r.ContactID, at{tx.now}).Error
	if err != nil {
		return err
	}
	return tx.Exec("UPDATE conversations SET window_until = ? WHERE workspace_id = ? AND id = ? AND window_until > ?",
		at{tx.now}, r.WorkspaceID, r.ConversationID, at{tx.now}).Error
}

// markDeleted: platforms do not report deletions; a refused answer is the first sign (docs/platforms/weibo.md §10.16).
func (tx *Tx) markDeleted(r inbox.Reply) error {
	return tx.Exec("UPDATE messages SET deleted = ? WHERE workspace_id = ? AND account_id = ? AND object = ? AND external_id = ?",
		true, r.WorkspaceID, r.AccountID, string(inbox.ObjectComment), string(r.ParentID)).Error
}

// identify gives our message the platform's id. If polling met it first and took it for an answer from elsewhere, that twin goes.
func (tx *Tx) identify(r inbox.Reply, id inbox.ExternalID) error {
	if id == "" {
		return nil
	}
	object := string(answerObject(r))
	err := tx.Exec("DELETE FROM messages WHERE workspace_id = ? AND account_id = ? AND object = ? AND external_id = ? AND origin = ? AND id <> ?",
		r.WorkspaceID, r.AccountID, object, string(id), string(inbox.FromNative), r.MessageID).Error
	if err != nil {
		return err
	}
	return tx.Exec("UPDATE messages SET external_id = ? WHERE workspace_id = ? AND id = ?", string(id), r.WorkspaceID, r.MessageID).Error
}

// stopWaiting ends the fan's waiting with this answer; if he has written again since, he waits from then.
func (tx *Tx) stopWaiting(r inbox.Reply) error {
	var again at
	err := tx.Raw("SELECT MIN(sent_at) FROM messages WHERE workspace_id = ? AND conversation_id = ? AND direction = ? AND object <> ? AND imported = ? AND sent_at > ?",
		r.WorkspaceID, r.ConversationID, string(inbox.In), string(inbox.ObjectEvent), false, at{r.CreatedAt}).Row().Scan(&again)
	if err != nil {
		return err
	}
	err = tx.Exec("UPDATE conversations SET waiting_since = ? WHERE workspace_id = ? AND id = ? AND waiting_since IS NOT NULL", again, r.WorkspaceID, r.ConversationID).Error
	if err != nil {
		return err
	}
	return tx.Exec("UPDATE episodes SET first_reply_at = ? WHERE workspace_id = ? AND conversation_id = ? AND first_reply_at IS NULL AND resolved_at IS NULL",
		at{tx.now}, r.WorkspaceID, r.ConversationID).Error
}

// clearProblem raises the conversation's version, so that its row shows the delivery state anew.
func (tx *Tx) clearProblem(r inbox.Reply) error {
	tx.touched(inbox.Conversation{WorkspaceID: r.WorkspaceID, ID: r.ConversationID, AccountID: r.AccountID})
	return tx.Exec("UPDATE conversations SET version = version + 1 WHERE workspace_id = ? AND id = ?", r.WorkspaceID, r.ConversationID).Error
}

// nextReply is the reply of the conversation that may go now that this one is out of the way.
func (tx *Tx) nextReply(r inbox.Reply) (inbox.OutboxID, error) {
	var ids []inbox.OutboxID
	err := tx.Table("outbox").Where("workspace_id = ? AND conversation_id = ? AND state = ? AND id <> ?", r.WorkspaceID, r.ConversationID, string(inbox.Queued), r.ID).
		Order("id").Limit(1).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return ids[0], nil
}

// Reply loads an outbox row with its account.
func (s *Store) Reply(ctx context.Context, w inbox.WorkspaceID, id inbox.OutboxID) (inbox.Reply, inbox.Account, error) {
	var row outboxRow
	if err := s.reading(ctx).Where("workspace_id = ? AND id = ?", w, id).Take(&row).Error; err != nil {
		return inbox.Reply{}, inbox.Account{}, oneRow(err, "回复", "reply")
	}
	account, err := s.accountByID(s.reading(ctx), w, row.AccountID)
	return row.reply(), account, err
}

// VisibleReply loads an outbox row that the agent may see.
func (s *Store) VisibleReply(ctx context.Context, viewer inbox.Agent, id inbox.OutboxID) (inbox.Reply, error) {
	var row outboxRow
	err := s.reading(ctx).Where("workspace_id = ? AND id = ?", viewer.WorkspaceID, id).Take(&row).Error
	if err == nil && !viewer.Sees(row.AccountID) {
		err = gorm.ErrRecordNotFound
	}
	if err != nil {
		return inbox.Reply{}, oneRow(err, "回复", "reply")
	}
	return row.reply(), nil
}

// Requeue starts a new attempt that a person asked for.
func (s *Store) Requeue(ctx context.Context, r inbox.Reply, from []inbox.ReplyState, due time.Time, by inbox.AgentID) (bool, error) {
	ok := false
	err := s.RunTx(ctx, func(tx *Tx) error {
		if err := tx.lockTalk(r); err != nil {
			return err
		}
		done := tx.Table("outbox").Where("workspace_id = ? AND id = ? AND attempt = ? AND state IN ?", r.WorkspaceID, r.ID, r.Attempt, from).
			Updates(map[string]any{"doubted": gorm.Expr("doubted OR state = ?", string(inbox.Unknown)), "state": string(inbox.Queued), "not_before": at{due}, "reason_zh": "", "reason_en": "", "code": "", "check_at": at{}, "settled_by": ""})
		ok = done.Error == nil && done.RowsAffected == 1
		if !ok {
			return done.Error
		}
		tx.Fact(inbox.Fact{WorkspaceID: r.WorkspaceID, Kind: inbox.ReplyResent, AccountID: r.AccountID, ConversationID: r.ConversationID, MessageID: r.MessageID,
			ActorID: by, Data: jsonOf(map[string]any{"was": r.State, "attempt": r.Attempt})})
		return tx.clearProblem(r)
	})
	return ok, err
}

// ScheduleCheck counts a look at the platform and sets the next one; a zero instant ends the looking.
func (s *Store) ScheduleCheck(ctx context.Context, r inbox.Reply, due time.Time, reason inbox.Sentence) (bool, error) {
	ok := false
	err := s.RunTx(ctx, func(tx *Tx) error {
		done := tx.Table("outbox").Where("workspace_id = ? AND id = ? AND attempt = ? AND state = ?", r.WorkspaceID, r.ID, r.Attempt, string(inbox.Unknown)).
			Updates(map[string]any{"checks": r.Checks + 1, "check_at": at{due}, "reason_zh": reason.ZH, "reason_en": reason.EN})
		ok = done.Error == nil && done.RowsAffected == 1
		tx.Change(r.WorkspaceID, inbox.MessagesChanged, int64(r.ConversationID), r.AccountID)
		return done.Error
	})
	return ok, err
}

// recogniseEchoes finds our own answers among the sightings: one that is still on its way, or of unknown outcome, has arrived. If it was to be
// sent again meanwhile, it need not be.
func (in *ingest) recogniseEchoes() error {
	own := map[inbox.ConversationID][]*arrival{}
	for _, a := range in.fresh() {
		if a.Direction == inbox.Out {
			own[a.talk.ID] = append(own[a.talk.ID], a)
		}
	}
	if len(own) == 0 {
		return nil
	}
	var rows []outboxRow
	err := in.Where("workspace_id IN ? AND conversation_id IN ? AND external_id = '' AND (state IN ? OR state = ? AND doubted)", in.out.Workspaces, sortedKeys(own),
		[]string{string(inbox.Sending), string(inbox.Unknown)}, string(inbox.Queued)).Order("id").Find(&rows).Error
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := in.settleEcho(row.reply(), own[row.ConversationID]); err != nil {
			return err
		}
	}
	return nil
}

func (in *ingest) settleEcho(r inbox.Reply, sightings []*arrival) error {
	i := slices.IndexFunc(sightings, func(a *arrival) bool { return a.isNew && a.Echoes(r) })
	if i < 0 {
		return nil
	}
	a := sightings[i]
	settled, err := in.settle(r, []inbox.ReplyState{r.State}, inbox.Verdict{State: inbox.Sent, Receipt: inbox.Receipt{ExternalID: a.ExternalID}, SettledBy: inbox.SettledByReadBack})
	if err != nil || !settled {
		return err
	}
	a.isNew = false
	in.out.Outcomes[a.batch].Known++
	return nil
}
