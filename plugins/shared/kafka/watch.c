/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watch. Errors come with a code through error_cb. Connections and logs are in the reports.
 *
 * A lost connection is logged after LOG_AFTER_MS. Until then it may be back, and a better cause than `Disconnected` may
 * be known.
 */
#include "watch.h"

#include <gangway/scope.h>

#include <stdio.h>
#include <string.h>

enum { LOG_AFTER_MS = 1000, CAUSE_KEPT_MS = 60000, BETTER_FOR_MS = 5000 };
enum { WEIGHT_DISCONNECTED = 1 };

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

static bool is_due(struct kafka_watch *watch, rd_kafka_resp_err_t code, const char *text)
{
    return kafka_reports_is_due(watch->reports, kafka_hash_text(text, (uint64_t)code),
                                watch->host->monotonic_ms(watch->host));
}

void kafka_watch_error(struct kafka_watch *watch, rd_kafka_t *client, rd_kafka_resp_err_t code, const char *text)
{
    if (code == RD_KAFKA_RESP_ERR__FATAL)
        keep_fatal(watch, client);
    else if (weight(code, text) > 0)
        on_connection_error(watch, code, text);
    else if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && is_due(watch, code, text))
        gw_host_log(watch->host, GW_CODE_KAFKA_CLIENT_ERROR, "librdkafka: %s: %s", rd_kafka_err2str(code), text);
}

static void on_error(rd_kafka_t *client, int code, const char *text, void *opaque)
{
    kafka_watch_error(kafka_reports_watch(opaque), client, (rd_kafka_resp_err_t)code, text);
}

/* ---- functions for the plugins --------------------------------------------------------------------------------- */

void kafka_watch_init(struct kafka_watch *watch, const struct gw_host *host)
{
    *watch = (struct kafka_watch){.host = host};
}

void kafka_watch_detach(struct kafka_watch *watch)
{
    if (watch->reports == NULL)
        return;
    kafka_reports_set_host(watch->reports, NULL);
    watch->ups_before += kafka_reports_ups(watch->reports);
    kafka_reports_release(watch->reports);
    watch->reports = NULL;
}

void kafka_watch_done(struct kafka_watch *watch)
{
    kafka_watch_detach(watch);
}

bool kafka_watch_attach(struct kafka_watch *watch, rd_kafka_conf_t *conf)
{
    kafka_watch_detach(watch); /* the reports of a client that could not be made */
    watch->reports = kafka_reports_new(watch, watch->host);
    if (watch->reports == NULL)
        return false;
    watch->is_fatal = false;
    watch->cause = (struct kafka_cause){0}; /* what was wrong for the client before may be repaired */
    watch->down_ms = watch->host->monotonic_ms(watch->host);
    kafka_reports_attach(watch->reports, conf);
    rd_kafka_conf_set_error_cb(conf, on_error);
    return true;
}

void kafka_watch_set_host(struct kafka_watch *watch, const struct gw_host *host)
{
    watch->host = host;
    if (watch->reports != NULL)
        kafka_reports_set_host(watch->reports, host);
}

bool kafka_watch_is_up(struct kafka_watch *watch)
{
    return watch->reports != NULL && kafka_reports_is_up(watch->reports);
}

uint64_t kafka_watch_ups(struct kafka_watch *watch)
{
    return watch->ups_before + (watch->reports != NULL ? kafka_reports_ups(watch->reports) : 0);
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
