package weibo

import "net/http"

// endpoint is one call that Weibo offers, resolved to the address and family that serve it.
type endpoint struct {
	name       string // such as "comments/to_me"; the same in both families
	url        string
	method     string
	commercial bool
}

// The calls we make.
const (
	commentsToMe     = "comments/to_me"
	commentsMentions = "comments/mentions"
	commentsByMe     = "comments/by_me"
	commentsCreate   = "comments/create"
	commentsReply    = "comments/reply"
	statusesMentions = "statuses/mentions"
	usersShow        = "users/show"
	unreadCount      = "remind/unread_count"
	messagesReply    = "messages/reply"
	fileDownload     = "mss/msget"
)

// twins are the calls that the commercial family serves under a name of its own (docs/platforms/weibo.md §2.3, §4.6).
var twins = map[string]bool{
	commentsToMe: true, commentsMentions: true, commentsByMe: true, commentsReply: true, statusesMentions: true, messagesReply: true,
}

// writes are the calls that post something.
var writes = map[string]bool{commentsCreate: true, commentsReply: true, messagesReply: true}

// endpoint finds where a call is served for the configured family.
func (s Settings) endpoint(name string) endpoint {
	e := endpoint{name: name, method: http.MethodGet, url: s.open(name)}
	if writes[name] {
		e.method = http.MethodPost
	}
	if s.family() == CommercialFamily && twins[name] {
		e.commercial, e.url = true, s.CommercialAPIURL+"/"+name+"/biz.json"
	}
	return e
}

// open is where the open family serves a call: its services have hosts of their own.
func (s Settings) open(name string) string {
	switch name {
	case messagesReply:
		return s.MessageURL + "/" + name + ".json"
	case unreadCount:
		return s.RemindURL + "/" + name + ".json"
	case fileDownload:
		return s.UploadURL + "/" + name
	default:
		return s.APIURL + "/" + name + ".json"
	}
}

func (e endpoint) writes() bool { return writes[e.name] }

// fansService says that the call belongs to the fans service, which has limits of its own.
func (e endpoint) fansService() bool { return e.name == messagesReply || e.name == fileDownload }
