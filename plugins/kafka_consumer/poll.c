/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slot poll: handles rebalances first, then takes the messages that are available, and waits if there is nothing.
 * librdkafka may report a rebalance while messages are taken. So messages of sources that this member does not have, or
 * that do not run, are dropped here, and nowhere else.
 */
#include "courtesy.h"
#include "fencing.h"
#include "lag.h"
#include "mark.h"
#include "membership.h"
#include "record.h"
#include "taking.h"
#include "trouble.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TURN_BYTES = 4 * 1024 * 1024, AWAY_MS = 1000 };

/* The progress of one poll. */
struct turn {
    struct gw_entrypoint_sink *sink;
    uint32_t max;
    uint32_t given;
    size_t bytes;
    bool is_busy; /* something was reported to the core, so poll does not wait */
};

void consumer_drop_batch(struct consumer *self, const struct source *source)
{
    uint32_t kept = self->batch_at;
    uint32_t index;

    for (index = self->batch_at; index < self->batch_count; index++) {
        rd_kafka_message_t *message = self->batch[index];

        if (source != NULL && sources_of_message(&self->sources, message) != source)
            self->batch[kept++] = message;
        else
            rd_kafka_message_destroy(message);
    }
    self->batch_count = kept;
}

/* ---- errors in the queue --------------------------------------------------------------------------------------- */

/* The text is "TOPIC [PARTITION]: what". The topic may exist again at once, so the source is checked before it is read
 * further. */
void consumer_doubt(struct consumer *self, const char *text)
{
    const char *bracket = strstr(text, " [");
    char topic[256];
    struct source *source;

    if (bracket == NULL || (size_t)(bracket - text) >= sizeof topic)
        return;
    memcpy(topic, text, (size_t)(bracket - text));
    topic[bracket - text] = '\0';
    source = sources_find(&self->sources, topic, (int32_t)strtol(bracket + 2, NULL, 10));
    if (source != NULL)
        trouble_note(self, source, TROUBLE_DOUBT, bracket + 2 + strcspn(bracket + 2, ":") + 2);
}

static void note_missing(struct consumer *self, const rd_kafka_message_t *message)
{
    const char *name = message->rkt != NULL ? rd_kafka_topic_name(message->rkt) : "";
    struct topic *topic = sources_topic(&self->sources, name);

    if (topic == NULL || topic->is_missing)
        return;
    topic->is_missing = true;
    gw_host_log(
        self->host, GW_CODE_KAFKA_TOPIC_MISSING,
        "topic %s does not exist, or this user may not see it; waiting for it; create it, or grant Describe and Read",
        name);
}

/* Records an error that retries do not remove. librdkafka does not give the name of the group. */
static void note_trouble(struct consumer *self, enum gw_status status, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
        (void)gw_error_set(&self->trouble, GW_CONFIG, "this user may not read in group %s: it needs the right Read",
                           self->config->group);
    else
        (void)gw_error_set(&self->trouble, status == GW_PERMANENT ? GW_CONFIG : status, "%s",
                           rd_kafka_message_errstr(message));
}

