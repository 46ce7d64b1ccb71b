package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"weibox/inbox"

	"gorm.io/gorm"
)

type accountRow struct {
	ID             inbox.AccountID
	WorkspaceID    inbox.WorkspaceID
	Platform       string
	ExternalID     string
	Bound          *bool // TRUE or NULL, see the unique key
	Name           string
	AvatarURL      string
	State          string
	ReasonZH       string `gorm:"column:reason_zh"`
	ReasonEN       string `gorm:"column:reason_en"`
	StateSince     at
	SealedToken    []byte
	TokenExpiresAt at
	HookKey        string
	BoundAt        at
	VerifiedAt     at
	LastPushAt     at
	LastInAt       at
	CheckedAt      at
	Capabilities   string
}

func (accountRow) TableName() string { return "accounts" }

func (r accountRow) account() inbox.Account {
	a := inbox.Account{ID: r.ID, WorkspaceID: r.WorkspaceID, Platform: inbox.Platform(r.Platform), ExternalID: inbox.ExternalID(r.ExternalID), Name: r.Name,
		AvatarURL: r.AvatarURL, State: inbox.AccountState(r.State), StateReason: inbox.Sentence{ZH: r.ReasonZH, EN: r.ReasonEN}, StateSince: r.StateSince.Time,
		HookKey: r.HookKey, BoundAt: r.BoundAt.Time, VerifiedAt: r.VerifiedAt.Time, LastPushAt: r.LastPushAt.Time, LastInAt: r.LastInAt.Time,
		CheckedAt: r.CheckedAt.Time}
	a.Token.ExpiresAt = r.TokenExpiresAt.Time
	_ = json.Unmarshal([]byte(r.Capabilities), &a.Capabilities) // written by us
	return a
}

// sealedToken is what is sealed: the expiry stands beside it, readable, because the page and the sweeper need it.
type sealedToken struct {
	Access  string   `json:"access"`
	Refresh string   `json:"refresh,omitempty"`
	Scopes  []string `json:"scopes,omitempty"`
}

func tokenPlace(w inbox.WorkspaceID, id inbox.AccountID) string {
	return fmt.Sprintf("accounts|sealed_token|%d|%d", w, id)
}

// opened is the account with its token.
func (s *Store) opened(db *gorm.DB, row accountRow) (inbox.Account, error) {
	a := row.account()
	if len(row.SealedToken) == 0 {
		return a, nil
	}
	key, err := s.dataKey(db, row.WorkspaceID)
	if err != nil {
		return a, err
	}
	text, err := openWith(key, row.SealedToken, tokenPlace(row.WorkspaceID, row.ID))
	if err != nil {
		return a, fmt.Errorf("token of account %d: %w", row.ID, err)
	}
	var t sealedToken
	if err := json.Unmarshal(text, &t); err != nil {
		return a, fmt.Errorf("token of account %d: %w", row.ID, err)
	}
	a.Token.Access, a.Token.Refresh, a.Token.Scopes = inbox.Secret(t.Access), inbox.Secret(t.Refresh), t.Scopes
	return a, nil
}

func workspaceKeyPlace(w inbox.WorkspaceID) string { return "workspaces|sealed_key|" + w.String() }

// dataKey opens a workspace's own key. Keys are few and never change under a master key, so they are kept.
func (s *Store) dataKey(db *gorm.DB, w inbox.WorkspaceID) ([]byte, error) {
	if key, ok := s.keys.Load(w); ok {
		return key.([]byte), nil
	}
	var sealed []byte
	if err := db.Raw("SELECT sealed_key FROM workspaces WHERE id = ?", w).Row().Scan(&sealed); err != nil {
		return nil, err
	}
	key, err := s.seal.unwrap(sealed, workspaceKeyPlace(w))
	if err == nil {
		s.keys.Store(w, key)
	}
	return key, err
}

// NewDataKey gives a workspace its own key, in the transaction that makes the workspace.
func (tx *Tx) NewDataKey(w inbox.WorkspaceID) error {
	sealed := tx.store.seal.wrap(randomKey(), workspaceKeyPlace(w))
	return tx.Exec("UPDATE workspaces SET sealed_key = ? WHERE id = ?", sealed, w).Error
}

