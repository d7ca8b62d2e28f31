/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving the group: see leaving.h. The worker's thread, or one that continues when the worker has gone. */
#include "leaving.h"

#include "courtesy.h"
#include "lag.h"
#include "membership.h"

#include <gangway/scope.h>

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { LEAVE_MS = 1500, SLICE_MS = 20, LATER_SLICE_MS = 500 };

/* ---- a host for the time after the instance was closed --------------------------------------------------------- */

static void quiet_log(const struct gw_host *host, const char *code, struct gw_text text)
{
    (void)host, (void)code, (void)text;
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t quiet_monotonic_ms(const struct gw_host *host)
{
    (void)host;
    return clock_ms(CLOCK_MONOTONIC);
}

static int64_t quiet_unix_ms(const struct gw_host *host)
{
    (void)host;
    return clock_ms(CLOCK_REALTIME);
}

static void quiet_metric(const struct gw_host *host, uint32_t index, struct gw_text label, int64_t value)
{
    (void)host, (void)index, (void)label, (void)value;
}

static int32_t quiet_is_stopping(const struct gw_host *host)
{
    (void)host;
    return 0;
}

/* What the callbacks and the end of a client use. */
static const struct gw_host quiet_host = {.size = sizeof quiet_host,
                                          .component = "",
                                          .service = "",
                                          .log = quiet_log,
                                          .monotonic_ms = quiet_monotonic_ms,
                                          .unix_ms = quiet_unix_ms,
                                          .metric = quiet_metric,
                                          .is_stopping = quiet_is_stopping};

/* ---- leaving --------------------------------------------------------------------------------------------------- */

/* Serves callbacks of librdkafka, and drops messages. */
static void serve(struct consumer *self, int slice_ms)
{
    rd_kafka_message_t *messages[16];
    ssize_t got = rd_kafka_consume_batch_queue(self->queue, slice_ms, messages, gw_array_length(messages));

    while (got > 0)
        rd_kafka_message_destroy(messages[--got]);
}

/* Whether the group knows this member and has not assigned partitions to it yet. A fenced one does not join. */
static bool is_joining(struct consumer *self)
{
    char *id;
    bool is_known;

    if (self->was_assigned || rd_kafka_fatal_error(self->client, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    id = rd_kafka_memberid(self->client);
    is_known = id != NULL && id[0] != '\0';
    if (id != NULL)
        rd_kafka_mem_free(self->client, id);
    return is_known;
}

/* librdkafka commits the last offsets and sends LeaveGroup from its own thread. A client that was fenced needs neither.
 */
static void begin_to_close(struct consumer *self)
{
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(self->client, self->queue);

    self->is_closing = true;
    self->has_closed = error != NULL;
    if (error != NULL)
        rd_kafka_error_destroy(error);
}

/* Serves the callbacks of a client that closes, and ends it. False: it has not closed by then. It must not be destroyed
 * in between: librdkafka waits for an answer to the last revocation, in 2.0 for ever and without rest. */
static bool close_client(struct consumer *self, int64_t deadline_ms, int slice_ms)
{
    if (!self->is_closing)
        begin_to_close(self);
    while (!self->has_closed && self->host->monotonic_ms(self->host) < deadline_ms) {
        serve(self, slice_ms);
        self->has_closed = rd_kafka_consumer_closed(self->client) != 0;
    }
    if (self->has_closed)
        membership_client_end(self);
    return self->has_closed;
}

bool leaving_leave(struct consumer *self)
{
    int64_t deadline_ms = self->host->monotonic_ms(self->host) + LEAVE_MS;

    if (self->client == NULL)
        return true;
    self->is_leaving = true;
    consumer_drop_batch(self, NULL);
    while (is_joining(self) && self->host->monotonic_ms(self->host) < deadline_ms)
        serve(self, SLICE_MS);
    if (is_joining(self))
        return false;
    if (!rd_kafka_assignment_lost(self->client)) {
        courtesy_send(self);
        lag_figures(self); /* the summary of the gateway shows the lag at its end */
    }
    membership_halt_all(self);
    return close_client(self, deadline_ms, SLICE_MS);
}

/* ---- in the background ----------------------------------------------------------------------------------------- */

void leaving_free(struct consumer *self)
{
    kafka_watch_done(&self->watch);
    free(self);
}

/* Nothing is fetched any more, so an assignment that is still to come is given back at once. */
static void *leave_later(void *opaque)
{
    struct consumer *self = opaque;

    while (is_joining(self))
        serve(self, LATER_SLICE_MS);
    (void)close_client(self, INT64_MAX, LATER_SLICE_MS);
    leaving_free(self);
    return NULL;
}

void leaving_continue(struct consumer *self)
{
    pthread_t thread;

    gw_host_log(self->host, GW_CODE_KAFKA_LEAVE_UNANSWERED,
                "the group is still rebalancing, or its coordinator is slow; this member leaves it in the background; "
                "if the gateway ends before, the member expires after session.timeout.ms");
    rd_kafka_set_log_level(self->client, 0); /* its log is of no use any more */
    lookup_done(&self->lookup);
    sources_done(&self->sources); /* they borrow from the options, which end with the instance */
    self->host = &quiet_host;
    kafka_watch_set_host(&self->watch, &quiet_host);
    if (pthread_create(&thread, NULL, leave_later, self) == 0)
        (void)pthread_detach(thread);
}
