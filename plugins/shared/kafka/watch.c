/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watch. An interceptor counts connections, because nothing else reports that one exists. Errors come with a code
 * through error_cb. Other logs of librdkafka are passed on, each subject at the pace of gw_log_pace.
 *
 * A lost connection is logged after LOG_AFTER_MS. Until then it may be back, and a better cause than `Disconnected` may
 * be known.
 */
#include "watch.h"

#include <gangway/scope.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

enum { LOG_AFTER_MS = 1000, CAUSE_KEPT_MS = 60000, BETTER_FOR_MS = 5000 };
enum { WEIGHT_DISCONNECTED = 1 };

#define INTERCEPTOR "gangway_watch"
#define HASH_START  UINT64_C(0xcbf29ce484222325)

static uint64_t hash_text(const char *text, uint64_t hash)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
    return hash;
}

/* ---- connections: on librdkafka's threads ---------------------------------------------------------------------- */

static void set_link(struct kafka_watch *watch, uint64_t link, bool is_up)
{
    uint32_t index = 0;

    (void)pthread_mutex_lock(&watch->mutex);
    while (index < watch->link_count && watch->links[index] != link)
        index++;
    watch->ups += is_up && index == watch->link_count;
    if (is_up && index == watch->link_count && index < KAFKA_LINKS)
        watch->links[watch->link_count++] = link;
    else if (!is_up && index < watch->link_count)
        watch->links[index] = watch->links[--watch->link_count];
    (void)pthread_mutex_unlock(&watch->mutex);
}

/* UPDATE is a connection that asks for the broker's features again. The library's internal broker has no name. */
static rd_kafka_resp_err_t on_state(rd_kafka_t *client, int32_t id, const char *protocol, const char *name, int port,
                                    const char *state, void *opaque)
{
    char number[16];
    bool is_up = strcmp(state, "UP") == 0 || strcmp(state, "UPDATE") == 0;

    (void)client;
    (void)id;
    (void)protocol;
    (void)snprintf(number, sizeof number, ":%d", port);
    if (name[0] != '\0')
        set_link(opaque, hash_text(number, hash_text(name, HASH_START)), is_up);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *client, const rd_kafka_conf_t *conf, void *opaque, char *text,
                                  size_t room)
{
    (void)conf;
    (void)text;
    (void)room;
    return rd_kafka_interceptor_add_on_broker_state_change(client, INTERCEPTOR, on_state, opaque);
}

/* ---- logs: on any thread --------------------------------------------------------------------------------------- */

/* Whether this subject may be logged now. A new one replaces the one that was silent for the longest time. */
static bool is_due(struct kafka_watch *watch, uint64_t subject)
{
    int64_t now = watch->host->monotonic_ms(watch->host);
    uint32_t oldest = 0;
    uint32_t index;
    bool is_due_now;

    (void)pthread_mutex_lock(&watch->mutex);
    for (index = 0; index < KAFKA_SUBJECTS && watch->subjects[index] != subject; index++)
        if (watch->subject_paces[index].due_ms < watch->subject_paces[oldest].due_ms)
            oldest = index;
    if (index == KAFKA_SUBJECTS) {
        index = oldest;
        watch->subjects[index] = subject;
        watch->subject_paces[index] = (struct gw_log_pace){0};
    }
    is_due_now = gw_log_pace_is_due(&watch->subject_paces[index], now);
    (void)pthread_mutex_unlock(&watch->mutex);
    return is_due_now;
}

/* error_cb reports these too, or they are no problem: a broker has no producer id yet (GETPID), which is transient or
 * an error of its own; messages are given up with their client on purpose (TERMINATE); and a setting of this plugin is
 * experimental. */
static void on_log(const rd_kafka_t *client, int level, const char *subject, const char *text)
{
    static const char *const left_out[] = {"FAIL", "ERROR", "FATAL", "GETPID", "TERMINATE"};
    struct kafka_watch *watch = rd_kafka_opaque(client);

    for (size_t index = 0; index < gw_array_length(left_out); index++)
        if (strcmp(subject, left_out[index]) == 0)
            return;
    if (level > LOG_WARNING || strstr(text, " is experimental: ") != NULL)
        return;
    if (is_due(watch, hash_text(subject, HASH_START)))
        gw_host_log(watch->host, GW_CODE_KAFKA_CLIENT_LOG, "librdkafka: %s: %s", subject, text);
}

