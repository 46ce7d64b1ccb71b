package inbox_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store"
)

const (
	goodPassword  = "六月的雨落在第三座桥上" + "!"
	otherPassword = "a lantern under the ninth stair"
)

// town is people over a real database, with a clock that is moved by hand.
type town struct {
	*inbox.People
	t     *testing.T
	store *store.Store
	clock time.Time
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{t: t, clock: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	seal, err := store.NewSealer(store.NewKeyRing())
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return w.clock }
	w.store, err = store.Open(database(t), seal, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.store.Close() })
	if err := w.store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.People = inbox.NewPeople(w.store, inbox.NewPasswords(), inbox.SessionLimits{}, now)
	return w
}

// database is an empty one: on the server that WEIBOX_TEST_MYSQL names, such as root@tcp(127.0.0.1:3306)/, else SQLite.
func database(t *testing.T) store.Config {
	server := os.Getenv("WEIBOX_TEST_MYSQL")
	if server == "" {
		return store.Config{Engine: store.SQLite, Folder: t.TempDir()}
	}
	name := "weibox_people_" + strings.ToLower(rand.Text()[:10])
	run := func(statement string) {
		db, err := sql.Open("mysql", server)
		if err == nil {
			_, err = db.Exec(statement)
			err = errors.Join(err, db.Close())
		}
		if err != nil {
			t.Error(err)
		}
	}
	run("CREATE DATABASE " + name)
	t.Cleanup(func() { run("DROP DATABASE " + name) })
	return store.Config{Engine: store.MySQL, DSN: server + name, Pool: 8}
}

func (w *town) forward(d time.Duration) { w.clock = w.clock.Add(d) }

