/* SPDX-License-Identifier: Apache-2.0 */
/* Reply: what Slack answered, and what that means for a notice. Knows Slack's words, and no connection. Any thread. */
#ifndef SLACK_NOTIFIER_REPLY_H
#define SLACK_NOTIFIER_REPLY_H

#include <gangway/text.h>

#include <stdbool.h>

enum reply_meaning {
    REPLY_SENT = 0,
    REPLY_AGAIN = 1,      /* this notice is tried again */
    REPLY_BUSY = 2,       /* the channel as a whole pauses */
    REPLY_NEVER = 3,      /* Slack refuses this notice for good */
    REPLY_OPERATOR = 4,   /* Slack refuses every notice until somebody changes something */
    REPLY_UNTHREADED = 5, /* Slack takes no reply in this thread */
};

enum { REPLY_WORD_MAX = 64, REPLY_TIME_MAX = 32 };

struct reply {
    enum reply_meaning meaning;
    char word[REPLY_WORD_MAX]; /* `ok`, or Slack's word for the error; empty: there is none */
    char time[REPLY_TIME_MAX]; /* `ts`, by which the Web API names the message that it has posted; empty: there is none
                                */
};

/* An incoming webhook: the status code, and `ok` or a word as the body. */
struct reply reply_of_webhook(long code, struct gw_text body);

/* A method of the Web API: the status code, and JSON with `ok` and `error`. */
struct reply reply_of_api(long code, struct gw_text body);

/* Whether the text has the form of `ts`, such as 1503435956.000247. */
bool reply_is_time(struct gw_text text);

#endif
