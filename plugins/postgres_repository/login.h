/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection begins with: the operator's connection string, and what every session of ours needs beside it.
 * The string may hold a password, so nothing of it is ever repeated in a text.
 */
#ifndef POSTGRES_LOGIN_H
#define POSTGRES_LOGIN_H

#include "connection.h"

#include <gangway/lint.h>

/* A setting of no meaning: where the server does not know it, ours did not reach it. */
#define LOGIN_MARK "gangway.session"

enum { LOGIN_KEYWORDS = 16, LOGIN_NUMBER = 24, LOGIN_NAME = 128, LOGIN_HOSTS = 1024, LOGIN_SETTINGS = 4096 };

struct login {
    const char *keywords[LOGIN_KEYWORDS]; /* for PQconnectStartParams, with values; NULL-terminated */
    const char *values[LOGIN_KEYWORDS];
    int count;
    int64_t timeout_ms;      /* for all hosts that the string names */
    char hosts[LOGIN_HOSTS]; /* that the string names, with commas; empty: none, or it names addresses, too */
    char ports[LOGIN_HOSTS]; /* one for all, one for each, or empty: the default */
    char user_timeout[LOGIN_NUMBER];
    char name[LOGIN_NAME];
    char settings[LOGIN_SETTINGS];
};

/* Instead of the hosts that the string names; borrowed. ports: NULL: the string's own. */
void login_set_hosts(struct login *login, const char *hosts, const char *addresses, const char *ports);

/* For lint: what is wrong with the string or the schema. CONFIG. */
enum gw_status login_lint(const struct options *options, const struct gw_lint *lint);

/* Borrows options, which were linted. CONFIG: the string is none that libpq reads, holds a password that was not
 * encoded, or asks for a server that takes no writes. */
enum gw_status login_init(struct login *login, const struct options *options, const char *component,
                          struct gw_error *reterr);

#endif