/* ---- errors: on the polling thread ----------------------------------------------------------------------------- */

/* How much a cause explains: a refused login more than a refused connection, and that more than a connection that was
 * closed. */
static int weight(rd_kafka_resp_err_t code, const char *text)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        return 5;
    case RD_KAFKA_RESP_ERR__SSL:
        return 4;
    case RD_KAFKA_RESP_ERR__RESOLVE:
        return 3;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
        return strstr(text, ": Disconnected (") != NULL ? WEIGHT_DISCONNECTED : 2;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
        return WEIGHT_DISCONNECTED;
    default:
        return 0;
    }
}

/* librdkafka appends the duration, which differs each time. */
static void keep_cause(struct kafka_watch *watch, rd_kafka_resp_err_t code, const char *text, const char *hint)
{
    const char *end = strstr(text, " (after ");
    size_t len = end != NULL ? (size_t)(end - text) : strlen(text);
    int64_t now = watch->host->monotonic_ms(watch->host);
    bool is_old = now - watch->cause.at_ms > BETTER_FOR_MS;

    if (!is_old && weight(code, text) < weight(watch->cause.code, watch->cause.text))
        return;
    watch->cause.code = code;
    watch->cause.at_ms = now;
    (void)snprintf(watch->cause.text, sizeof watch->cause.text, "%.*s%s", (int)len, text, hint);
}

/* A broker that closes the connection during the handshake has no wrong certificate; it may speak without TLS. A broker
 * that sends an alert refuses our certificate, though librdkafka reports a failed transport. With SCRAM, old versions
 * of librdkafka repeat a part of the nonce that Kafka 4.0 accepts once, which looks like a wrong password. */
static void on_connection_error(struct kafka_watch *watch, rd_kafka_resp_err_t code, const char *text)
{
    bool is_old = rd_kafka_version() < 0x020601ff;

    if (code == RD_KAFKA_RESP_ERR__SSL && strstr(text, "unexpected eof") != NULL)
        keep_cause(watch, RD_KAFKA_RESP_ERR__TRANSPORT, text, " (a listener without TLS?)");
    else if (strstr(text, "SSL alert") != NULL)
        keep_cause(watch, RD_KAFKA_RESP_ERR__SSL, text, "");
    else if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION && is_old && strstr(text, "SCRAM") != NULL)
        keep_cause(watch, code, text, " (librdkafka before 2.6.1 cannot log in by SCRAM to Kafka 4.0 or newer)");
    else
        keep_cause(watch, code, text, "");
}

/* The sender of a record reports its refusal, so that is not kept here. */
static void keep_fatal(struct kafka_watch *watch, rd_kafka_t *client)
{
    struct kafka_cause *fatal = &watch->fatal;

    watch->is_fatal = true;
    fatal->at_ms = watch->host->monotonic_ms(watch->host);
    fatal->code = rd_kafka_fatal_error(client, fatal->text, sizeof fatal->text);
    if (fatal->code != RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE)
        gw_host_log(watch->host, GW_CODE_KAFKA_CLIENT_FATAL, "librdkafka ended its client: %s: %s; opening a new one",
                    rd_kafka_err2name(fatal->code), fatal->text);
}

void kafka_watch_error(struct kafka_watch *watch, rd_kafka_t *client, rd_kafka_resp_err_t code, const char *text)
{
    if (code == RD_KAFKA_RESP_ERR__FATAL)
        keep_fatal(watch, client);
    else if (weight(code, text) > 0)
        on_connection_error(watch, code, text);
    else if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && is_due(watch, hash_text(text, (uint64_t)code)))
        gw_host_log(watch->host, GW_CODE_KAFKA_CLIENT_ERROR, "librdkafka: %s: %s", rd_kafka_err2str(code), text);
}

static void on_error(rd_kafka_t *client, int code, const char *text, void *opaque)
{
    kafka_watch_error(opaque, client, (rd_kafka_resp_err_t)code, text);
}

/* ---- functions for the plugins --------------------------------------------------------------------------------- */

