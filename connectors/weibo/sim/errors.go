package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// apiError is a refusal of Weibo: a code, and the words that fill its sentence.
type apiError struct {
	code  int
	words []any
}

func refuse(code int, words ...any) *apiError { return &apiError{code: code, words: words} }

// Codes that the rules of this package give (docs/platforms/weibo.md §6).
const (
	codeSystem          = 10001
	codeNoSource        = 10006
	codeBadParameters   = 10008
	codeNoPermission    = 10014
	codeMissing         = 10016
	codeBadValue        = 10017
	codeNoSuchAPI       = 10020
	codeWrongMethod     = 10021
	codeIPLimit         = 10022
	codeUserLimit       = 10023
	codeEndpointLimit   = 10024
	codeNoFile          = 10012
	codeNoUser          = 20003
	codeEmpty           = 20008
	codeTooLong140      = 20012
	codeTooLong300      = 20013
	codeTooOften        = 20016
	codeRepeated        = 20019
	codeDelayed         = 20032
	codeStatusGone      = 20101
	codeCommentGone     = 20201
	codeNotYourComment  = 20203
	codeNotFollower     = 20301
	codeWindowClosed    = 20321 // invented
	codeAllowanceSpent  = 20322 // invented
	codeNeverContacted  = 20323 // invented
	codeBlacklisted     = 20324 // invented
	codeUnauthenticated = 21301
	codeRevoked         = 21319
	codeTestUsers       = 21321
	codeRedirect        = 21322
	codeInvalidRequest  = 21323
	codeInvalidClient   = 21324
	codeInvalidGrant    = 21325
	codeExpired         = 21327
	codeGrantType       = 21328
	codeAccessDenied    = 21330
	codeInvalidToken    = 21332
	codeOtherUser       = 21335
)