static void note_error(struct consumer *self, const rd_kafka_message_t *message)
{
    struct source *source = sources_of_message(&self->sources, message);
    enum gw_status status = kafka_status(message->err);

    if (message->err == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED) {
        gw_host_log(self->host, GW_CODE_KAFKA_TURN_TOO_LONG,
                    "a turn took longer than max.poll.interval.ms, so the group reassigned the partitions: %s; joining "
                    "again; set a smaller turn",
                    rd_kafka_message_errstr(message));
    } else if (source != NULL && trouble_of(message->err) != TROUBLE_NONE) {
        trouble_note(self, source, trouble_of(message->err), rd_kafka_message_errstr(message));
    } else if (message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
        note_missing(self, message);
    } else if (status != GW_TRANSIENT && message->err != RD_KAFKA_RESP_ERR__FATAL) {
        note_trouble(self, status, message);
    } else {
        gw_host_log(self->host, NULL, "%s", rd_kafka_message_errstr(message));
    }
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

static bool is_wanted(const struct source *source, const rd_kafka_message_t *message)
{
    return source != NULL && source->state == SOURCE_RUNNING && source->trouble.kind == TROUBLE_NONE &&
           message->offset >= source->given;
}

/* Hands one message to the core. NOMEM: it stays in the batch. */
static enum gw_status give(struct consumer *self, struct turn *turn, struct source *source, rd_kafka_message_t *record,
                           struct gw_error *reterr)
{
    struct loan *loan = lent_place(&self->lent);
    struct gw_message message;

    if (loan == NULL || !record_read(self->host, record, source, loan, (size_t)self->config->max_message, &message))
        return gw_error_set(reterr, GW_NOMEM, "no memory for offset %lld of %s", (long long)record->offset,
                            source->name.ptr);
    message.handle = self->lent.next;
    if (turn->sink->message(turn->sink, &message) != GW_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory for offset %lld of %s", (long long)record->offset,
                            source->name.ptr);
    (void)lent_add(&self->lent, record, source);
    source->given = message.next;
    source->last_offset = record->offset;
    source->last_mark = message.mark;
    self->trouble.status = GW_OK;
    turn->given++;
    turn->bytes += record->len + record->key_len;
    return GW_OK;
}

/* Handles the end of a partition as far as it can be read: no further message lies before it. */
static enum gw_status pass(struct turn *turn, struct source *source, int64_t end)
{
    struct gw_passed passed = {.source = source->name, .from = source->given, .next = end};
    struct gw_entrypoint_sink *sink = turn->sink;

    if (end <= source->given || end <= source->passed)
        return GW_OK;
    source->passed = end;
    passed.has_mark = source->last_offset != SOURCE_NO_OFFSET &&
                      mark_at_distance(source->last_mark, end - 1 - source->last_offset, &passed.mark);
    if (sink->size < offsetof(struct gw_entrypoint_sink, passed) + sizeof sink->passed || sink->passed == NULL)
        return GW_OK;
    turn->is_busy = true;
    return sink->passed(sink, &passed);
}

/* Handles an error in the queue. */
static enum gw_status take_error(struct consumer *self, struct turn *turn, const rd_kafka_message_t *message)
{
    struct source *source;

    if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        note_error(self, message);
        return GW_OK;
    }
    source = sources_of_message(&self->sources, message);
    return is_wanted(source, message) ? pass(turn, source, message->offset) : GW_OK;
}

static enum gw_status give_batch(struct consumer *self, struct turn *turn, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    while (self->batch_at < self->batch_count && turn->given < turn->max && turn->bytes < TURN_BYTES) {
        rd_kafka_message_t *message = self->batch[self->batch_at];
        struct source *source = NULL;

        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            source = sources_of_message(&self->sources, message);
            if (is_wanted(source, message))
                status = give(self, turn, source, message, reterr);
            else
                rd_kafka_message_destroy(message);
        } else {
            status = take_error(self, turn, message);
            if (status == GW_OK)
                rd_kafka_message_destroy(message);
        }
        if (status != GW_OK)
            return status;
        self->batch_at++;
    }
    return GW_OK;
}

/* Takes the available messages. False: there are none, and no rebalance was reported. */
static bool fill_batch(struct consumer *self)
{
    uint32_t decided = self->rebalance_count;

    self->batch_at = 0;
    self->batch_count = taking_batch(self->queue, self->batch, BATCH_MESSAGES);
    if (self->batch_count > 0)
        fetching_note(self);
    return self->batch_count > 0 || self->rebalance_count > decided;
}

/* A rebalance is reported before messages, never behind messages of the same poll. */
static enum gw_status step(struct consumer *self, struct turn *turn, struct gw_error *reterr)
{
    for (;;) {
        enum gw_status status;

        if ((self->rebalance_count > 0 || self->has_news) && turn->given > 0)
            return GW_OK;
        status = membership_serve(self, turn->sink, &turn->is_busy, reterr);
        if (status == GW_OK)
            status = give_batch(self, turn, reterr);
        if (status != GW_OK || self->batch_at < self->batch_count || turn->given == turn->max)
            return status;
        if (!fill_batch(self) && !self->has_news)
            return GW_OK;
    }
}