func (s *Store) accountByID(db *gorm.DB, w inbox.WorkspaceID, id inbox.AccountID) (inbox.Account, error) {
	var row accountRow
	if err := db.Where("workspace_id = ? AND id = ?", w, id).Take(&row).Error; err != nil {
		return inbox.Account{}, oneRow(err, "账号", "account")
	}
	return s.opened(db, row)
}

func (tx *Tx) account(w inbox.WorkspaceID, id inbox.AccountID) (inbox.Account, error) {
	return tx.store.accountByID(tx.DB, w, id)
}

// Accounts are the accounts the viewer may see, without their tokens.
func (s *Store) Accounts(ctx context.Context, viewer inbox.Agent) ([]inbox.Account, error) {
	var rows []accountRow
	if err := s.reading(ctx).Where("workspace_id = ?", viewer.WorkspaceID).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	var accounts []inbox.Account
	for _, row := range rows {
		if viewer.Sees(row.ID) {
			accounts = append(accounts, row.account())
		}
	}
	return accounts, nil
}

// Account is one account the viewer may see, with its token for those who will call the platform.
func (s *Store) Account(ctx context.Context, viewer inbox.Agent, id inbox.AccountID) (inbox.Account, error) {
	if !viewer.Sees(id) {
		return inbox.Account{}, inbox.Missing("账号", "account")
	}
	return s.accountByID(s.reading(ctx), viewer.WorkspaceID, id)
}

// WorkingAccount is an account for work in the background, whatever its state.
func (s *Store) WorkingAccount(ctx context.Context, w inbox.WorkspaceID, id inbox.AccountID) (inbox.Account, error) {
	return s.accountByID(s.reading(ctx), w, id)
}

// HookAccount is the account a webhook address belongs to.
func (s *Store) HookAccount(ctx context.Context, platform inbox.Platform, key string) (inbox.Account, error) {
	return (&System{s}).hookAccount(ctx, platform, key)
}

func (y *System) hookAccount(ctx context.Context, platform inbox.Platform, key string) (inbox.Account, error) {
	var row accountRow
	err := y.db(ctx).Where("hook_key = ? AND platform = ? AND bound = ?", key, string(platform), true).Take(&row).Error
	if err != nil {
		return inbox.Account{}, oneRow(err, "推送地址", "webhook address")
	}
	return y.store.opened(y.db(ctx), row)
}

// Bind stores what a manager's consent gave: a new account, or new keys for one we know. An account that another workspace has bound is
// refused, and nothing is stored.
func (s *Store) Bind(ctx context.Context, w inbox.WorkspaceID, platform inbox.Platform, g inbox.Grant, expected inbox.AccountID, sources []inbox.Source,
	by inbox.AgentID) (inbox.Account, error) {
	var account inbox.Account
	err := s.RunTx(ctx, func(tx *Tx) error {
		row, err := tx.bindingRow(w, platform, g, expected)
		if err != nil {
			return err
		}
		if err := tx.sealToken(&row, g.Token); err != nil {
			return err
		}
		if err := tx.addSources(row, sources); err != nil {
			return err
		}
		tx.Fact(inbox.Fact{WorkspaceID: w, Kind: inbox.AccountBound, AccountID: row.ID, ActorID: by, Data: jsonOf(map[string]any{"platform": platform})})
		tx.Change(w, inbox.AccountChanged, int64(row.ID), row.ID)
		account, err = tx.account(w, row.ID)
		return err
	})
	if duplicate(err) {
		return account, &inbox.Error{Code: inbox.Conflict, ZH: "该账号已绑定在另一个工作区，请先在那里解绑", EN: "this account is bound in another workspace: unbind it there first"}
	}
	return account, err
}

func (tx *Tx) bindingRow(w inbox.WorkspaceID, platform inbox.Platform, g inbox.Grant, expected inbox.AccountID) (accountRow, error) {
	var row accountRow
	err := tx.forUpdate().Where("workspace_id = ? AND platform = ? AND external_id = ?", w, string(platform), string(g.ExternalID)).Take(&row).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return row, err
	}
	if expected != 0 && row.ID != expected {
		return row, &inbox.Error{Code: inbox.Conflict, ZH: "授权的是另一个账号「" + g.Name + "」，原账号未改动。请用原来的账号登录后重试",
			EN: "the consent was given by another account, " + g.Name + "; nothing was changed. Sign in with the account you want to re-authorise"}
	}
	bound := true
	row.WorkspaceID, row.Platform, row.ExternalID, row.Bound = w, string(platform), string(g.ExternalID), &bound
	row.Name, row.AvatarURL = clip(g.Name, 200), g.AvatarURL
	row.State, row.ReasonZH, row.ReasonEN, row.StateSince = string(inbox.AccountActive), "", "", at{tx.now}
	row.TokenExpiresAt = at{g.Token.ExpiresAt}
	if row.ID == 0 {
		row.HookKey, row.BoundAt, row.Capabilities = newHookKey(), at{tx.now}, "[]"
		return row, tx.Create(&row).Error
	}
	return row, tx.Where("workspace_id = ?", w).Save(&row).Error
}

