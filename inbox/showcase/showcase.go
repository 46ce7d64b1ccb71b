// Package showcase furnishes the workspace that `demo` shows: people, skill groups, tags and rules, so that triage has something to say.
package showcase

import (
	"context"
	"slices"

	"weibox/inbox"
)

// Login is what the owner of the furnished workspace signs in with.
const Login = "demo"

const workspace = "山屿与晴野"

var staff = []inbox.NewAgent{
	{Login: Login, Name: "小满", Role: inbox.Owner},
	{Login: "lin", Name: "林小雨", Role: inbox.Answerer},
	{Login: "chen", Name: "陈默", Role: inbox.Supervisor},
}

var topics = []struct {
	rule, group, tag, color string
	words                   []string
}{
	{"退款与售后", "售后组", "售后", "red", []string{"退款", "退货", "换货", "破损", "坏了", "漏发", "发票", "客服"}},
	{"物流催单", "售后组", "物流", "amber", []string{"快递", "物流", "发货", "什么时候到", "还没到"}},
	{"购买咨询", "售前组", "咨询", "blue", []string{"多少钱", "价格", "有货", "补货", "库存", "怎么买", "链接", "优惠"}},
	{"表扬", "", "表扬", "green", []string{"好喝", "喜欢", "好看", "赞", "回购", "爱了"}},
}

// house is what furnishing needs of the store.
type house interface {
	Agents(ctx context.Context, w inbox.WorkspaceID) ([]inbox.Agent, error)
	Rules(ctx context.Context, viewer inbox.Agent) (inbox.RuleList, error)
	PublishRules(ctx context.Context, viewer inbox.Agent, l inbox.RuleList) (inbox.RuleList, error)
	AddTag(ctx context.Context, viewer inbox.Agent, t inbox.Tag) (inbox.Tag, error)
	SaveSkillGroup(ctx context.Context, g inbox.SkillGroup) (inbox.SkillGroup, error)
}

// Furnish makes what is missing and signs the owner in. In a workspace that was furnished before, people only get the new password.
func Furnish(ctx context.Context, people *inbox.People, h house, password string) (inbox.SignedIn, error) {
	if err := hire(ctx, people, password); err != nil {
		return inbox.SignedIn{}, err
	}
	_, owner, err := people.SignIn(ctx, Login, password, inbox.Browser{Address: "127.0.0.1", UserAgent: "demo"})
	if err != nil {
		return owner, err
	}
	online := inbox.Online
	if owner, err = people.ChangeMe(ctx, owner, inbox.MeChange{Presence: &online}); err != nil {
		return owner, err
	}
	rules, err := h.Rules(ctx, owner.Agent)
	if err != nil || rules.Version > 0 {
		return owner, err
	}
	return owner, publish(ctx, h, owner.Agent, rules)
}

func hire(ctx context.Context, people *inbox.People, password string) error {
	for _, person := range staff {
		person.Password, person.Capacity, person.AllAccounts = password, 20, true
		_, err := people.AddUser(ctx, workspace, person)
		if inbox.CodeOf(err) == inbox.Conflict {
			err = people.ResetPassword(ctx, person.Login, password)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func publish(ctx context.Context, h house, owner inbox.Agent, list inbox.RuleList) error {
	groups, err := groups(ctx, h, owner)
	if err != nil {
		return err
	}
	for _, t := range topics {
		tag, err := h.AddTag(ctx, owner, inbox.Tag{Name: t.tag, Color: t.color})
		if err != nil {
			return err
		}
		list.Rules = append(list.Rules, inbox.Rule{Name: t.rule, Enabled: true, Kinds: []inbox.Kind{}, Words: t.words, Accounts: []inbox.AccountID{},
			Tags: []inbox.TagID{tag.ID}, SkillGroup: groups[t.group]})
	}
	_, err = h.PublishRules(ctx, owner, list)
	return err
}

// groups makes each skill group once; everybody is in all of them.
func groups(ctx context.Context, h house, owner inbox.Agent) (map[string]inbox.SkillGroupID, error) {
	agents, err := h.Agents(ctx, owner.WorkspaceID)
	if err != nil {
		return nil, err
	}
	ids := make([]inbox.AgentID, len(agents))
	for i, a := range agents {
		ids[i] = a.ID
	}
	made := map[string]inbox.SkillGroupID{}
	for _, t := range topics {
		if _, ok := made[t.group]; ok || t.group == "" {
			continue
		}
		saved, err := h.SaveSkillGroup(ctx, inbox.SkillGroup{WorkspaceID: owner.WorkspaceID, Name: t.group, AgentIDs: slices.Clone(ids)})
		if err != nil {
			return nil, err
		}
		made[t.group] = saved.ID
	}
	return made, nil
}
