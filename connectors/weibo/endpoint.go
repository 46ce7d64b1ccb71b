package weibo

import (
	"net/http"
	"strings"
)

// endpoint is one call that Weibo offers, resolved to the address and family that serve it.
type endpoint struct {
	name       string // such as "comments/to_me"; the same in both families
	url        string
	method     string
	commercial bool
}

// The calls we make.
const (
	commentsToMe       = "comments/to_me"
	commentsMentions   = "comments/mentions"
	commentsByMe       = "comments/by_me"
	commentsCreate     = "comments/create"
	commentsReply      = "comments/reply"
	statusesMentions   = "statuses/mentions"
	usersShow          = "users/show"
	unreadCount        = "remind/unread_count"
	messagesReply      = "messages/reply"
	fileDownload       = "mss/msget"
	commercialSuffix   = "/biz"
	fansServicePrefix  = "messages/"
	fileServicePrefix  = "mss/"
	remindPrefix       = "remind/"
	structuredFileType = ".json"
)

// twins are the calls that the commercial family serves under a name of its own (docs/platforms/weibo.md §2.3, §4.6).
var twins = map[string]bool{
	commentsToMe: true, commentsMentions: true, commentsByMe: true, commentsReply: true, statusesMentions: true, messagesReply: true,
}

// writes are the calls that post something.
var writes = map[string]bool{commentsCreate: true, commentsReply: true, messagesReply: true}

// endpoint finds where a call is served for the configured family.
func (s Settings) endpoint(name string) endpoint {
	e := endpoint{name: name, method: http.MethodGet}
	if writes[name] {
		e.method = http.MethodPost
	}
	if s.Family == CommercialFamily && twins[name] {
		e.commercial = true
		e.url = s.CommercialAPIURL + "/" + name + commercialSuffix + structuredFileType
		return e
	}
	switch {
	case strings.HasPrefix(name, fansServicePrefix):
		e.url = s.MessageURL + "/" + name + structuredFileType
	case strings.HasPrefix(name, remindPrefix):
		e.url = s.RemindURL + "/" + name + structuredFileType
	case strings.HasPrefix(name, fileServicePrefix):
		e.url = s.UploadURL + "/" + name
	default:
		e.url = s.APIURL + "/" + name + structuredFileType
	}
	return e
}

func (e endpoint) writes() bool { return writes[e.name] }

// fansService says that the call belongs to the fans service, which has limits of its own.
func (e endpoint) fansService() bool {
	return strings.HasPrefix(e.name, fansServicePrefix) || strings.HasPrefix(e.name, fileServicePrefix)
}