func newHookKey() string {
	raw := make([]byte, 24)
	_, _ = rand.Read(raw) // never fails: it crashes the program instead
	return base64.RawURLEncoding.EncodeToString(raw)
}

func (tx *Tx) sealToken(row *accountRow, t inbox.Token) error {
	key, err := tx.store.dataKey(tx.DB, row.WorkspaceID)
	if err != nil {
		return err
	}
	text := jsonOf(sealedToken{Access: t.Access.Reveal(), Refresh: t.Refresh.Reveal(), Scopes: t.Scopes})
	if row.SealedToken, err = sealWith(key, text, tokenPlace(row.WorkspaceID, row.ID)); err != nil {
		return err
	}
	return tx.Exec("UPDATE accounts SET sealed_token = ? WHERE workspace_id = ? AND id = ?", row.SealedToken, row.WorkspaceID, row.ID).Error
}

// RefuseAccount writes down that the platform no longer takes the token. Only an active account changes: a person's pause stays.
func (s *Store) RefuseAccount(ctx context.Context, a inbox.Account, r *inbox.Refusal) error {
	return s.setState(ctx, a, []inbox.AccountState{inbox.AccountActive}, inbox.AccountReauthorise, inbox.Sentence{ZH: r.ZH, EN: r.EN}, 0,
		map[string]any{"code": r.Code})
}

// SetAccountState is a person's pause, resumption or unbinding. Unbinding forgets the token.
func (s *Store) SetAccountState(ctx context.Context, a inbox.Account, from []inbox.AccountState, to inbox.AccountState, by inbox.AgentID) error {
	return s.setState(ctx, a, from, to, inbox.Sentence{}, by, nil)
}

func (s *Store) setState(ctx context.Context, a inbox.Account, from []inbox.AccountState, to inbox.AccountState, why inbox.Sentence, by inbox.AgentID, data map[string]any) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		fields := map[string]any{"state": string(to), "reason_zh": why.ZH, "reason_en": why.EN, "state_since": at{tx.now}}
		if to == inbox.AccountUnbound {
			fields["sealed_token"], fields["bound"], fields["token_expires_at"] = nil, nil, nil
		}
		q := tx.Table("accounts").Where("workspace_id = ? AND id = ? AND state IN ?", a.WorkspaceID, a.ID, from)
		if to == inbox.AccountReauthorise { // a refusal of an old token says nothing about the one bound since
			q = q.Where("state_since = ?", at{a.StateSince})
		}
		done := q.Updates(fields)
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		if to == inbox.AccountActive {
			if err := tx.addSources(accountRow{ID: a.ID, WorkspaceID: a.WorkspaceID}, nil); err != nil {
				return err
			}
		}
		tx.Fact(inbox.Fact{WorkspaceID: a.WorkspaceID, Kind: inbox.AccountStateChanged, AccountID: a.ID, ActorID: by,
			Data: jsonOf(map[string]any{"from": a.State, "to": to, "detail": data})})
		tx.Change(a.WorkspaceID, inbox.AccountChanged, int64(a.ID), a.ID)
		return nil
	})
}

// SaveCheck keeps the outcome of a capability check.
func (s *Store) SaveCheck(ctx context.Context, a inbox.Account, list []inbox.Capability) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		tx.Change(a.WorkspaceID, inbox.AccountChanged, int64(a.ID), a.ID)
		return tx.Table("accounts").Where("workspace_id = ? AND id = ?", a.WorkspaceID, a.ID).
			Updates(map[string]any{"capabilities": string(jsonOf(list)), "checked_at": at{tx.now}}).Error
	})
}

