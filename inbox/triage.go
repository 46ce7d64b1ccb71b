package inbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"weibox/inbox/routing"
	"weibox/inbox/triage"
)

// Workbench is everything triage needs to know about a workspace, read once for a whole batch.
type Workbench struct {
	Rules  RuleList
	Tags   []Tag
	Groups []SkillGroup
	Agents []Agent // with their loads
}

// Triaged is what triage decided about one message.
type Triaged struct {
	Message MessageID
	Tags    []ReasonedTag
	Group   SkillGroupID // 0: leave as it is
	Grouped Sentence
	Agent   AgentID // 0: nobody is free
	Routed  Sentence
}

// ReasonedTag is a tag and why it was given.
type ReasonedTag struct {
	Tag  TagID
	Name string
	Why  Sentence
}

type triageStore interface {
	// TriageMessages runs decide over those of the messages that still wait for triage, under the locks of their conversations, and stores
	// what it decides in the same transaction. Messages that another run has done are left out.
	TriageMessages(ctx context.Context, w WorkspaceID, ids []MessageID, decide func(Workbench, Message, Conversation) Triaged) error
}

// Triage tags arriving messages, chooses a skill group and gives the conversation to a seat.
type Triage struct {
	store     triageStore
	publisher Publisher
	now       func() time.Time
}

// NewTriage makes triage on a store.
func NewTriage(store triageStore, publisher Publisher, now func() time.Time) *Triage {
	return &Triage{store: store, publisher: publisher, now: now}
}

// Run looks at messages. It may be called twice for the same ones: what is done stays done.
func (t *Triage) Run(ctx context.Context, w WorkspaceID, ids []MessageID) error {
	slices.Sort(ids)
	run := &triageRun{now: t.now(), given: map[AgentID]int{}}
	if err := t.store.TriageMessages(ctx, w, ids, run.decide); err != nil {
		return err
	}
	t.publisher.Publish(w)
	return nil
}

// triageRun decides one batch: what it has given to a seat counts at once.
type triageRun struct {
	now     time.Time
	rules   *triage.Rules
	version int64
	given   map[AgentID]int
}

func (r *triageRun) decide(bench Workbench, m Message, c Conversation) Triaged {
	if r.rules == nil || r.version != bench.Rules.Version {
		r.rules, r.version = triage.Compile(brainRules(bench.Rules.Rules)), bench.Rules.Version
	}
	decision := r.rules.Decide(triage.Item{Account: int64(m.AccountID), Kind: string(m.Kind), Text: m.Text})
	out := Triaged{Message: m.ID}
	for _, tagged := range decision.Tags {
		if name, ok := bench.tagName(TagID(tagged.Tag)); ok {
			out.Tags = append(out.Tags, ReasonedTag{Tag: TagID(tagged.Tag), Name: name, Why: bench.because(tagged.By, "添加标签「"+name+"」", "added the tag "+name)})
		}
	}
	group := c.SkillGroupID
	if name, ok := bench.groupName(SkillGroupID(decision.Group.Group)); ok && c.AssigneeID == 0 {
		group = SkillGroupID(decision.Group.Group)
		out.Group, out.Grouped = group, bench.because(decision.Group.By, "分给「"+name+"」", "sent to "+name)
	}
	if c.AssigneeID == 0 && c.State == Open {
		r.route(bench, c.AccountID, group, &out)
	}
	return out
}

// because is the sentence for something a rule did.
func (b Workbench) because(by triage.Match, zh, en string) Sentence {
	s := Sentence{fmt.Sprintf("按规则「%s」v%d%s", by.Rule.Name, b.Rules.Version, zh), fmt.Sprintf("Rule %s v%d %s", by.Rule.Name, b.Rules.Version, en)}
	if by.Word != "" {
		s.ZH += "（命中「" + by.Word + "」）"
		s.EN += " (it says “" + by.Word + "”)"
	}
	return s
}

// route gives the conversation to the seat with the least load among those who are present, see the account and belong to the group.
func (r *triageRun) route(b Workbench, account AccountID, group SkillGroupID, out *Triaged) {
	seats, names := []routing.Seat{}, map[int64]string{}
	for _, a := range b.Agents {
		if !a.Present(r.now) || !a.Role.May(MayReply) || !a.Sees(account) || (group != 0 && !slices.Contains(a.GroupIDs, group)) {
			continue
		}
		seats = append(seats, routing.Seat{ID: int64(a.ID), Load: a.Load + r.given[a.ID], Capacity: a.Capacity})
		names[int64(a.ID)] = a.Name
	}
	best, ok := routing.LeastLoad(seats)
	if !ok {
		return
	}
	r.given[AgentID(best.ID)]++
	out.Agent = AgentID(best.ID)
	out.Routed = Sentence{fmt.Sprintf("分配给 %s：在线坐席中负载最低（%d/%d）", names[best.ID], best.Load, best.Capacity),
		fmt.Sprintf("Assigned to %s: the least loaded of those online (%d/%d)", names[best.ID], best.Load, best.Capacity)}
}

func (b Workbench) tagName(id TagID) (string, bool) {
	i := slices.IndexFunc(b.Tags, func(t Tag) bool { return t.ID == id && !t.Archived })
	if i < 0 {
		return "", false
	}
	return b.Tags[i].Name, true
}

func (b Workbench) groupName(id SkillGroupID) (string, bool) {
	i := slices.IndexFunc(b.Groups, func(g SkillGroup) bool { return g.ID == id })
	if i < 0 {
		return "", false
	}
	return b.Groups[i].Name, true
}

func brainRules(rules []Rule) []triage.Rule {
	var list []triage.Rule
	for _, r := range rules {
		if !r.Enabled {
			continue
		}
		rule := triage.Rule{Name: r.Name, Words: r.Words, Group: int64(r.SkillGroup)}
		for _, k := range r.Kinds {
			rule.Kinds = append(rule.Kinds, string(k))
		}
		for _, a := range r.Accounts {
			rule.Accounts = append(rule.Accounts, int64(a))
		}
		for _, t := range r.Tags {
			rule.Tags = append(rule.Tags, int64(t))
		}
		list = append(list, rule)
	}
	return list
}
