/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules beyond the option table: options that depend on each other, addresses, and the allow-list of librdkafka's
 * own keys. The list has keys that tune. It leaves out those that the plugins depend on (acks, idempotence, offsets,
 * commits, retries, timeouts of messages, verification), those with an option of their own, those that load code or run
 * commands (plugin.library.paths, ssl.engine.location, ssl.providers, sasl.kerberos.kinit.cmd), and
 * receive.message.max.bytes, because a record above it stalls its partition without an error.
 */
#include "client.h"

#include <gangway/scope.h>

#include <stdlib.h>
#include <string.h>

enum { BOTH = KAFKA_CONSUMES | KAFKA_PRODUCES, EDIT_MAX = 64 };

struct allowed_key {
    const char *name;
    uint32_t roles;
};

static const struct allowed_key allowed_keys[] = {
    {"api.version.request.timeout.ms", BOTH},
    {"batch.num.messages", KAFKA_PRODUCES},
    {"batch.size", KAFKA_PRODUCES},
    {"broker.address.family", BOTH},
    {"broker.address.ttl", BOTH},
    {"check.crcs", KAFKA_CONSUMES},
    {"client.rack", KAFKA_CONSUMES},
    {"compression.level", KAFKA_PRODUCES},
    {"connections.max.idle.ms", BOTH},
    {"coordinator.query.interval.ms", KAFKA_CONSUMES},
    {"fetch.error.backoff.ms", KAFKA_CONSUMES},
    {"fetch.max.bytes", KAFKA_CONSUMES},
    {"fetch.message.max.bytes", KAFKA_CONSUMES},
    {"fetch.min.bytes", KAFKA_CONSUMES},
    {"fetch.queue.backoff.ms", KAFKA_CONSUMES}, /* from librdkafka 2.2 on */
    {"fetch.wait.max.ms", KAFKA_CONSUMES},
    {"heartbeat.interval.ms", KAFKA_CONSUMES},
    {"linger.ms", KAFKA_PRODUCES},
    {"max.in.flight.requests.per.connection", BOTH},
    {"max.partition.fetch.bytes", KAFKA_CONSUMES},
    {"max.poll.interval.ms", KAFKA_CONSUMES},
    {"message.max.bytes", KAFKA_PRODUCES},
    {"metadata.max.age.ms", BOTH},
    {"queued.max.messages.kbytes", KAFKA_CONSUMES},
    {"queued.min.messages", KAFKA_CONSUMES},
    {"reconnect.backoff.max.ms", BOTH},
    {"reconnect.backoff.ms", BOTH},
    {"request.timeout.ms", KAFKA_PRODUCES},
    {"retry.backoff.ms", KAFKA_PRODUCES},
    {"session.timeout.ms", KAFKA_CONSUMES},
    {"socket.connection.setup.timeout.ms", BOTH},
    {"socket.keepalive.enable", BOTH},
    {"socket.max.fails", BOTH},
    {"socket.nagle.disable", BOTH},
    {"socket.receive.buffer.bytes", BOTH},
    {"socket.send.buffer.bytes", BOTH},
    {"socket.timeout.ms", BOTH},
    {"ssl.cipher.suites", BOTH},
    {"ssl.crl.location", BOTH},
    {"ssl.curves.list", BOTH},
    {"ssl.sigalgs.list", BOTH},
    {"topic.metadata.propagation.max.ms", KAFKA_PRODUCES},
    {"topic.metadata.refresh.fast.interval.ms", BOTH},
    {"topic.metadata.refresh.interval.ms", BOTH},
};

/* ---- the allow-list -------------------------------------------------------------------------------------------- */

/* The edit distance from a to b, computed with one row of the table. */
static unsigned edit_distance(const char *a, const char *b)
{
    unsigned row[EDIT_MAX + 1];
    size_t b_len = strlen(b);

    if (b_len > EDIT_MAX)
        return EDIT_MAX;
    for (unsigned j = 0; j <= b_len; j++)
        row[j] = j;
    for (unsigned i = 1; *a != '\0'; i++, a++) {
        unsigned diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned change = diagonal + (*a != b[j - 1]);
            unsigned less = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

            diagonal = row[j];
            row[j] = change < less ? change : less;
        }
    }
    return row[b_len];
}

