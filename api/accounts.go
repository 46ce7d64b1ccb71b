package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"weibox/inbox"
)

// accountStore reads accounts as they stand.
type accountStore interface {
	Accounts(ctx context.Context, viewer inbox.Agent) ([]inbox.Account, error)
	Account(ctx context.Context, viewer inbox.Agent, id inbox.AccountID) (inbox.Account, error)
	Sources(ctx context.Context, viewer inbox.Agent, id inbox.AccountID) ([]inbox.SourceState, error)
	// Boost lets an account be read more often for a while, because an agent looks at it.
	Boost(ctx context.Context, workspace inbox.WorkspaceID, id inbox.AccountID) error
}

// platforms knows what each platform can do, and does it.
type platforms interface {
	Platforms() []inbox.PlatformInfo
	Limits(platform inbox.Platform, kind inbox.Kind) inbox.Limits
	Bind(ctx context.Context, viewer inbox.Agent, session inbox.SessionID, platform inbox.Platform, account inbox.AccountID) (inbox.Step, error)
	FinishBinding(ctx context.Context, session inbox.SessionID, viewer inbox.Agent, platform inbox.Platform, answer url.Values) (inbox.Account, error)
	Check(ctx context.Context, viewer inbox.Agent, id inbox.AccountID) (inbox.Account, error)
	Pause(ctx context.Context, viewer inbox.Agent, id inbox.AccountID, pause bool) error
	Unbind(ctx context.Context, viewer inbox.Agent, id inbox.AccountID) error
	Quotas(ctx context.Context, viewer inbox.Agent, account inbox.Account) ([]inbox.QuotaState, error)
	Outlooks(ctx context.Context, viewer inbox.Agent, account inbox.Account, sources []inbox.SourceState, now time.Time) (map[inbox.SourceName]inbox.Outlook, error)
}

type platformDTO struct {
	Platform    inbox.Platform  `json:"platform"`
	ZH          string          `json:"zh"`
	EN          string          `json:"en"`
	Letter      string          `json:"letter"`
	Color       string          `json:"color"`
	Bindable    bool            `json:"bindable"`
	NotBindable *inbox.Sentence `json:"not_bindable,omitempty"`
	Abilities   inbox.Abilities `json:"abilities"`
}

func (s *Server) platforms(r *request) error {
	known := s.deps.Platforms.Platforms()
	dtos := make([]platformDTO, 0, len(known))
	for _, p := range known {
		dtos = append(dtos, platformDTO{Platform: p.Platform, ZH: p.Face.ZH, EN: p.Face.EN, Letter: p.Face.Letter, Color: p.Face.Color,
			Bindable: p.Bindable, NotBindable: said(p.Reason), Abilities: p.Abilities})
	}
	return r.send(http.StatusOK, struct {
		Platforms []platformDTO `json:"platforms"`
	}{dtos})
}

type capabilityDTO struct {
	Name     inbox.CapabilityName   `json:"name"`
	Status   inbox.CapabilityStatus `json:"status"`
	ZH       string                 `json:"zh"`
	EN       string                 `json:"en"`
	Code     string                 `json:"code,omitempty"`
	ProvenAt instant                `json:"proven_at,omitzero"`
}

func capabilityFrom(c inbox.Capability) capabilityDTO {
	dto := capabilityDTO{Name: c.Name, Status: c.Status, ZH: c.ZH, EN: c.EN, Code: c.Code}
	if c.ProvenAt != nil {
		dto.ProvenAt = instant{*c.ProvenAt}
	}
	return dto
}

type sourceDTO struct {
	Name         inbox.SourceName `json:"name"`
	ZH           string           `json:"zh"`
	EN           string           `json:"en"`
	LastPolledAt instant          `json:"last_polled_at,omitzero"`
	LastOKAt     instant          `json:"last_ok_at,omitzero"`
	NextPollAt   instant          `json:"next_poll_at,omitzero"`
	DelaySeconds int64            `json:"delay_seconds,omitempty"` // on average, until news is read
	FloorSeconds int64            `json:"floor_seconds,omitempty"` // in force
	Plan         *inbox.Sentence  `json:"plan,omitempty"`
	Withheld     int              `json:"withheld"`
	Problem      *inbox.Sentence  `json:"problem,omitempty"`
}