// MarkVerified remembers that the platform asked for the webhook address and got its answer.
func (s *Store) MarkVerified(ctx context.Context, a inbox.Account) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		tx.Change(a.WorkspaceID, inbox.AccountChanged, int64(a.ID), a.ID)
		return tx.Table("accounts").Where("workspace_id = ? AND id = ?", a.WorkspaceID, a.ID).Update("verified_at", at{tx.now}).Error
	})
}

// Evidence is what daily work has shown about an account.
func (s *Store) Evidence(ctx context.Context, a inbox.Account) (inbox.Evidence, error) {
	e := inbox.Evidence{LastPushAt: a.LastPushAt, VerifiedAt: a.VerifiedAt, LastReplyAt: map[inbox.Kind]time.Time{}, LastRefusal: map[inbox.Kind]*inbox.Refusal{}}
	for _, kind := range []inbox.Kind{inbox.KindDM, inbox.KindComment, inbox.KindMention} {
		var rows []outboxRow
		err := s.reading(ctx).Where("workspace_id = ? AND account_id = ? AND kind = ? AND state IN ?", a.WorkspaceID, a.ID, string(kind),
			[]string{string(inbox.Sent), string(inbox.Failed)}).Order("id DESC").Limit(20).Find(&rows).Error
		if err != nil {
			return e, err
		}
		for i := len(rows) - 1; i >= 0; i-- {
			weigh(e, kind, rows[i])
		}
	}
	return e, nil
}

// weigh lets a newer outcome stand over an older one.
func weigh(e inbox.Evidence, kind inbox.Kind, row outboxRow) {
	if inbox.ReplyState(row.State) == inbox.Sent {
		e.LastReplyAt[kind] = row.StartedAt.Time
		delete(e.LastRefusal, kind)
	} else if row.Code != "" {
		e.LastRefusal[kind] = &inbox.Refusal{Code: row.Code, ZH: row.ReasonZH, EN: row.ReasonEN}
	}
}

// ActiveAccounts are the accounts of all workspaces that work.
func (y *System) ActiveAccounts(ctx context.Context) ([]inbox.Account, error) {
	var rows []accountRow
	err := y.db(ctx).Where("state = ?", string(inbox.AccountActive)).Order("id").Find(&rows).Error
	accounts := make([]inbox.Account, len(rows))
	for i, row := range rows {
		accounts[i] = row.account()
	}
	return accounts, err
}

// AddState keeps a fingerprint of an OAuth state, bound to the session and workspace that asked for it.
func (s *Store) AddState(ctx context.Context, state string, session inbox.SessionID, w inbox.WorkspaceID, platform inbox.Platform, account inbox.AccountID) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		return tx.Exec("INSERT INTO oauth_states (hash, session_id, workspace_id, platform, account_id, created_at) VALUES (?, ?, ?, ?, ?, ?)",
			hashOf([]byte(state)), session, w, string(platform), ref[inbox.AccountID]{account}, at{tx.now}).Error
	})
}

// UseState spends a state: it works once, in the session it was made for, for ten minutes.
func (s *Store) UseState(ctx context.Context, state string, session inbox.SessionID, w inbox.WorkspaceID, platform inbox.Platform) (account inbox.AccountID, err error) {
	err = s.RunTx(ctx, func(tx *Tx) error {
		done := tx.Exec("UPDATE oauth_states SET used_at = ? WHERE hash = ? AND session_id = ? AND workspace_id = ? AND platform = ? AND used_at IS NULL AND created_at > ?",
			at{tx.now}, hashOf([]byte(state)), session, w, string(platform), at{tx.now.Add(-stateLife)})
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return &inbox.Error{Code: inbox.Denied, ZH: "这次授权已过期、已使用，或不是从当前登录发起的。请回到「账号」页重新开始绑定",
				EN: "this consent has expired, was used before, or was not started from this sign-in. Start the binding again on the accounts page"}
		}
		var found ref[inbox.AccountID]
		err := tx.Raw("SELECT account_id FROM oauth_states WHERE hash = ?", hashOf([]byte(state))).Row().Scan(&found)
		account = found.ID
		return err
	})
	return account, err
}

const stateLife = 10 * time.Minute

// ForgetStates drops spent and expired states.
func (y *System) ForgetStates(ctx context.Context, now time.Time) error {
	return y.db(ctx).Exec("DELETE FROM oauth_states WHERE created_at < ?", at{now.Add(-24 * time.Hour)}).Error
}