void kafka_watch_init(struct kafka_watch *watch, const struct gw_host *host)
{
    *watch = (struct kafka_watch){.host = host};
    (void)pthread_mutex_init(&watch->mutex, NULL);
}

void kafka_watch_done(struct kafka_watch *watch)
{
    (void)pthread_mutex_destroy(&watch->mutex);
}

void kafka_watch_attach(struct kafka_watch *watch, rd_kafka_conf_t *conf)
{
    watch->link_count = 0;
    watch->is_fatal = false;
    watch->cause = (struct kafka_cause){0}; /* what was wrong for the client before may be repaired */
    watch->down_ms = watch->host->monotonic_ms(watch->host);
    rd_kafka_conf_set_opaque(conf, watch);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    (void)rd_kafka_conf_interceptor_add_on_new(conf, INTERCEPTOR, on_new, watch);
}

bool kafka_watch_is_up(struct kafka_watch *watch)
{
    bool is_up;

    (void)pthread_mutex_lock(&watch->mutex);
    is_up = watch->link_count > 0;
    (void)pthread_mutex_unlock(&watch->mutex);
    return is_up;
}

uint64_t kafka_watch_ups(struct kafka_watch *watch)
{
    uint64_t ups;

    (void)pthread_mutex_lock(&watch->mutex);
    ups = watch->ups;
    (void)pthread_mutex_unlock(&watch->mutex);
    return ups;
}

/* Identical errors repeat at least every 30 s, so an older one no longer holds. */
const struct kafka_cause *kafka_watch_cause(const struct kafka_watch *watch)
{
    int64_t age = watch->host->monotonic_ms(watch->host) - watch->cause.at_ms;

    return watch->cause.code != 0 && age <= CAUSE_KEPT_MS ? &watch->cause : NULL;
}

static void report_connection(struct kafka_watch *watch, int64_t is_up)
{
    watch->host->metric(watch->host, KAFKA_METRIC_CONNECTION_UP, gw_text_of(NULL), is_up);
}

static void went_up(struct kafka_watch *watch)
{
    report_connection(watch, 1);
    watch->is_known = true;
    watch->is_up = true;
    watch->cause.code = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (watch->is_lost)
        gw_host_log(watch->host, GW_CODE_KAFKA_RECONNECTED, "reconnected to Kafka");
    watch->is_lost = false;
    watch->logged.code = RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void went_down(struct kafka_watch *watch)
{
    report_connection(watch, 0);
    watch->is_known = true;
    watch->is_up = false;
    watch->down_ms = watch->host->monotonic_ms(watch->host);
}

/* Also runs while there is a connection, because the broker that leads a partition may be another one, which cannot be
 * reached. A broker that only closes idle connections is not logged then. Unreachable brokers make one record; a cause
 * that explains more makes another. */
static void log_cause(struct kafka_watch *watch)
{
    const struct kafka_cause *cause = kafka_watch_cause(watch);

    if (cause == NULL || (watch->is_up && weight(cause->code, cause->text) <= WEIGHT_DISCONNECTED))
        return;
    if (weight(cause->code, cause->text) > weight(watch->logged.code, watch->logged.text))
        watch->logged_pace = (struct gw_log_pace){0};
    if (!gw_log_pace_is_due(&watch->logged_pace, watch->host->monotonic_ms(watch->host)))
        return;
    gw_host_log(watch->host, watch->is_up ? GW_CODE_KAFKA_BROKER_DOWN : GW_CODE_KAFKA_DISCONNECTED, "%s: %s",
                watch->is_up ? "a Kafka broker is unreachable, reconnecting" : "no connection to Kafka, reconnecting",
                cause->text);
    watch->is_lost = watch->is_lost || !watch->is_up;
    watch->logged = *cause;
}

void kafka_watch_serve(struct kafka_watch *watch)
{
    int64_t now = watch->host->monotonic_ms(watch->host);
    bool is_up = kafka_watch_is_up(watch);

    if (is_up && !watch->is_up)
        went_up(watch);
    else if (!is_up && (watch->is_up || (!watch->is_known && watch->cause.code != 0)))
        went_down(watch);
    if (watch->is_up ? now - watch->cause.at_ms >= LOG_AFTER_MS : now - watch->down_ms >= LOG_AFTER_MS)
        log_cause(watch);
}
