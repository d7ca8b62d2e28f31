/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Login: merges the operator's connection string with the settings of this plugin. The string overrides preferences
 * (keepalives, a name, timeouts, the planner). The plugin overrides the string where it depends on a setting (the
 * encoding, the search path).
 */
#include "login.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEMA_MAX = 63, LINT_PARTS = 100 };

/* ---- the connection string ------------------------------------------------------------------------------------- */

static enum gw_status refuse_string(struct gw_error *reterr)
{
    return gw_error_set(
        reterr, GW_CONFIG,
        "url is no connection string: expected postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full "
        "or host=HOST dbname=DATABASE user=USER (not shown here, as it may hold a password; in a URL "
        "the characters / ? # @ : %% of a password are written as %%2F %%3F %%23 %%40 %%3A %%25)");
}

/* Whether the URL contains a password that is not percent-encoded. libpq would parse a part of it as the host or the
 * database, and show it in an error. It takes the text before the first @ for user and password, unless a slash comes
 * before that. */
static bool is_torn(const char *url)
{
    const char *rest = strstr(url, "://");

    if (strncmp(url, "postgres", strlen("postgres")) != 0 || rest == NULL)
        return false;
    rest += strlen("://");
    rest += strcspn(rest, "@/");
    return rest[0] != '\0' && memchr(rest + 1, '@', strcspn(rest + 1, "?")) != NULL;
}

static const char *part(const PQconninfoOption *parts, const char *keyword)
{
    for (; parts->keyword != NULL; parts++)
        if (strcmp(parts->keyword, keyword) == 0)
            return parts->val != NULL && parts->val[0] != '\0' ? parts->val : NULL;
    return NULL;
}

/* The string asks for hosts that accept no writes. The gateway can never work with those. */
static enum gw_status refuse_standbys(const PQconninfoOption *parts, struct gw_error *reterr)
{
    static const char *const refused[] = {"read-only", "standby", "prefer-standby"};
    const char *wanted = part(parts, "target_session_attrs");

    for (size_t i = 0; wanted != NULL && i < sizeof refused / sizeof refused[0]; i++)
        if (strcmp(wanted, refused[i]) == 0)
            return gw_error_set(reterr, GW_CONFIG,
                                "url: target_session_attrs=%s chooses servers that take no writes; leave it out, or "
                                "write read-write",
                                wanted);
    return GW_OK;
}

static int64_t count_hosts(const PQconninfoOption *parts)
{
    const char *hosts = part(parts, "hostaddr") != NULL ? part(parts, "hostaddr") : part(parts, "host");
    int64_t count = 1;

    for (; hosts != NULL && *hosts != '\0'; hosts++)
        count += *hosts == ',';
    return count;
}

/* ---- the settings of this plugin ------------------------------------------------------------------------------- */

static bool is_plain_name(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789");

    return name[0] != '\0' && name[len] == '\0' && len <= SCHEMA_MAX && strspn(name, "0123456789") == 0;
}

/* Keepalives that detect a dead peer in about `within_ms`: the first one after half of it, three more in the other
 * half. */
static long long keepalive_s(int64_t within_ms, int64_t part_of)
{
    return within_ms / 1000 / part_of > 1 ? within_ms / 1000 / part_of : 1;
}

/*
 * The planner settings: a plan that was made for one row must suit a thousand, and always use the index and the order
 * of the arrays, so that rows are locked in that order. jit is off, because a plan with a forbidden scan seems
 * expensive enough to be compiled. The keepalives here are those of the server: they end a session whose gateway's
 * machine is gone, and with it its leases.
 */