// wording has the sentence of a code, spelled as Weibo spells it, and the two HTTP statuses that it comes with in turn:
// the status does not tell what happened.
var wording = map[int]struct {
	text     string
	statuses [2]int
}{
	codeSystem:          {"System error", [2]int{500, 403}},
	codeNoSource:        {"Source paramter(appkey) is missing", [2]int{400, 403}},
	codeBadParameters:   {"Param error, see doc for more info", [2]int{400, 400}},
	codeNoPermission:    {"Insufficient app permissions!", [2]int{403, 400}},
	codeMissing:         {"Miss required parameter (%s), see doc for more info", [2]int{400, 400}},
	codeBadValue:        {"Parameter (%s)'s value invalid, see doc for more info", [2]int{400, 400}},
	codeNoSuchAPI:       {"Request API not found!", [2]int{404, 404}},
	codeWrongMethod:     {"HTTP METHOD is not suported for this request!", [2]int{403, 405}},
	codeIPLimit:         {"IP requests out of rate limit!", [2]int{403, 400}},
	codeUserLimit:       {"User requests out of rate limit!", [2]int{403, 400}},
	codeEndpointLimit:   {"User requests for (%s) out of rate limit!", [2]int{403, 400}},
	codeNoFile:          {"Illegal request: file not exists!", [2]int{404, 404}},
	codeNoUser:          {"User does not exists!", [2]int{400, 400}},
	codeEmpty:           {"Content is null!", [2]int{400, 400}},
	codeTooLong140:      {"Text too long, please input text less than 140 characters!", [2]int{400, 403}},
	codeTooLong300:      {"Text too long, please input text less than 300 characters!", [2]int{400, 403}},
	codeTooOften:        {"Out of limit, please try later!", [2]int{400, 403}},
	codeRepeated:        {"Repeated weibo text!", [2]int{400, 403}},
	codeDelayed:         {"Update success, while server slow now, please wait 1-2 minutes!", [2]int{400, 403}},
	codeStatusGone:      {"Target weibo does not exist!", [2]int{400, 403}},
	codeCommentGone:     {"Target weibo comment does not exist!", [2]int{400, 403}},
	codeNotYourComment:  {"Not your own comment!", [2]int{403, 400}},
	codeNotFollower:     {"You can't send direct message to user who is not your follower!", [2]int{403, 400}},
	codeWindowClosed:    {"reply time out of range, 48 hours limit", [2]int{400, 403}},
	codeAllowanceSpent:  {"reply times out of limit", [2]int{403, 400}},
	codeNeverContacted:  {"no quota to this receiver", [2]int{400, 403}},
	codeBlacklisted:     {"receiver refused the message", [2]int{403, 400}},
	codeUnauthenticated: {"Auth faild!", [2]int{401, 403}},
	codeRevoked:         {"Accessor was revoked!", [2]int{401, 403}},
	codeTestUsers:       {"Applications over the unaudited use restrictions!", [2]int{403, 400}},
	codeRedirect:        {"redirect_uri_mismatch", [2]int{400, 400}},
	codeInvalidRequest:  {"invalid_request", [2]int{400, 400}},
	codeInvalidClient:   {"invalid_client", [2]int{401, 401}},
	codeInvalidGrant:    {"invalid_grant", [2]int{400, 400}},
	codeExpired:         {"expired_token", [2]int{401, 403}},
	codeGrantType:       {"unsupported_grant_type", [2]int{400, 400}},
	codeAccessDenied:    {"access_denied", [2]int{403, 403}},
	codeInvalidToken:    {"invalid_access_token", [2]int{400, 403}},
	codeOtherUser:       {"request uid's value must be the current user", [2]int{403, 400}},

	// No rule of this package gives these; a fault may.
	10002: {"Service unavailable", [2]int{503, 502}},
	10003: {"Remote service error", [2]int{503, 500}},
	10004: {"IP limit", [2]int{403, 403}},
	10009: {"Too many pending tasks, system is busy", [2]int{503, 403}},
	10010: {"Job expired", [2]int{500, 403}},
	10011: {"RPC error", [2]int{500, 502}},
	20017: {"You have already posted similar content!", [2]int{400, 403}},
	20018: {"Contain illegal website!", [2]int{400, 403}},
	20020: {"Contain advertising!", [2]int{400, 403}},
	20021: {"Content is illegal!", [2]int{400, 403}},
	20031: {"Test and verify!", [2]int{403, 400}},
	20038: {"Similar content, please try another day", [2]int{400, 403}},
	20111: {"Repeated weibo!", [2]int{400, 403}},
	20112: {"Due to the author's privacy settings, you can't view it", [2]int{403, 400}},
	20130: {"Due to the author's privacy settings, you can't comment", [2]int{403, 400}},
	20206: {"Author only allows comments of people he follows", [2]int{403, 400}},
	20207: {"Author only allows comments of trusted users", [2]int{403, 400}},
	20512: {"User is in your blacklist", [2]int{403, 400}},
	21315: {"Token expired!", [2]int{401, 403}},
	21316: {"Signature invalid!", [2]int{401, 403}},
	21317: {"Token rejected!", [2]int{401, 403}},
	21331: {"temporarily_unavailable", [2]int{503, 403}},
}

func (e *apiError) text() string {
	entry, known := wording[e.code]
	switch {
	case !known:
		return "System error"
	case len(e.words) > 0:
		return fmt.Sprintf(entry.text, e.words...)
	default:
		return strings.ReplaceAll(entry.text, " (%s)", "")
	}
}

func (e *apiError) status(turn int) int {
	if entry, known := wording[e.code]; known {
		return entry.statuses[turn%2]
	}
	return http.StatusBadRequest
}

// envelope is the body of an error. error_code is a number in one turn and a string in the next: both were seen.
func (e *apiError) envelope(request string, turn int) map[string]any {
	body := map[string]any{"request": request, "error": e.text(), "error_code": e.code}
	if turn%2 == 1 {
		body["error_code"] = strconv.Itoa(e.code)
	}
	return body
}

// writeError answers with the envelope of docs/platforms/weibo.md §6.
func (s *Sim) writeError(w http.ResponseWriter, request string, e *apiError) {
	s.mu.Lock()
	turn := s.errors
	s.errors++
	s.mu.Unlock()
	writeJSON(w, "application/json;charset=UTF-8", e.status(turn), e.envelope(request, turn))
}

func writeJSON(w http.ResponseWriter, contentType string, status int, body any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // the peer may be gone; there is nobody to tell
}
