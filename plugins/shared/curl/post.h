/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Post: one POST of HTTP/1.1 with a client, for webhooks and chats. It says what was answered, and how long a busy
 * server wants to be left alone; what a status means is the plugin's.
 */
#ifndef CURL_POST_H
#define CURL_POST_H

#include "client.h"

#include <gangway/port/publisher.h>
#include <gangway/text.h>

/* A request. Everything is borrowed until curl_post returns. */
struct curl_post {
    const char *url;
    struct curl_slist *headers; /* made with curl_post_header */
    struct gw_text body;
    const char *user; /* of a basic login, with password; NULL: none */
    const char *password;
};

/* Adds `name: value` to a list of headers, which is freed with curl_slist_free_all. False: no memory; the list stays as
 * it was. The empty value leaves out a header that libcurl would write. */
bool curl_post_header(struct curl_slist **headers, const char *name, const char *value);

/* Sends the request and receives its answer. Statuses as curl_client_perform; `doing` too. */
enum gw_status curl_post(struct curl_client *client, const struct curl_post *post, struct curl_answer *answer,
                         int64_t deadline_ms, const char *doing, struct gw_error *reterr);

/*
 * Whether a request that failed with this status may have arrived: it was sent, and the answer did not come. The server
 * may have done what was asked, so this is an attempt of this notice, and not the connection's trouble alone. Otherwise
 * a notice at which the server breaks off would be sent first again and again, and hold up those behind it.
 */
bool curl_post_is_unanswered(const struct curl_client *client, enum gw_status status);

/* Writes "HTTP 503: " and the beginning of the body, or where a redirect leads, without secrets, on one line. */
void curl_post_describe(const struct curl_client *client, const struct curl_answer *answer, char *ret_text,
                        size_t size);

/* The pause of a server that was busy; all zeros at first. */
struct curl_pause {
    int32_t own_ms; /* the last one that the server did not ask for; 0: it was not busy */
};

/* The pause in milliseconds that the answer asks for with Retry-After. Where the server is busy (429, 502, 503, 504)
 * and asks for none, a second, and then twice as long each time, at most a minute, so that a backlog does not become a
 * burst of requests. 0: none. */
int32_t curl_pause_ms(struct curl_pause *pause, const struct curl_answer *answer, bool is_busy, int64_t unix_ms);

/* The verdict on a notice whose request is unanswered: it failed, for the reason in the error, and the server gets a
 * pause as a busy one does, after which another notice has its turn. */
void curl_post_judge_unanswered(const struct curl_client *client, struct curl_pause *pause,
                                const struct gw_error *error, struct gw_verdict *ret_verdict);

/* Whether this status says that the server as a whole is busy or away. */
bool curl_pause_is_busy(long code);

#endif
