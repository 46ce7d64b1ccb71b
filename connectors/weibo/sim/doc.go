// Package sim is a pretend Weibo that speaks HTTP and is as unkind as the real one.
//
// It is written from docs/platforms/weibo.md alone and shares no code with the connector, so that the two can disagree. Everything
// lives in memory behind one mutex, all chance comes from Options.Seed, and every rule asks Options.Now for the time. It runs inside
// tests (httptest), inside `weibox demo` under a path prefix, and alone as `weibox sim weibo --listen`.
//
// # Layout
//
// Paths are relative to Options.Base. Each host of Weibo has its own prefix, because base addresses are settings of the product:
//
//	/oauth2/…    api.weibo.com/oauth2: authorize, access_token, get_token_info, revokeoauth2
//	/2/…         api.weibo.com/2: comments, statuses, users, account
//	/c/2/…       c.api.weibo.com/2: the commercial twins, refused (10014) to an app of the open family
//	/rm/2/…      rm.api.weibo.com/2: remind/unread_count
//	/m/2/…       m.api.weibo.com/2: messages/reply
//	/upload/2/…  upload.api.weibo.com/2: mss/msget, mss/media_upload
//	/img/…       avatars and pictures
//	/control/…   what fans, the brand's own app and the weather do; see control.go
//
// An app of the commercial family may call both families; lists of the open family stay filtered for it.
//
// Whoever mounts the handler decides who reaches /control: it changes everything and makes this process call addresses.
//
// # Brands
//
// Every brand logs in without a password: the consent page lists them. A browser that has once agreed is remembered by a cookie and
// is sent straight back the next time unless it says forcelogin=true, as on the real page.
//
// # What is invented
//
// Codes for refused private messages outside the window are not published (docs/platforms/weibo.md, second reading 10); the 2032x codes
// in errors.go are made up. A fan who has unfollowed cannot be answered until he follows again. The interval between the three
// tries of a push is not documented; Options.PushRetry sets it.
package sim