static enum gw_status write_settings(struct login *login, const struct options *options, const char *theirs,
                                     struct gw_error *reterr)
{
    int written = snprintf(
        login->settings, sizeof login->settings,
        "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off "
        "-c enable_bitmapscan=off -c jit=off "
        "-c statement_timeout=%lld -c lock_timeout=%lld -c idle_in_transaction_session_timeout=%lld "
        "-c tcp_keepalives_idle=%lld -c tcp_keepalives_interval=%lld -c tcp_keepalives_count=3 -c "
        "tcp_user_timeout=%lld "
        "-c client_connection_check_interval=2000 %s -c search_path=%s,pg_temp -c TimeZone=UTC "
        "-c default_transaction_isolation=read\\ committed "
        "-c " LOGIN_MARK "=on",
        (long long)options->statement_timeout_ms, (long long)options->lock_timeout_ms,
        (long long)options->statement_timeout_ms, keepalive_s(options->lease_timeout_ms, 2),
        keepalive_s(options->lease_timeout_ms, 6), (long long)options->lease_timeout_ms, theirs, options->schema);
    if (written < 0 || (size_t)written >= sizeof login->settings)
        return gw_error_set(reterr, GW_CONFIG, "the `options` of url are too long");
    return GW_OK;
}

static void add(struct login *login, const char *keyword, const char *value)
{
    login->keywords[login->count] = keyword;
    login->values[login->count++] = value;
}

/* libpq uses the last value of a keyword. So preferences come before the string, and required settings after it. */
static void add_all(struct login *login, const struct options *options)
{
    add(login, "target_session_attrs", "read-write");
    add(login, "keepalives_idle", "10");
    add(login, "keepalives_interval", "5");
    add(login, "keepalives_count", "3");
    add(login, "tcp_user_timeout", login->user_timeout);
    if (getenv("PGGSSENCMODE") == NULL)
        add(login, "gssencmode", "disable"); /* otherwise every connection looks for Kerberos tickets: README.md */
    add(login, "dbname", options->url);
    add(login, "fallback_application_name", login->name);
    add(login, "options", login->settings);
    add(login, "client_encoding", "UTF8");
    if (options->password != NULL)
        add(login, "password", options->password);
    add(login, NULL, NULL);
}

/* Written behind the string, at the place of the entry that ends the list. */
void login_set_hosts(struct login *login, const char *hosts, const char *addresses, const char *ports)
{
    login->count--;
    add(login, "host", hosts);
    add(login, "hostaddr", addresses);
    if (ports != NULL)
        add(login, "port", ports);
    add(login, NULL, NULL);
}

/* A list that is too long is left to libpq. */
static void copy_hosts(struct login *login, const PQconninfoOption *parts)
{
    const char *hosts = part(parts, "host");
    const char *ports = part(parts, "port");

    if (hosts == NULL || part(parts, "hostaddr") != NULL || strlen(hosts) >= LOGIN_HOSTS ||
        (ports != NULL && strlen(ports) >= LOGIN_HOSTS))
        return;
    strcpy(login->hosts, hosts);
    strcpy(login->ports, ports != NULL ? ports : "");
}

/* How long a host may take to accept a connection, at most INT_MAX seconds, the limit of libpq. */
static int64_t connect_timeout_ms(const struct options *options, const PQconninfoOption *parts)
{
    const char *text = part(parts, "connect_timeout");
    int64_t seconds = text != NULL ? atol(text) : 0;

    if (seconds <= 0)
        return options->connect_timeout_ms;
    return (seconds < INT_MAX ? seconds : INT_MAX) * 1000;
}

static enum gw_status fill(struct login *login, const struct options *options, const char *component,
                           const PQconninfoOption *parts, struct gw_error *reterr)
{
    const char *port = part(parts, "port");
    const char *theirs = part(parts, "options");
    int64_t timeout_ms = connect_timeout_ms(options, parts);

    if (port != NULL && port[strspn(port, "0123456789,")] != '\0')
        return refuse_string(reterr);
    copy_hosts(login, parts);
    login->timeout_ms = timeout_ms * count_hosts(parts);
    /* This also ends the wait for a host that does not answer, so that the next one is tried. */
    (void)snprintf(login->user_timeout, sizeof login->user_timeout, "%lld", (long long)timeout_ms);
    (void)snprintf(login->name, sizeof login->name, "gangway %s", component);
    if (theirs == NULL)
        theirs = getenv("PGOPTIONS");
    add_all(login, options);
    return write_settings(login, options, theirs != NULL ? theirs : "", reterr);
}