type quotaDTO struct {
	Name  string `json:"name"`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
	Used  int    `json:"used"`
	Limit int    `json:"limit"`
	// ReadsLeft is what reading may still spend: a reserve stays for answers.
	ReadsLeft int     `json:"reads_left"`
	ResetsAt  instant `json:"resets_at"`
}

type accountDTO struct {
	ID             inbox.AccountID     `json:"id"`
	Platform       inbox.Platform      `json:"platform"`
	ExternalID     inbox.ExternalID    `json:"external_id"`
	Name           string              `json:"name"`
	State          inbox.AccountState  `json:"state"`
	StateReason    *inbox.Sentence     `json:"state_reason,omitempty"`
	StateSince     instant             `json:"state_since,omitzero"`
	Health         inbox.AccountHealth `json:"health"`
	Warnings       []inbox.Sentence    `json:"warnings,omitempty"`
	TokenExpiresAt instant             `json:"token_expires_at,omitzero"`
	WebhookURL     string              `json:"webhook_url,omitempty"`
	LastPushAt     instant             `json:"last_push_at,omitzero"`
	LastInboundAt  instant             `json:"last_inbound_at,omitzero"`
	BoundAt        instant             `json:"bound_at"`
	Importing      bool                `json:"importing"`
	CheckedAt      instant             `json:"checked_at,omitzero"`
	FloorSeconds   int64               `json:"floor_seconds,omitempty"` // the longest of its sources
	Capabilities   []capabilityDTO     `json:"capabilities"`
	Sources        []sourceDTO         `json:"sources"`
	Quotas         []quotaDTO          `json:"quotas,omitempty"`
}

// budget is what is known of an account's calls: what is left of them, and what polls they are planned for.
type budget struct {
	quotas   []inbox.QuotaState
	outlooks map[inbox.SourceName]inbox.Outlook
}

// accountFrom shows an account with what is known of its sources. The webhook's address holds its key, so only those who manage accounts
// are told.
func (s *Server) accountFrom(a inbox.Account, sources []inbox.SourceState, left budget, viewer inbox.Agent) accountDTO {
	health, warnings := healthOf(a, sources, s.deps.Now())
	dto := accountDTO{ID: a.ID, Platform: a.Platform, ExternalID: a.ExternalID, Name: a.Name, State: a.State, StateReason: said(a.StateReason),
		StateSince: instant{a.StateSince}, Health: health, Warnings: warnings, TokenExpiresAt: instant{a.Token.ExpiresAt},
		LastPushAt: instant{a.LastPushAt}, LastInboundAt: instant{a.LastInAt}, BoundAt: instant{a.BoundAt}, CheckedAt: instant{a.CheckedAt},
		Capabilities: make([]capabilityDTO, 0, len(a.Capabilities)), Sources: make([]sourceDTO, 0, len(sources))}
	if viewer.Role.May(inbox.MayManageAccounts) && a.HookKey != "" {
		dto.WebhookURL = s.public.JoinPath("hooks", string(a.Platform), a.HookKey).String()
	}
	for _, c := range a.Capabilities {
		dto.Capabilities = append(dto.Capabilities, capabilityFrom(c))
	}
	for _, one := range sources {
		zh, en := s.sourceName(a.Platform, one.Name)
		row := sourceDTO{Name: one.Name, ZH: zh, EN: en, LastPolledAt: instant{one.LastPollAt}, LastOKAt: instant{one.LastOKAt},
			NextPollAt: instant{one.NextPollAt}, FloorSeconds: seconds(one.Floor), Withheld: one.Withheld, Problem: said(one.Problem)}
		if o, known := left.outlooks[one.Name]; known {
			row.NextPollAt, row.DelaySeconds, row.Plan = instant{o.NextAt}, seconds(o.Delay), said(o.Plan)
		}
		dto.Sources = append(dto.Sources, row)
		dto.FloorSeconds = max(dto.FloorSeconds, row.FloorSeconds)
		dto.Importing = dto.Importing || !one.Imported && a.Works()
	}
	for _, q := range left.quotas {
		dto.Quotas = append(dto.Quotas, quotaDTO{Name: q.Key, ZH: q.ZH, EN: q.EN, Used: q.Used, Limit: q.Limit, ReadsLeft: q.ReadsLeft(),
			ResetsAt: instant{q.ResetsAt}})
	}
	return dto
}

// seconds rounds up, so that something is never shown as nothing.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

