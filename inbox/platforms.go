package inbox

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net/url"
	"slices"
	"strings"
)

// PlatformInfo is what a page may know of a platform.
type PlatformInfo struct {
	Platform  Platform
	Face      PlatformFace
	Abilities Abilities
	Sources   []Source
	Bindable  bool
	Reason    Sentence // why it cannot be bound, and what to do
}

// Readiness is had by connectors that need settings before anybody can bind an account.
type Readiness interface {
	// NotReady says what is missing; empty when nothing is.
	NotReady() Sentence
}

type bindingStore interface {
	AddState(ctx context.Context, state string, session SessionID, w WorkspaceID, platform Platform, account AccountID) error
	UseState(ctx context.Context, state string, session SessionID, w WorkspaceID, platform Platform) (AccountID, error)
	Bind(ctx context.Context, w WorkspaceID, platform Platform, g Grant, expected AccountID, sources []Source, by AgentID) (Account, error)
	Account(ctx context.Context, viewer Agent, id AccountID) (Account, error)
	WorkingAccount(ctx context.Context, w WorkspaceID, id AccountID) (Account, error)
	Evidence(ctx context.Context, a Account) (Evidence, error)
	SaveCheck(ctx context.Context, a Account, list []Capability) error
	SetAccountState(ctx context.Context, a Account, from []AccountState, to AccountState, by AgentID) error
	RefuseAccount(ctx context.Context, a Account, r *Refusal) error
	QuotaStates(ctx context.Context, quotas []Quota) ([]QuotaState, error)
}

// Platforms binds accounts, checks what they can do, pauses and unbinds them.
type Platforms struct {
	store      bindingStore
	connectors Connectors
	queue      Queue
	publisher  Publisher
	publicURL  string
}

// NewPlatforms makes the service; publicURL is where the platforms' consent screens send people back to.
func NewPlatforms(store bindingStore, connectors Connectors, queue Queue, publisher Publisher, publicURL string) *Platforms {
	return &Platforms{store: store, connectors: connectors, queue: queue, publisher: publisher, publicURL: strings.TrimSuffix(publicURL, "/")}
}

// Platforms lists what this installation can bind, in a fixed order.
func (p *Platforms) Platforms() []PlatformInfo {
	list := make([]PlatformInfo, 0, len(p.connectors))
	for name, c := range p.connectors {
		info := PlatformInfo{Platform: name, Face: c.Face(), Abilities: AbilitiesOf(c), Bindable: true}
		if poller, ok := c.(Poller); ok {
			info.Sources = poller.Sources()
		}
		if r, ok := c.(Readiness); ok {
			info.Reason = r.NotReady()
			info.Bindable = info.Reason.Empty()
		}
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b PlatformInfo) int { return strings.Compare(string(a.Platform), string(b.Platform)) })
	return list
}

// Limits are a platform's limits for answers of a kind; none for a platform that is not part of this installation.
func (p *Platforms) Limits(platform Platform, kind Kind) Limits {
	c, err := p.connectors.Connector(platform)
	if err != nil {
		return Limits{}
	}
	return c.Limits(kind)
}

// Bind starts the wizard: it says where to send the manager. The state that comes back with him works once, and only in his session.
func (p *Platforms) Bind(ctx context.Context, viewer Agent, session SessionID, platform Platform, account AccountID) (Step, error) {
	binder, err := p.binder(platform)
	if err != nil {
		return Step{}, err
	}
	if account != 0 {
		if _, err := p.store.Account(ctx, viewer, account); err != nil {
			return Step{}, err
		}
	}
	state := newState()
	if err := p.store.AddState(ctx, state, session, viewer.WorkspaceID, platform, account); err != nil {
		return Step{}, err
	}
	return binder.Step(ctx, Binding{State: state, Callback: p.callback(platform)})
}

func (p *Platforms) binder(platform Platform) (Binder, error) {
	c, err := p.connectors.Connector(platform)
	if err != nil {
		return nil, err
	}
	if r, ok := c.(Readiness); ok {
		if missing := r.NotReady(); !missing.Empty() {
			return nil, &Error{Code: Unsupported, ZH: missing.ZH, EN: missing.EN}
		}
	}
	binder, ok := c.(Binder)
	if !ok {
		return nil, &Error{Code: Unsupported, ZH: "该平台无法在这里绑定", EN: "this platform cannot be bound here"}
	}
	return binder, nil
}

func (p *Platforms) callback(platform Platform) string {
	return p.publicURL + "/oauth/" + string(platform) + "/callback"
}

func newState() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: it crashes the program instead
	return base64.RawURLEncoding.EncodeToString(raw)
}