func (w *town) add(workspace, login string, role inbox.Role) inbox.Agent {
	w.t.Helper()
	agent, err := w.AddUser(w.t.Context(), workspace, inbox.NewAgent{Name: strings.ToUpper(login), Login: login, Password: goodPassword, Role: role,
		Capacity: 10, AllAccounts: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return agent
}

func (w *town) signIn(login string) (inbox.Secret, inbox.SignedIn) {
	w.t.Helper()
	token, who, err := w.SignIn(w.t.Context(), login, goodPassword, inbox.Browser{Address: "192.0.2.7", UserAgent: "test"})
	if err != nil {
		w.t.Fatal(err)
	}
	return token, who
}

func (w *town) tryPassword(login, password, address string) error {
	_, _, err := w.SignIn(w.t.Context(), login, password, inbox.Browser{Address: address})
	return err
}

func mustBe(t *testing.T, err error, code inbox.Code) {
	t.Helper()
	if inbox.CodeOf(err) != code || (code == "" && err != nil) {
		t.Fatalf("error is %v, want code %q", err, code)
	}
}

func TestSetupWorksOnceAndOnlyWithThePrintedToken(t *testing.T) {
	w := newTown(t)
	ctx := t.Context()
	house := inbox.House{Workspace: "一号店", Name: "王老板", Login: "Wang", Password: goodPassword}
	_, _, err := w.Setup(ctx, "", house, inbox.Browser{})
	mustBe(t, err, inbox.Denied)
	token, err := w.SetupToken(ctx)
	if err != nil || token == "" {
		t.Fatalf("token %q, %v", token, err)
	}
	_, _, err = w.Setup(ctx, token+"x", house, inbox.Browser{})
	mustBe(t, err, inbox.Denied)
	_, who, err := w.Setup(ctx, token, house, inbox.Browser{})
	mustBe(t, err, "")
	if who.Agent.Role != inbox.Owner || !who.Agent.AllAccounts || who.User.Login != "wang" {
		t.Errorf("the first person is %+v", who.Agent)
	}
	house.Login = "second"
	_, _, err = w.Setup(ctx, token, house, inbox.Browser{})
	mustBe(t, err, inbox.Closed)
	if again, err := w.SetupToken(ctx); again != "" || err != nil {
		t.Errorf("a token is offered after setup: %q, %v", again, err)
	}
}

func TestTwoSetupsAtTheSameTimeMakeOneHouse(t *testing.T) {
	w := newTown(t)
	token, _ := w.SetupToken(t.Context())
	results := make(chan error, 2)
	for _, login := range []string{"first", "second"} {
		go func() {
			_, _, err := w.Setup(context.Background(), token, inbox.House{Workspace: login, Name: login, Login: login, Password: goodPassword}, inbox.Browser{})
			results <- err
		}()
	}
	one, two := <-results, <-results
	if (one == nil) == (two == nil) {
		t.Fatalf("exactly one should succeed: %v, %v", one, two)
	}
	mustBe(t, errors.Join(one, two), inbox.Closed)
}

func TestLoginIgnoresCaseAndSpaceAndWrongPasswordsLookLikeUnknownLogins(t *testing.T) {
	w := newTown(t)
	w.add("店", "lin", inbox.Answerer)
	mustBe(t, w.tryPassword("  LIN ", goodPassword, "192.0.2.7"), "")
	wrong := w.tryPassword("lin", otherPassword, "192.0.2.7")
	unknown := w.tryPassword("nobody", otherPassword, "192.0.2.7")
	mustBe(t, wrong, inbox.Unauthenticated)
	if wrong.Error() != unknown.Error() {
		t.Errorf("a wrong password says %q, an unknown login %q", wrong, unknown)
	}
}

func TestGuessingWaitsLongerAndLongerButNeverForEver(t *testing.T) {
	w := newTown(t)
	w.add("店", "lin", inbox.Answerer)
	for range 5 {
		mustBe(t, w.tryPassword("lin", otherPassword, "192.0.2.7"), inbox.Unauthenticated)
	}
	var last time.Duration
	for range 12 {
		err := w.tryPassword("lin", goodPassword, "198.51.100.9") // even the right one, from elsewhere
		mustBe(t, err, inbox.Limited)
		var e *inbox.Error
		errors.As(err, &e)
		wait := e.RetryAt.Sub(w.clock)
		if wait < last || wait > 15*time.Minute {
			t.Fatalf("wait of %s after one of %s", wait, last)
		}
		last = wait
		w.forward(wait)
		mustBe(t, w.tryPassword("lin", otherPassword, "192.0.2.7"), inbox.Unauthenticated)
	}
	if last != 15*time.Minute {
		t.Errorf("the wait ends at %s", last)
	}
	w.forward(15 * time.Minute)
	mustBe(t, w.tryPassword("lin", goodPassword, "192.0.2.7"), "")
	mustBe(t, w.tryPassword("lin", otherPassword, "192.0.2.7"), inbox.Unauthenticated) // and the count has begun anew
}

func TestUnknownLoginsAreThrottledLikeKnownOnes(t *testing.T) {
	w := newTown(t)
	for range 5 {
		mustBe(t, w.tryPassword("nobody", otherPassword, "192.0.2.7"), inbox.Unauthenticated)
	}
	mustBe(t, w.tryPassword("nobody", otherPassword, "192.0.2.7"), inbox.Limited)
}

func TestOneNetworkCannotTryManyLogins(t *testing.T) {
	w := newTown(t)
	tries := 0
	for ; tries < 100; tries++ {
		if inbox.CodeOf(w.tryPassword("guess"+string(rune('a'+tries)), otherPassword, "192.0.2."+string(rune('1'+tries%9)))) == inbox.Limited {
			break
		}
	}
	if tries != 50 {
		t.Errorf("the network was stopped after %d tries", tries)
	}
	mustBe(t, w.tryPassword("another", otherPassword, "203.0.113.1"), inbox.Unauthenticated)
}

func TestManyGuessesAtOnceAllCount(t *testing.T) {
	w := newTown(t)
	w.add("店", "lin", inbox.Answerer)
	results := make(chan error, 20)
	for range cap(results) {
		go func() {
			_, _, err := w.SignIn(context.Background(), "lin", otherPassword, inbox.Browser{Address: "192.0.2.7"})
			results <- err
		}()
	}
	judged := 0
	for range cap(results) {
		if inbox.CodeOf(<-results) == inbox.Unauthenticated {
			judged++
		}
	}
	if judged != 5 {
		t.Errorf("%d passwords were judged, 5 are allowed", judged)
	}
}

func TestEachSignInMakesANewSessionAndItsTokenIsNotStored(t *testing.T) {
	w := newTown(t)
	w.add("店", "lin", inbox.Answerer)
	one, who := w.signIn("lin")
	two, _ := w.signIn("lin")
	if one == two || len(one.Reveal()) < 43 {
		t.Errorf("tokens %q and %q", one.Reveal(), two.Reveal())
	}
	if _, err := w.store.SessionByHash(t.Context(), one.Reveal()); inbox.CodeOf(err) != inbox.NotFound {
		t.Errorf("the token itself finds a session: %v", err)
	}
	sessions, err := w.Sessions(t.Context(), who)
	if err != nil || len(sessions) != 2 {
		t.Errorf("%d sessions, %v", len(sessions), err)
	}
}

func TestSessionsEndWhenIdleAndAfterTheirLongestTime(t *testing.T) {
	w := newTown(t)
	w.add("店", "lin", inbox.Answerer)
	idle, _ := w.signIn("lin")
	w.forward(2*time.Hour - time.Second)
	_, err := w.Resume(t.Context(), idle)
	mustBe(t, err, "")
	w.forward(2 * time.Hour)
	_, err = w.Resume(t.Context(), idle)
	mustBe(t, err, inbox.Unauthenticated)

	busy, _ := w.signIn("lin")
	for range 11 {
		w.forward(time.Hour)
		_, err = w.Resume(t.Context(), busy)
		mustBe(t, err, "")
	}
	w.forward(time.Hour)
	_, err = w.Resume(t.Context(), busy)
	mustBe(t, err, inbox.Unauthenticated)
}

func TestLookingDoesNotKeepASessionAlive(t *testing.T) {
	w := newTown(t)
	w.add("店", "lin", inbox.Answerer)
	token, _ := w.signIn("lin")
	for range 3 {
		w.forward(39 * time.Minute)
		_, err := w.Look(t.Context(), token)
		mustBe(t, err, "")
	}
	w.forward(3 * time.Minute)
	_, err := w.Look(t.Context(), token)
	mustBe(t, err, inbox.Unauthenticated)
}

func TestSignOutEndsTheSessionAndNobodyEndsAnothersSession(t *testing.T) {
	w := newTown(t)
	w.add("店", "lin", inbox.Answerer)
	w.add("店", "chen", inbox.Answerer)
	token, lin := w.signIn("lin")
	_, chen := w.signIn("chen")
	mustBe(t, w.EndSession(t.Context(), chen, lin.Session.ID), inbox.NotFound)
	mustBe(t, w.SignOut(t.Context(), token), "")
	_, err := w.Resume(t.Context(), token)
	mustBe(t, err, inbox.Unauthenticated)
	mustBe(t, w.SignOut(t.Context(), token), "")
}

func TestDisablingAnAgentEndsHisSessionsInThatWorkspaceAlone(t *testing.T) {
	w := newTown(t)
	boss := w.add("一店", "boss", inbox.Owner)
	lin := w.add("一店", "lin", inbox.Answerer)
	w.add("二店", "lin", inbox.Answerer)
	here, who := w.signIn("lin")
	there, _ := w.signIn("lin")
	workspaces, err := w.Workspaces(t.Context(), who)
	if err != nil || len(workspaces) != 2 {
		t.Fatalf("%v, %v", workspaces, err)
	}
	elsewhere, err := w.Look(t.Context(), there)
	mustBe(t, err, "")
	_, err = w.Switch(t.Context(), elsewhere, workspaces[1].ID)
	mustBe(t, err, "")
	yes := true
	_, err = w.ChangeAgent(t.Context(), boss, lin.ID, inbox.AgentChange{Disabled: &yes})
	mustBe(t, err, "")
	_, err = w.Resume(t.Context(), here)
	mustBe(t, err, inbox.Unauthenticated)
	_, err = w.Resume(t.Context(), there)
	mustBe(t, err, "")
	no := false
	_, err = w.ChangeAgent(t.Context(), boss, lin.ID, inbox.AgentChange{Disabled: &no})
	mustBe(t, err, "")
	_, err = w.Resume(t.Context(), here) // it does not come back with him
	mustBe(t, err, inbox.Unauthenticated)
}

func TestNobodySwitchesToAWorkspaceThatIsNotHis(t *testing.T) {
	w := newTown(t)
	w.add("一店", "lin", inbox.Answerer)
	other := w.add("二店", "chen", inbox.Owner)
	_, who := w.signIn("lin")
	_, err := w.Switch(t.Context(), who, other.WorkspaceID)
	mustBe(t, err, inbox.NotFound)
}

func TestAChangedPasswordEndsTheOtherSessions(t *testing.T) {
	w := newTown(t)
	w.add("店", "lin", inbox.Answerer)
	old, _ := w.signIn("lin")
	mine, who := w.signIn("lin")
	mustBe(t, w.ChangePassword(t.Context(), who, otherPassword, otherPassword+"!", "192.0.2.7"), inbox.Invalid)
	mustBe(t, w.ChangePassword(t.Context(), who, goodPassword, "short", "192.0.2.7"), inbox.Invalid)
	mustBe(t, w.ChangePassword(t.Context(), who, goodPassword, otherPassword, "192.0.2.7"), "")
	_, err := w.Resume(t.Context(), old)
	mustBe(t, err, inbox.Unauthenticated)
	_, err = w.Resume(t.Context(), mine)
	mustBe(t, err, "")
	mustBe(t, w.tryPassword("lin", goodPassword, "192.0.2.7"), inbox.Unauthenticated)
	mustBe(t, w.tryPassword("lin", otherPassword, "192.0.2.7"), "")
}

func TestWhatAnAdminMayNotDoToPeople(t *testing.T) {
	w := newTown(t)
	owner := w.add("店", "owner", inbox.Owner)
	admin := w.add("店", "admin", inbox.Admin)
	lin := w.add("店", "lin", inbox.Answerer)
	both := w.add("店", "both", inbox.Answerer)
	w.add("另一店", "both", inbox.Admin)
	narrow := admin
	narrow.AllAccounts, narrow.AccountIDs = false, []inbox.AccountID{3}
	ownerRole, adminRole, yes, password, blank := inbox.Owner, inbox.Admin, true, otherPassword, "新名字"
	accounts := []inbox.AccountID{4}
	for _, tc := range []struct {
		name   string
		viewer inbox.Agent
		whom   inbox.AgentID
		change inbox.AgentChange
		code   inbox.Code
	}{
		{"make an owner", admin, lin.ID, inbox.AgentChange{Role: &ownerRole}, inbox.Denied},
		{"make himself an owner", admin, admin.ID, inbox.AgentChange{Role: &ownerRole}, inbox.Denied},
		{"demote an owner", admin, owner.ID, inbox.AgentChange{Role: &adminRole}, inbox.Denied},
		{"disable an owner", admin, owner.ID, inbox.AgentChange{Disabled: &yes}, inbox.Denied},
		{"set an owner's password", admin, owner.ID, inbox.AgentChange{Password: &password}, inbox.Denied},
		{"set his own password without the current one", admin, admin.ID, inbox.AgentChange{Password: &password}, inbox.Invalid},
		{"set the password of somebody who also works elsewhere", admin, both.ID, inbox.AgentChange{Password: &password}, inbox.Denied},
		{"rename somebody who also works elsewhere", admin, both.ID, inbox.AgentChange{Name: &blank}, inbox.Denied},
		{"grant all accounts when he sees one", narrow, lin.ID, inbox.AgentChange{Role: &adminRole}, ""},
		{"demote the last owner", owner, owner.ID, inbox.AgentChange{Role: &adminRole}, inbox.Conflict},
		{"disable the last owner", owner, owner.ID, inbox.AgentChange{Disabled: &yes}, inbox.Conflict},
		{"grant an account that does not exist", owner, lin.ID, inbox.AgentChange{AccountIDs: &accounts}, inbox.Invalid},
		{"change somebody of another workspace", owner, both.ID + 1, inbox.AgentChange{Disabled: &yes}, inbox.NotFound},
		{"set an agent's password", admin, lin.ID, inbox.AgentChange{Password: &password}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := w.ChangeAgent(t.Context(), tc.viewer, tc.whom, tc.change)
			mustBe(t, err, tc.code)
		})
	}
	mustBe(t, w.tryPassword("lin", otherPassword, "192.0.2.7"), "")
}

func TestNobodyGrantsWhatHeDoesNotSee(t *testing.T) {
	w := newTown(t)
	narrow := w.add("店", "admin", inbox.Admin)
	narrow.AllAccounts = false
	_, err := w.AddAgent(t.Context(), narrow, inbox.NewAgent{Name: "X", Login: "x", Password: goodPassword, Role: inbox.Answerer, AllAccounts: true})
	mustBe(t, err, inbox.Denied)
	_, err = w.AddAgent(t.Context(), narrow, inbox.NewAgent{Name: "X", Login: "x", Password: goodPassword, Role: inbox.Answerer, AccountIDs: []inbox.AccountID{1}})
	mustBe(t, err, inbox.Denied)
	_, err = w.AddAgent(t.Context(), narrow, inbox.NewAgent{Name: "X", Login: "x", Password: goodPassword, Role: inbox.Owner})
	mustBe(t, err, inbox.Denied)
}

func TestALoginBelongsToOnePerson(t *testing.T) {
	w := newTown(t)
	one := w.add("一店", "boss", inbox.Owner)
	w.add("二店", "lin", inbox.Owner)
	_, err := w.AddAgent(t.Context(), one, inbox.NewAgent{Name: "冒名", Login: "LIN", Password: otherPassword, Role: inbox.Answerer})
	mustBe(t, err, inbox.Conflict)
	mustBe(t, w.tryPassword("lin", goodPassword, "192.0.2.7"), "")
}

func TestPresenceIsAFactAndAChange(t *testing.T) {
	w := newTown(t)
	w.add("店", "lin", inbox.Answerer)
	_, who := w.signIn("lin")
	before, err := w.store.Seq(t.Context(), who.Agent)
	mustBe(t, err, "")
	online := inbox.Online
	who, err = w.ChangeMe(t.Context(), who, inbox.MeChange{Presence: &online})
	mustBe(t, err, "")
	if !who.Agent.Present(w.clock) {
		t.Errorf("he is not present: %+v", who.Agent)
	}
	changes, err := w.store.ChangesAfter(t.Context(), who.Agent, before, 10)
	if err != nil || len(changes) != 1 || changes[0].Kind != inbox.AgentChanged || changes[0].ID != int64(who.Agent.ID) {
		t.Errorf("changes %+v, %v", changes, err)
	}
}

func TestALivingBrowserIsWrittenDownNowAndThenAndItsReturnIsTold(t *testing.T) {
	w := newTown(t)
	w.add("店", "lin", inbox.Answerer)
	online := inbox.Online
	_, who := w.signIn("lin")
	who, err := w.ChangeMe(t.Context(), who, inbox.MeChange{Presence: &online})
	mustBe(t, err, "")
	start, _ := w.store.Seq(t.Context(), who.Agent)
	hear := func(after time.Duration, wantSeen bool) {
		t.Helper()
		w.forward(after)
		mustBe(t, w.Heard(t.Context(), who.Agent), "")
		agent, err := w.Agent(t.Context(), who.Agent, who.Agent.ID)
		mustBe(t, err, "")
		if seen := agent.SeenAt.Equal(w.clock); seen != wantSeen {
			t.Errorf("written down: %v, want %v", seen, wantSeen)
		}
		who.Agent = agent
	}
	hear(14*time.Second, false)
	hear(time.Second, true)
	if seq, _ := w.store.Seq(t.Context(), who.Agent); seq != start {
		t.Errorf("a heartbeat was announced to everybody")
	}
	hear(2*time.Minute, true)
	if seq, _ := w.store.Seq(t.Context(), who.Agent); seq != start+1 {
		t.Errorf("the return was announced %d times", seq-start)
	}
}

func TestGroupsHaveMembersOfTheirOwnWorkspaceOnly(t *testing.T) {
	w := newTown(t)
	boss := w.add("一店", "boss", inbox.Owner)
	lin := w.add("一店", "lin", inbox.Answerer)
	stranger := w.add("二店", "chen", inbox.Owner)
	group, err := w.SaveSkillGroup(t.Context(), boss, inbox.SkillGroup{Name: "售后", AgentIDs: []inbox.AgentID{lin.ID, boss.ID, lin.ID}})
	mustBe(t, err, "")
	_, err = w.SaveSkillGroup(t.Context(), boss, inbox.SkillGroup{Name: "售后"})
	mustBe(t, err, inbox.Conflict)
	_, err = w.SaveSkillGroup(t.Context(), boss, inbox.SkillGroup{Name: "售前", AgentIDs: []inbox.AgentID{stranger.ID}})
	mustBe(t, err, inbox.Invalid)
	_, err = w.SaveSkillGroup(t.Context(), stranger, inbox.SkillGroup{ID: group.ID, Name: "抢走"})
	mustBe(t, err, inbox.NotFound)
	mustBe(t, w.RemoveSkillGroup(t.Context(), stranger, group.ID), inbox.NotFound)
	groups, err := w.SkillGroups(t.Context(), boss)
	if err != nil || len(groups) != 1 || len(groups[0].AgentIDs) != 2 {
		t.Fatalf("groups %+v, %v", groups, err)
	}
	none := []inbox.SkillGroupID{}
	agent, err := w.ChangeAgent(t.Context(), boss, lin.ID, inbox.AgentChange{GroupIDs: &none})
	if err != nil || len(agent.GroupIDs) != 0 {
		t.Errorf("still in groups %v, %v", agent.GroupIDs, err)
	}
	mustBe(t, w.RemoveSkillGroup(t.Context(), boss, group.ID), "")
}

func TestAResetPasswordEndsAllSessions(t *testing.T) {
	w := newTown(t)
	w.add("店", "lin", inbox.Answerer)
	token, _ := w.signIn("lin")
	mustBe(t, w.ResetPassword(t.Context(), "LIN", otherPassword), "")
	_, err := w.Resume(t.Context(), token)
	mustBe(t, err, inbox.Unauthenticated)
	mustBe(t, w.tryPassword("lin", otherPassword, "192.0.2.7"), "")
}

func TestOldSignInsAreForgotten(t *testing.T) {
	w := newTown(t)
	w.add("店", "lin", inbox.Answerer)
	token, who := w.signIn("lin")
	mustBe(t, w.store.ForgetSignIns(t.Context(), w.clock), "")
	_, err := w.Resume(t.Context(), token)
	mustBe(t, err, "")
	mustBe(t, w.store.ForgetSignIns(t.Context(), w.clock.Add(time.Second)), "")
	if left, err := w.store.Sessions(t.Context(), who.User.ID); err != nil || len(left) != 0 {
		t.Errorf("%d sessions left, %v", len(left), err)
	}
}
