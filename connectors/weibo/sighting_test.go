package weibo

import (
	"context"
	"testing"

	"weibox/inbox"
)

func polled(t *testing.T, source inbox.SourceName, path, file string) inbox.Page {
	t.Helper()
	r := rigged(t)
	r.platform.says(path, 200, string(fixture(t, file)))
	return must(r.Poll(context.Background(), r.account, source, ""))(t)
}

func TestCommentsOfEveryShapeAreReadOrRejectedWhole(t *testing.T) {
	page := polled(t, toMe, "/2/comments/to_me.json", "comments_to_me.json")
	if len(page.Items) != 3 || len(page.Rejects) != 1 {
		t.Fatalf("%d items, %d rejects; want 3 and 1", len(page.Items), len(page.Rejects))
	}
	full, trimmed, own := page.Items[0], page.Items[1], page.Items[2]

	twelve, follows := 12, true
	if got, want := asJSON(full.Contact), asJSON(inbox.ContactSighting{ExternalID: "2600000001", Name: "示例粉丝", AvatarURL: "https://tva1.sinaimg.cn/180.jpg",
		ProfileURL: "https://weibo.com/u/2600000001", Followers: &twelve, Verified: inbox.NotVerified, FollowsUs: &follows}); got != want {
		t.Errorf("contact\ngot  %s\nwant %s", got, want)
	}
	if full.Object != "comment" || full.Kind != "comment" || full.ExternalID != "5008101234567890" || full.Direction != inbox.In ||
		full.Place != "post:5008090000000000" || full.Parent != "5008100000000001" || full.Text != "回复@示例品牌:什么时候补货？[泪]" {
		t.Errorf("comment: %s", asJSON(full))
	}
	post := full.Post
	if post == nil || post.Text != "新品 <限量> #示例话题# http://t.cn/A1b2C3" || post.AuthorID != brand || len(post.Pictures) != 2 ||
		post.URL != "https://weibo.com/1900000001/"+shortMID("5008090000000000") {
		t.Errorf("post: %s", asJSON(post))
	}
	if trimmed.Contact.ExternalID != "2600000002" || trimmed.Place != "comment:5008100980000000" || trimmed.Post != nil || trimmed.Text != "尺码 &lt;L&gt; 有吗 <无分号>" {
		t.Errorf("trimmed comment: %s", asJSON(trimmed))
	}
	if own.Direction != inbox.Out || own.Contact.ExternalID != "2600000003" || own.Contact.Verified != inbox.VerifiedPerson || *own.Contact.Followers != 7 {
		t.Errorf("own answer: %s", asJSON(own))
	}
	if page.Rejects[0].Err == nil || len(page.Rejects[0].Raw) == 0 {
		t.Error("the comment without an author was not kept whole")
	}
}

func TestAnOwnCommentGoesToTheAuthorOfThePostWhenItAnswersNobody(t *testing.T) {
	const own = `{"id":5008100000000001,"created_at":"Mon Mar 04 09:15:02 +0800 2024","text":"谢谢喜欢","user":{"id":1900000001},
		"status":{"id":5008090000000000,"user":{"id":2600000009,"screen_name":"楼主"}}}`
	in := must(readComment(brand, inbox.KindMention, []byte(own)))(t)
	if in == nil || in.Direction != inbox.Out || in.Kind != inbox.KindComment || in.Contact.ExternalID != "2600000009" {
		t.Errorf("%s", asJSON(in))
	}
}

func TestCommentsFromTheMentionListAreMentions(t *testing.T) {
	page := polled(t, commentMentions, "/2/comments/mentions.json", "comments_to_me.json")
	if page.Items[0].Kind != inbox.KindMention || page.Items[0].Object != inbox.ObjectComment {
		t.Errorf("%s %s", page.Items[0].Object, page.Items[0].Kind)
	}
	if own := page.Items[2]; own.Direction != inbox.Out || own.Kind != inbox.KindComment {
		t.Errorf("own comment: %s %s", own.Direction, own.Kind)
	}
}

func TestPostsThatMentionUsAreReadWithWhatTheyRepost(t *testing.T) {
	page := polled(t, postMentions, "/2/statuses/mentions.json", "statuses_mentions.json")
	if len(page.Items) != 3 || len(page.Rejects) != 1 {
		t.Fatalf("%d items, %d rejects; want 3 (ours is left out) and 1", len(page.Items), len(page.Rejects))
	}
	repost, ofDeleted, deleted := page.Items[0], page.Items[1], page.Items[2]
	if repost.Object != "post" || repost.Place != "post:5008102480000000" || repost.Text != "转发微博" {
		t.Errorf("repost: %s", asJSON(repost))
	}
	if repost.Post.Text != "转发微博\n//@示例品牌:新品 <限量>" || len(repost.Post.Pictures) != 1 || repost.Post.AuthorName != "转发的人" {
		t.Errorf("post of the repost: %s", asJSON(repost.Post))
	}
	if ofDeleted.Post.Text != "@示例品牌 原文没了\n//抱歉，此微博已被作者删除。" || ofDeleted.Post.Deleted {
		t.Errorf("repost of a deleted post: %s", asJSON(ofDeleted.Post))
	}
	if !deleted.Post.Deleted {
		t.Error("the deleted post is not marked")
	}
}

func TestVerificationIsReadFromItsNumber(t *testing.T) {
	for in, want := range map[string]inbox.Verified{
		"-1": inbox.NotVerified, "0": inbox.VerifiedPerson, "1": inbox.VerifiedOrganisation, "7": inbox.VerifiedOrganisation,
		`"2"`: inbox.VerifiedOrganisation, "200": inbox.NotVerified, "220": inbox.NotVerified, "null": inbox.VerifiedUnknown,
	} {
		var u user
		if err := lenient([]byte(`{"id":1,"verified_type":`+in+`}`), &u); err != nil || u.verified() != want {
			t.Errorf("%s: %q %v, want %q", in, u.verified(), err, want)
		}
	}
}
