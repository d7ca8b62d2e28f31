/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Login: how the client logs in to the server (SASL), and the texts that nobody may read. Knows files and libcurl's
 * settings, and no connection. One thread.
 */
#ifndef SMTP_NOTIFIER_LOGIN_H
#define SMTP_NOTIFIER_LOGIN_H

#include "curl/redaction.h"

#include <gangway/error.h>
#include <gangway/lint.h>

#include <curl/curl.h>

#include <stdbool.h>
#include <stdint.h>

/* The order of the words in the option table. */
#define LOGIN_MECHANISMS "auto|PLAIN|LOGIN|XOAUTH2"
enum login_mechanism { LOGIN_AUTO = 0, LOGIN_PLAIN = 1, LOGIN_LOGIN = 2, LOGIN_XOAUTH2 = 3 };

struct login_options {
    uint32_t mechanism;
    const char *user;       /* NULL: no login */
    const char *password;   /* of PLAIN and LOGIN */
    const char *token_file; /* of XOAUTH2 */
};

enum { LOGIN_TOKEN_MAX = 16 * 1024 };

/* For lint: what belongs together. OK, CONFIG. */
enum gw_status login_lint(const struct login_options *options, const struct gw_lint *lint);

/* Sets user, mechanism and password or token on a handle that is to connect, or to use a connection of the same login.
 * The token is read from its file each time, because another program renews it. `secrets` gets everything that must not
 * appear in a text, in place of what it had. OK; CONFIG: the token cannot be read; NOMEM. */
enum gw_status login_apply(const struct login_options *options, CURL *easy, struct redaction *secrets,
                           struct gw_error *reterr);

#endif