/* ---- without messages ------------------------------------------------------------------------------------------ */

static const struct topic *missing_topic(const struct consumer *self)
{
    uint32_t index;

    for (index = 0; index < self->sources.topic_count; index++)
        if (self->sources.topics[index].is_missing)
            return &self->sources.topics[index];
    return NULL;
}

/* Returns the error to log while nothing arrives. A single missing topic does not make the worker back off from the
 * others. */
static enum gw_status idle(struct consumer *self, struct gw_error *reterr)
{
    const struct kafka_cause *cause = kafka_watch_cause(&self->watch);
    const struct topic *missing = self->sources.count == 0 ? missing_topic(self) : NULL;

    if (self->trouble.status != GW_OK) {
        if (reterr != NULL)
            *reterr = self->trouble;
        return (enum gw_status)self->trouble.status;
    }
    if (cause != NULL && !kafka_watch_is_up(&self->watch))
        return kafka_error(reterr, &self->watch, RD_KAFKA_RESP_ERR__TRANSPORT, "consuming");
    if (missing != NULL)
        return gw_error_set(reterr, GW_CONFIG, "topic %s does not exist, or this user may not see it", missing->name);
    return GW_OK;
}

static enum gw_status await(struct consumer *self, int64_t deadline_ms, struct gw_error *reterr)
{
    const struct gw_host *host = self->host;
    uint32_t ready = 0;
    uint64_t wakes;
    enum gw_status status = host->wait(host, self->wake, GW_WAIT_READ, deadline_ms, &ready);

    if (status != GW_OK)
        return gw_error_set(reterr, status, "waiting for messages");
    if (ready != 0 && read(self->wake, &wakes, sizeof wakes) < 0)
        return GW_OK; /* the queue is checked anyway */
    return GW_OK;
}

/* Replaces the client. Borrowed messages belong to the old client, so they must be settled first. */
static enum gw_status renew(struct consumer *self, struct gw_entrypoint_sink *sink, struct gw_error *reterr)
{
    char reason[256] = "";
    enum gw_status status = GW_TRANSIENT;
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(self->client, reason, sizeof reason);

    if (lent_count(&self->lent) > 0)
        return gw_error_set(reterr, GW_TRANSIENT, "a new client waits until the messages of the old one are settled");
    status = membership_end(self, sink, reterr);
    if (status != GW_OK)
        return status;
    if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
        return fencing_note(self, reterr);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return gw_error_set(reterr, GW_TRANSIENT, "librdkafka lost the state of the group; joining again");
    return gw_error_set(reterr, kafka_status(code), "librdkafka ended its client: %s; joining again", reason);
}

enum gw_status consumer_poll(void *opaque, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                             struct gw_error *reterr)
{
    struct consumer *self = opaque;
    struct turn turn = {.sink = sink, .max = max};
    int64_t deadline_ms = self->host->monotonic_ms(self->host) + timeout_ms;
    enum gw_status status = fencing_check(self, reterr);

    if (status == GW_OK)
        status = membership_join(self, reterr);
    while (status == GW_OK) {
        status = trouble_serve(self, reterr);
        if (status == GW_OK)
            status = step(self, &turn, reterr);
        kafka_watch_serve(&self->watch);
        consumer_tick(self);
        if (status != GW_OK || turn.given > 0 || turn.is_busy)
            return status;
        lag_confirm(self);
        if (self->is_broken || rd_kafka_fatal_error(self->client, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR)
            return renew(self, sink, reterr);
        if (self->host->monotonic_ms(self->host) >= deadline_ms)
            return idle(self, reterr);
        status = await(self, deadline_ms, reterr);
    }
    return status;
}
