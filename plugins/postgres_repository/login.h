/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of a connection: the operator's connection string, and what every session of this plugin needs in
 * addition. The string may contain a password, so no text ever shows a part of it.
 */
#ifndef POSTGRES_LOGIN_H
#define POSTGRES_LOGIN_H

#include "connection.h"

#include <gangway/lint.h>

/* A setting without a meaning. If the server does not know it, the settings of this plugin did not reach it. */
#define LOGIN_MARK "gangway.session"

enum { LOGIN_KEYWORDS = 16, LOGIN_NUMBER = 24, LOGIN_NAME = 128, LOGIN_HOSTS = 1024, LOGIN_SETTINGS = 4096 };

struct login {
    const char *keywords[LOGIN_KEYWORDS]; /* for PQconnectStartParams, with values; NULL-terminated */
    const char *values[LOGIN_KEYWORDS];
    int count;
    int64_t timeout_ms;      /* for all hosts of the string */
    char hosts[LOGIN_HOSTS]; /* the hosts of the string, with commas; empty: none, or it has addresses too */
    char ports[LOGIN_HOSTS]; /* one for all, one for each, or empty: the default */
    char user_timeout[LOGIN_NUMBER];
    char name[LOGIN_NAME];
    char settings[LOGIN_SETTINGS];
};

/* Replaces the hosts of the string; borrowed. ports NULL: those of the string. */
void login_set_hosts(struct login *login, const char *hosts, const char *addresses, const char *ports);

/* For lint: reports what is wrong with the string or the schema. OK, CONFIG. */
enum gw_status login_lint(const struct options *options, const struct gw_lint *lint);

/* Borrows options, which were linted. OK; CONFIG: libpq cannot parse the string, it contains a password that is not
 * encoded, or it asks for a server without writes. */
enum gw_status login_init(struct login *login, const struct options *options, const char *component,
                          struct gw_error *reterr);

#endif