/* Statements contain the name of the schema, so it must be a plain name. */
static enum gw_status lint_schema(const char *schema, const struct gw_lint *lint)
{
    if (is_plain_name(schema) || !gw_lint_is_known(lint, "schema"))
        return GW_OK;
    return gw_lint_line(lint, GW_CONFIG, "schema", NULL,
                        "schema: \"%s\" is no plain name: expected a letter or _, then letters, digits and _, all in "
                        "lower case, %d at most",
                        schema, SCHEMA_MAX);
}

/* Whether this part names the server. */
static bool is_place(const PQconninfoOption *of)
{
    return strcmp(of->keyword, "host") == 0 || strcmp(of->keyword, "hostaddr") == 0 || strcmp(of->keyword, "port") == 0;
}

/* Lets libpq check the parts without a server: the socket is in a folder that does not exist. */
static PGconn *try_parts(const PQconninfoOption *parts)
{
    const char *keywords[LINT_PARTS] = {"host"};
    const char *values[LINT_PARTS] = {"/dev/null"};
    int count = 1;

    for (; parts->keyword != NULL && count + 1 < LINT_PARTS; parts++) {
        if (parts->val == NULL || is_place(parts))
            continue;
        keywords[count] = parts->keyword;
        values[count++] = parts->val;
    }
    return PQconnectStartParams(keywords, values, 0);
}

/* Reports values that libpq refuses before it looks for a server. Its messages about the server are no findings. A
 * service is defined outside of the file. A value is not shown, because it may be a piece of a password that was not
 * encoded. */
static enum gw_status lint_values(const PQconninfoOption *parts, const struct gw_lint *lint)
{
    enum gw_status status = GW_OK;
    const char *said;
    PGconn *pg;

    if (part(parts, "service") != NULL || getenv("PGSERVICE") != NULL)
        return GW_OK;
    pg = try_parts(parts);
    said = pg != NULL ? PQerrorMessage(pg) : "";
    if (said[0] != '\0' && strncmp(said, "connection to server", strlen("connection to server")) != 0)
        status = gw_lint_line(lint, GW_CONFIG, "url", NULL, "url: libpq refuses a value in it (not shown here): %.*s",
                              (int)strcspn(said, "\n\":"), said);
    PQfinish(pg);
    return status;
}

enum gw_status login_lint(const struct options *options, const struct gw_lint *lint)
{
    struct login login;
    struct gw_error error = {0};
    PQconninfoOption *parts;
    enum gw_status schema = lint_schema(options->schema, lint);
    enum gw_status status;

    if (!gw_lint_is_known(lint, "url"))
        return schema;
    if (login_init(&login, options, "", &error) != GW_OK)
        return gw_lint_line(lint, GW_CONFIG, "url", NULL, "%s", error.text);
    parts = PQconninfoParse(options->url, NULL);
    status = parts != NULL ? lint_values(parts, lint) : GW_NOMEM;
    PQconninfoFree(parts);
    return status != GW_OK ? status : schema;
}

enum gw_status login_init(struct login *login, const struct options *options, const char *component,
                          struct gw_error *reterr)
{
    PQconninfoOption *parts;
    enum gw_status status;

    *login = (struct login){0};
    if (is_torn(options->url))
        return refuse_string(reterr);
    parts = PQconninfoParse(options->url, NULL);
    if (parts == NULL)
        return refuse_string(reterr);
    status = refuse_standbys(parts, reterr);
    if (status == GW_OK)
        status = fill(login, options, component, parts, reterr);
    PQconninfoFree(parts);
    return status;
}