static const char *nearest_key(const char *wrong, enum kafka_role role)
{
    const char *nearest = NULL;
    unsigned fewest = EDIT_MAX;

    for (size_t index = 0; index < gw_array_length(allowed_keys) && strlen(wrong) <= EDIT_MAX; index++) {
        unsigned distance = edit_distance(wrong, allowed_keys[index].name);

        if ((allowed_keys[index].roles & (uint32_t)role) != 0 && distance < fewest) {
            fewest = distance;
            nearest = allowed_keys[index].name;
        }
    }
    return 2 * fewest < strlen(wrong) ? nearest : NULL;
}

static const struct allowed_key *find_key(const char *name)
{
    for (size_t index = 0; index < gw_array_length(allowed_keys); index++)
        if (strcmp(allowed_keys[index].name, name) == 0)
            return &allowed_keys[index];
    return NULL;
}

/* The option that replaces a setting; NULL: none. */
static const char *own_option(const char *key, enum kafka_role role)
{
    static const struct {
        const char *key;
        const char *option;
        uint32_t roles;
    } own[] = {
        {"bootstrap.servers", "brokers", BOTH},
        {"client.id", "client_id", BOTH},
        {"compression.codec", "compression", KAFKA_PRODUCES},
        {"compression.type", "compression", KAFKA_PRODUCES},
        {"group.id", "group", KAFKA_CONSUMES},
        {"metadata.broker.list", "brokers", BOTH},
        {"sasl.mechanism", "mechanism", BOTH},
        {"sasl.mechanisms", "mechanism", BOTH},
        {"sasl.password", "password", BOTH},
        {"sasl.username", "user", BOTH},
        {"security.protocol", "tls", BOTH},
        {"ssl.ca.location", "ca", BOTH},
        {"ssl.certificate.location", "cert", BOTH},
        {"ssl.key.location", "key", BOTH},
        {"ssl.key.password", "key_password", BOTH},
    };

    for (size_t index = 0; index < gw_array_length(own); index++)
        if (strcmp(own[index].key, key) == 0 && (own[index].roles & (uint32_t)role) != 0)
            return own[index].option;
    return NULL;
}

static enum gw_status refuse_key(const char *key, enum kafka_role role, const struct gw_lint *lint)
{
    const char *nearest = nearest_key(key, role);

    if (find_key(key) != NULL)
        return gw_lint_line(lint, GW_CONFIG, "librdkafka", key,
                            "librdkafka: \"%s\" is a setting of %s, which this is not", key,
                            role == KAFKA_PRODUCES ? "consumers" : "producers");
    if (own_option(key, role) != NULL)
        return gw_lint_line(lint, GW_CONFIG, "librdkafka", key, "librdkafka: \"%s\" is set by the option `%s`", key,
                            own_option(key, role));
    return gw_lint_line(lint, GW_CONFIG, "librdkafka", key,
                        "librdkafka: \"%.100s\" is not among the settings that may be changed, which are those that "
                        "tune%s%s%s",
                        key, nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                        nearest != NULL ? "\"?" : "");
}

bool kafka_key_fits(const char *key, enum kafka_role role)
{
    const struct allowed_key *known = find_key(key);

    return known != NULL && (known->roles == BOTH || (known->roles & (uint32_t)role) != 0);
}

static enum gw_status lint_further(const struct kafka_options *options, enum kafka_role role,
                                   const struct gw_lint *lint)
{
    enum gw_status status = GW_OK;

    for (uint64_t index = 0; index < options->librdkafka.count; index++) {
        const struct gw_option_pair *pair = &options->librdkafka.items[index];

        if (!kafka_key_fits(pair->key, role))
            status = refuse_key(pair->key, role, lint);
        else if (kafka_value_lint(pair, lint) != GW_OK)
            status = GW_CONFIG;
    }
    return status;
}