// FinishBinding takes the platform's answer. Nothing of the account is stored before the consent is complete and checked.
func (p *Platforms) FinishBinding(ctx context.Context, session SessionID, viewer Agent, platform Platform, answer url.Values) (Account, error) {
	binder, err := p.binder(platform)
	if err != nil {
		return Account{}, err
	}
	expected, err := p.store.UseState(ctx, answer.Get("state"), session, viewer.WorkspaceID, platform)
	if err != nil {
		return Account{}, err
	}
	step, err := binder.Step(ctx, Binding{Callback: p.callback(platform), Answer: answer})
	if err != nil {
		return Account{}, err
	}
	if step.Grant == nil {
		return Account{}, &Error{Code: Invalid, ZH: "平台没有给出授权，请重新开始绑定", EN: "the platform gave no consent: start the binding again"}
	}
	account, err := p.store.Bind(ctx, viewer.WorkspaceID, platform, *step.Grant, expected, p.sources(platform), viewer.ID)
	if err != nil {
		return Account{}, err
	}
	p.publisher.Publish(viewer.WorkspaceID)
	for _, source := range p.sources(platform) {
		p.queue.Poll(account.WorkspaceID, account.ID, source.Name)
	}
	return p.check(ctx, account)
}

func (p *Platforms) sources(platform Platform) []Source {
	if poller, ok := p.connectors[platform].(Poller); ok {
		return poller.Sources()
	}
	return nil
}

// Check looks at each capability of an account now. It never writes on the platform.
func (p *Platforms) Check(ctx context.Context, viewer Agent, id AccountID) (Account, error) {
	account, err := p.store.Account(ctx, viewer, id)
	if err != nil {
		return Account{}, err
	}
	return p.check(ctx, account)
}

// Recheck repeats the check of an account in the background; one that does not work has nothing to check.
func (p *Platforms) Recheck(ctx context.Context, w WorkspaceID, id AccountID) error {
	account, err := p.store.WorkingAccount(ctx, w, id)
	if err != nil || !account.Works() {
		return err
	}
	_, err = p.check(ctx, account)
	return err
}

func (p *Platforms) check(ctx context.Context, account Account) (Account, error) {
	c, err := p.connectors.Connector(account.Platform)
	if err != nil {
		return Account{}, err
	}
	checker, ok := c.(Checker)
	if !ok {
		return account, nil
	}
	if err := account.Refuse(); err != nil {
		return Account{}, err
	}
	evidence, err := p.store.Evidence(ctx, account)
	if err != nil {
		return Account{}, err
	}
	account.Capabilities = checker.Check(ctx, account, evidence)
	if err := p.store.SaveCheck(ctx, account, account.Capabilities); err != nil {
		return Account{}, err
	}
	p.publisher.Publish(account.WorkspaceID)
	return account, nil
}

// Pause stops an account by a person's wish, or lets it go on where it stopped.
func (p *Platforms) Pause(ctx context.Context, viewer Agent, id AccountID, pause bool) error {
	from, to := []AccountState{AccountPaused}, AccountActive
	if pause {
		from, to = []AccountState{AccountActive, AccountReauthorise}, AccountPaused
	}
	return p.change(ctx, viewer, id, from, to)
}

// Unbind forgets the token and stops; what was said stays readable.
func (p *Platforms) Unbind(ctx context.Context, viewer Agent, id AccountID) error {
	return p.change(ctx, viewer, id, []AccountState{AccountActive, AccountPaused, AccountReauthorise}, AccountUnbound)
}

func (p *Platforms) change(ctx context.Context, viewer Agent, id AccountID, from []AccountState, to AccountState) error {
	account, err := p.store.Account(ctx, viewer, id)
	if err != nil {
		return err
	}
	if err := p.store.SetAccountState(ctx, account, from, to, viewer.ID); err != nil {
		return err
	}
	p.publisher.Publish(viewer.WorkspaceID)
	return nil
}

// Quotas are the account's budgets as they stand.
func (p *Platforms) Quotas(ctx context.Context, viewer Agent, account Account) ([]QuotaState, error) {
	metered, ok := p.connectors[account.Platform].(Metered)
	if !ok || !viewer.Sees(account.ID) {
		return nil, nil
	}
	return p.store.QuotaStates(ctx, metered.Quotas(account))
}

// noteRefusal tells the account's manager when the platform no longer takes the token.
func noteRefusal(ctx context.Context, store interface {
	RefuseAccount(ctx context.Context, a Account, r *Refusal) error
}, account Account, err error) {
	r := RefusalOf(err)
	if r == nil || r.Kind != RefusedToken {
		return
	}
	if err := store.RefuseAccount(ctx, account, r); err != nil {
		slog.ErrorContext(ctx, "account state not written", "account", account.ID, "err", err)
	}
}
