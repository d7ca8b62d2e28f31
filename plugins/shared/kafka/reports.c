/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See reports.h. An interceptor counts connections, because nothing else reports that one exists. Logs of librdkafka
 * are passed on, each subject at the pace of gw_log_pace.
 */
#include "reports.h"

#include <gangway/log_pace.h>
#include <gangway/scope.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

enum { LINKS_MAX = 64, SUBJECTS_MAX = 16 };

#define INTERCEPTOR "gangway_watch"

/* The mutex protects everything but the watch, which does not change. */
struct kafka_reports {
    struct kafka_watch *watch;
    pthread_mutex_t mutex;
    const struct gw_host *host; /* NULL: nobody reads the log any more */
    uint32_t owners;
    uint64_t links[LINKS_MAX]; /* hashes of the names of the brokers with a connection */
    uint32_t link_count;
    uint64_t ups;                    /* how often a connection was made */
    uint64_t subjects[SUBJECTS_MAX]; /* hashes of the subjects that librdkafka logged about */
    struct gw_log_pace subject_paces[SUBJECTS_MAX];
};

uint64_t kafka_hash_text(const char *text, uint64_t seed)
{
    for (; *text != '\0'; text++)
        seed = (seed ^ (unsigned char)*text) * 0x100000001b3;
    return seed;
}

/* ---- owners ---------------------------------------------------------------------------------------------------- */

struct kafka_reports *kafka_reports_new(struct kafka_watch *watch, const struct gw_host *host)
{
    struct kafka_reports *reports = calloc(1, sizeof *reports);

    if (reports == NULL)
        return NULL;
    reports->watch = watch;
    reports->host = host;
    reports->owners = 1;
    (void)pthread_mutex_init(&reports->mutex, NULL);
    return reports;
}

void kafka_reports_retain(struct kafka_reports *reports)
{
    (void)pthread_mutex_lock(&reports->mutex);
    reports->owners++;
    (void)pthread_mutex_unlock(&reports->mutex);
}

/* An owner that is not the last one does not touch the reports after it has unlocked the mutex, and the last one has
 * locked the mutex after that. POSIX allows to destroy a mutex then. */
void kafka_reports_release(struct kafka_reports *reports)
{
    bool is_last;

    (void)pthread_mutex_lock(&reports->mutex);
    is_last = --reports->owners == 0;
    (void)pthread_mutex_unlock(&reports->mutex);
    if (!is_last)
        return;
    (void)pthread_mutex_destroy(&reports->mutex);
    free(reports);
}

/* ---- connections: on librdkafka's threads ---------------------------------------------------------------------- */

static void set_link(struct kafka_reports *reports, uint64_t link, bool is_up)
{
    uint32_t index = 0;

    (void)pthread_mutex_lock(&reports->mutex);
    while (index < reports->link_count && reports->links[index] != link)
        index++;
    reports->ups += is_up && index == reports->link_count;
    if (is_up && index == reports->link_count && index < LINKS_MAX)
        reports->links[reports->link_count++] = link;
    else if (!is_up && index < reports->link_count)
        reports->links[index] = reports->links[--reports->link_count];
    (void)pthread_mutex_unlock(&reports->mutex);
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
        set_link(opaque, kafka_hash_text(number, kafka_hash_text(name, KAFKA_HASH_START)), is_up);
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

/* The mutex is locked. A new subject replaces the one that was silent for the longest time. */
static bool take_turn(struct kafka_reports *reports, uint64_t subject, int64_t now_ms)
{
    uint32_t oldest = 0;
    uint32_t index;

    for (index = 0; index < SUBJECTS_MAX && reports->subjects[index] != subject; index++)
        if (reports->subject_paces[index].due_ms < reports->subject_paces[oldest].due_ms)
            oldest = index;
    if (index == SUBJECTS_MAX) {
        index = oldest;
        reports->subjects[index] = subject;
        reports->subject_paces[index] = (struct gw_log_pace){0};
    }
    return gw_log_pace_is_due(&reports->subject_paces[index], now_ms);
}

bool kafka_reports_is_due(struct kafka_reports *reports, uint64_t subject, int64_t now_ms)
{
    bool is_due;

    (void)pthread_mutex_lock(&reports->mutex);
    is_due = take_turn(reports, subject, now_ms);
    (void)pthread_mutex_unlock(&reports->mutex);
    return is_due;
}

/* error_cb reports these too, or they are no problem: a broker has no producer id yet (GETPID), which is transient or
 * an error of its own; messages are given up with their client on purpose (TERMINATE); and a setting of this plugin is
 * experimental. The mutex stays locked while the host logs, so that the host does not end meanwhile. */
static void on_log(const rd_kafka_t *client, int level, const char *subject, const char *text)
{
    static const char *const left_out[] = {"FAIL", "ERROR", "FATAL", "GETPID", "TERMINATE"};
    struct kafka_reports *reports = rd_kafka_opaque(client);
    uint64_t hash = kafka_hash_text(subject, KAFKA_HASH_START);

    for (size_t index = 0; index < gw_array_length(left_out); index++)
        if (strcmp(subject, left_out[index]) == 0)
            return;
    if (level > LOG_WARNING || strstr(text, " is experimental: ") != NULL)
        return;
    (void)pthread_mutex_lock(&reports->mutex);
    if (reports->host != NULL && take_turn(reports, hash, reports->host->monotonic_ms(reports->host)))
        gw_host_log(reports->host, GW_CODE_KAFKA_CLIENT_LOG, "librdkafka: %s: %s", subject, text);
    (void)pthread_mutex_unlock(&reports->mutex);
}

/* ---- for the watch --------------------------------------------------------------------------------------------- */

void kafka_reports_attach(struct kafka_reports *reports, rd_kafka_conf_t *conf)
{
    rd_kafka_conf_set_opaque(conf, reports);
    rd_kafka_conf_set_log_cb(conf, on_log);
    (void)rd_kafka_conf_interceptor_add_on_new(conf, INTERCEPTOR, on_new, reports);
}

void kafka_reports_set_host(struct kafka_reports *reports, const struct gw_host *host)
{
    (void)pthread_mutex_lock(&reports->mutex);
    reports->host = host;
    (void)pthread_mutex_unlock(&reports->mutex);
}

struct kafka_watch *kafka_reports_watch(const void *opaque)
{
    const struct kafka_reports *reports = opaque;

    return reports->watch;
}

bool kafka_reports_is_up(struct kafka_reports *reports)
{
    bool is_up;

    (void)pthread_mutex_lock(&reports->mutex);
    is_up = reports->link_count > 0;
    (void)pthread_mutex_unlock(&reports->mutex);
    return is_up;
}

uint64_t kafka_reports_ups(struct kafka_reports *reports)
{
    uint64_t ups;

    (void)pthread_mutex_lock(&reports->mutex);
    ups = reports->ups;
    (void)pthread_mutex_unlock(&reports->mutex);
    return ups;
}