/* ---- options that depend on each other ------------------------------------------------------------------------- */

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    long port = strtol(text, NULL, 10);

    return digits > 0 && digits <= 5 && (text[digits] == '\0' || text[digits] == ',') && port > 0 && port < 65536;
}

/* HOST:PORT, HOST, [IPV6]:PORT. Other clients use one variable with several addresses, separated by commas, so that is
 * accepted too. */
static bool is_address(const char *address, size_t len)
{
    const char *colon = memrchr(address, ':', len);
    const char *bracket = memchr(address, ']', len);
    size_t host = colon != NULL && (bracket == NULL || colon > bracket) ? (size_t)(colon - address) : len;

    if (host == 0 || strcspn(address, " \t\r\n/@\"'") < len)
        return false;
    if (address[0] != '[' && memchr(address, ':', host) != NULL)
        return false;
    return host == len || is_port(colon + 1);
}

static enum gw_status lint_address(const char *addresses, const struct gw_lint *lint)
{
    const char *address = addresses;

    for (;;) {
        size_t len = strcspn(address, ",");

        if (!is_address(address, len))
            return gw_lint_line(lint, GW_CONFIG, "brokers", NULL,
                                "brokers: \"%.200s\" is no address: expected HOST:PORT", addresses);
        if (address[len] == '\0')
            return GW_OK;
        address += len + 1;
    }
}

static enum gw_status lint_brokers(const struct gw_option_list *brokers, const struct gw_lint *lint)
{
    enum gw_status status = GW_OK;

    for (uint64_t index = 0; gw_lint_is_known(lint, "brokers") && index < brokers->count; index++)
        if (lint_address(brokers->items[index], lint) != GW_OK)
            status = GW_CONFIG;
    return status;
}

static enum gw_status lint_certificates(const struct kafka_options *options, const struct gw_lint *lint)
{
    if (options->cert != NULL && options->key == NULL)
        return gw_lint_line(lint, GW_CONFIG, "cert", NULL,
                            "`cert` without `key`: a certificate is of use only with its private key");
    if (options->key != NULL && options->cert == NULL)
        return gw_lint_line(lint, GW_CONFIG, "key", NULL,
                            "`key` without `cert`: a private key is of use only with its certificate");
    if (options->key_password != NULL && options->key == NULL)
        return gw_lint_line(lint, GW_CONFIG, "key_password", NULL, "`key_password` without `key`");
    return GW_OK;
}

/* An unknown secret counts as given. */
static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static enum gw_status lint_login(const struct kafka_options *options, const struct gw_lint *lint)
{
    const char *alone = is_given(options->user) ? "user" : "password";

    if (!gw_lint_is_known(lint, "mechanism"))
        return GW_OK;
    if (options->mechanism == KAFKA_NO_SASL && (options->user != NULL || options->password != NULL)) {
        alone = options->user != NULL ? "user" : "password";
        return gw_lint_line(lint, GW_CONFIG, alone, NULL,
                            "`%s` without `mechanism`: say PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", alone);
    }
    if (options->mechanism == KAFKA_NO_SASL || (is_given(options->user) && is_given(options->password)))
        return GW_OK;
    if (is_given(options->user) || is_given(options->password))
        return gw_lint_line(lint, GW_CONFIG, alone, NULL, "`%s` without `%s`", alone,
                            is_given(options->user) ? "password" : "user");
    return gw_lint_line(lint, GW_CONFIG, "mechanism", NULL, "`mechanism` without `user` and `password`");
}

enum gw_status kafka_options_lint(const struct kafka_options *options, enum kafka_role role, const struct gw_lint *lint)
{
    const enum gw_status found[] = {
        lint_brokers(&options->brokers, lint),
        lint_certificates(options, lint),
        lint_login(options, lint),
        lint_further(options, role, lint),
    };

    for (size_t index = 0; index < gw_array_length(found); index++)
        if (found[index] != GW_OK)
            return found[index];
    return GW_OK;
}