func (s *Server) sourceName(platform inbox.Platform, name inbox.SourceName) (zh, en string) {
	for _, p := range s.deps.Platforms.Platforms() {
		for _, source := range p.Sources {
			if p.Platform == platform && source.Name == name {
				return source.ZH, source.EN
			}
		}
	}
	return string(name), strings.ReplaceAll(string(name), "_", " ")
}

// expiresSoon is how long before its end a token is worth a warning.
const expiresSoon = 7 * 24 * time.Hour

// healthOf sums an account up: broken when nothing goes in or out, a warning when something does not.
func healthOf(a inbox.Account, sources []inbox.SourceState, now time.Time) (inbox.AccountHealth, []inbox.Sentence) {
	if a.State == inbox.AccountReauthorise || a.State == inbox.AccountUnbound {
		return inbox.HealthBroken, nil
	}
	var warnings []inbox.Sentence
	for _, source := range sources {
		if !source.Problem.Empty() {
			warnings = append(warnings, source.Problem)
		}
	}
	for _, c := range a.Capabilities {
		if c.Status == inbox.Absent {
			warnings = append(warnings, inbox.Sentence{ZH: c.ZH, EN: c.EN})
		}
	}
	if ends := a.Token.ExpiresAt; !ends.IsZero() && ends.Sub(now) < expiresSoon {
		warnings = append(warnings, inbox.Sentence{ZH: "授权即将到期，请尽快重新授权，以免收发中断", EN: "the authorisation ends soon: authorise again before messages stop"})
	}
	if len(warnings) > 0 || a.State == inbox.AccountPaused {
		return inbox.HealthWarning, warnings
	}
	return inbox.HealthGood, nil
}

func (s *Server) accounts(r *request) error {
	accounts, err := s.deps.Accounts.Accounts(r.ctx(), r.viewer())
	if err != nil {
		return err
	}
	dtos := make([]accountDTO, 0, len(accounts))
	for _, a := range accounts {
		sources, err := s.deps.Accounts.Sources(r.ctx(), r.viewer(), a.ID)
		if err != nil {
			return err
		}
		dtos = append(dtos, s.accountFrom(a, sources, budget{}, r.viewer()))
	}
	return r.send(http.StatusOK, struct {
		Accounts []accountDTO `json:"accounts"`
	}{dtos})
}

func (s *Server) account(r *request) error {
	id, err := idIn[inbox.Account](r, "id")
	if err != nil {
		return err
	}
	a, err := s.deps.Accounts.Account(r.ctx(), r.viewer(), id)
	return s.sendAccount(r, a, err)
}

// sendAccount answers with one account and everything known about it.
func (s *Server) sendAccount(r *request, a inbox.Account, err error) error {
	if err != nil {
		return err
	}
	sources, err := s.deps.Accounts.Sources(r.ctx(), r.viewer(), a.ID)
	if err != nil {
		return err
	}
	var left budget
	if left.quotas, err = s.deps.Platforms.Quotas(r.ctx(), r.viewer(), a); err != nil {
		return err
	}
	if left.outlooks, err = s.deps.Platforms.Outlooks(r.ctx(), r.viewer(), a, sources, s.deps.Now()); err != nil {
		return err
	}
	return r.send(http.StatusOK, s.accountFrom(a, sources, left, r.viewer()))
}

func (s *Server) checkAccount(r *request) error {
	id, err := idIn[inbox.Account](r, "id")
	if err != nil {
		return err
	}
	a, err := s.deps.Platforms.Check(r.ctx(), r.viewer(), id)
	return s.sendAccount(r, a, err)
}

func (s *Server) changeAccount(r *request) error {
	id, err := idIn[inbox.Account](r, "id")
	if err != nil {
		return err
	}
	var form struct {
		Paused *bool `json:"paused"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	if form.Paused != nil {
		if err := s.deps.Platforms.Pause(r.ctx(), r.viewer(), id, *form.Paused); err != nil {
			return err
		}
	}
	a, err := s.deps.Accounts.Account(r.ctx(), r.viewer(), id)
	return s.sendAccount(r, a, err)
}

func (s *Server) unbindAccount(r *request) error {
	id, err := idIn[inbox.Account](r, "id")
	if err != nil {
		return err
	}
	if err := s.deps.Platforms.Unbind(r.ctx(), r.viewer(), id); err != nil {
		return err
	}
	return r.nothing()
}
