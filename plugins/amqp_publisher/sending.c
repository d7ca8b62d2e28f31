/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slot publish. Events are sent ahead of their confirms, up to a window, but only one of each SKU at a time. The
 * first event on a connection is sent alone: a missing exchange or right is found with it, and while an alarm blocks
 * the broker each new connection leaves at most one event in its socket.
 *
 * Whatever has no answer when a connection ends, or at the deadline, is sent again with the same id by the core, which
 * begins at or before it. So a receiver may see an event twice, and never one before its predecessor of the same SKU. A
 * connection whose events have no answer is ended, except while the broker blocks it: its events are in the socket
 * then, and another connection would add to them. Answers that come for them later are ignored.
 */
#include "publisher.h"
#include "routing.h"

#include <string.h>

enum { OUT_MAX = 1024 * 1024, RETURN_MAX = 64 * 1024 };

static int64_t now(const struct publisher *self)
{
    return self->host->monotonic_ms(self->host);
}

static amqp_bytes_t bytes_of(struct gw_text text)
{
    return (amqp_bytes_t){.len = (size_t)text.len, .bytes = (void *)(uintptr_t)text.ptr};
}

/* ---- the connection -------------------------------------------------------------------------------------------- */

void publisher_disconnect(struct publisher *self)
{
    rabbit_link_close(&self->link, self->window.unconfirmed == 0);
    self->host->metric(self->host, PUBLISHER_METRIC_CONNECTION_UP, gw_text_of(NULL), 0);
}

static enum gw_status select_confirms(struct publisher *self, struct gw_error *reterr)
{
    amqp_confirm_select_t request = {0};

    return rabbit_link_call(&self->link, RABBIT_CHANNEL, AMQP_CONFIRM_SELECT_METHOD, &request,
                            AMQP_CONFIRM_SELECT_OK_METHOD, rabbit_broker_deadline(&self->broker), NULL, reterr);
}

static enum gw_status be_connected(struct publisher *self, struct gw_error *reterr)
{
    enum gw_status status;

    if (rabbit_link_is_open(&self->link))
        return GW_OK;
    publisher_disconnect(self);
    status = rabbit_broker_open(&self->broker, &self->link, RETURN_MAX, reterr);
    if (status == GW_OK)
        status = select_confirms(self, reterr);
    if (status != GW_OK)
        return status;
    window_reopen(&self->window);
    self->host->metric(self->host, PUBLISHER_METRIC_CONNECTION_UP, gw_text_of(NULL), 1);
    return GW_OK;
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

static bool can_send(const struct publisher *self)
{
    const uint32_t limit = self->is_single || !self->window.is_proven ? 1 : (uint32_t)self->config->window;

    return !self->link.is_blocked && rabbit_outgoing_len(&self->link.out) < OUT_MAX &&
           window_has_next(&self->window, limit);
}

static enum gw_status send_event(struct publisher *self, const struct gw_publication *event, struct gw_error *reterr)
{
    amqp_basic_publish_t publish = {.exchange = bytes_of(gw_text_of(self->config->exchange)),
                                    .mandatory = self->config->mandatory != 0};
    amqp_basic_properties_t properties;
    struct gw_text key;
    enum gw_status status = routing_key(self->config, event, &key, reterr);

    if (status != GW_OK)
        return status;
    publish.routing_key = bytes_of(key);
    if (!record_properties(&self->record, event, &properties))
        return gw_error_set(reterr, GW_NOMEM, "no memory for the headers of an event");
    return rabbit_link_publish(&self->link, &publish, &properties, event->payload, reterr);
}

static enum gw_status send_ready(struct publisher *self, struct gw_error *reterr)
{
    while (can_send(self)) {
        const uint32_t index = window_take(&self->window);
        struct gw_error error = {0};
        enum gw_status status = send_event(self, gw_array_at(self->window.events, index), &error);

        if (status == GW_OK) {
            window_note_sent(&self->window, index);
        } else if (status == GW_PERMANENT) {
            window_refuse(&self->window, index, error.text);
        } else {
            *reterr = error;
            return status;
        }
    }
    return GW_OK;
}

static enum gw_status say_late(const struct publisher *self, struct gw_error *reterr)
{
    if (self->link.is_blocked)
        return gw_error_set(reterr, GW_TRANSIENT, "the broker accepts no messages, because of an alarm: %s",
                            self->link.blocked);
    return gw_error_set(reterr, GW_TRANSIENT, "the broker answered for %u of %u events in time",
                        (unsigned)window_settled(&self->window), (unsigned)self->window.events->count);
}

/* Sends and waits until every event has its answer. */
static enum gw_status deliver(struct publisher *self, int64_t deadline_ms, struct gw_error *reterr)
{
    for (;;) {
        enum gw_status status = send_ready(self, reterr);

        if (status == GW_OK)
            status = rabbit_link_serve(&self->link, reterr);
        if (status != GW_OK || window_is_done(&self->window))
            return status;
        if (now(self) >= deadline_ms)
            return say_late(self, reterr);
        if (can_send(self))
            continue;
        status = rabbit_link_wait(&self->link, deadline_ms, reterr);
        if (status != GW_OK)
            return status;
    }
}

/* The broker has refused an event because of its length, and closed the channel. It is known which one when one was
 * under way; otherwise they are sent one by one. */
static void take_refusal(struct publisher *self, const char *answer)
{
    uint32_t index;

    if (window_single(&self->window, &index))
        window_refuse(&self->window, index, answer);
    self->is_single = true;
}

static enum gw_status deliver_all(struct publisher *self, int64_t deadline_ms, struct gw_error *reterr)
{
    enum gw_status status = GW_PERMANENT;

    self->is_single = false;
    self->broker.limit_ms = deadline_ms;
    while (status == GW_PERMANENT) {
        status = be_connected(self, reterr);
        if (status == GW_OK)
            status = deliver(self, deadline_ms, reterr);
        if (status == GW_PERMANENT)
            take_refusal(self, reterr->text);
    }
    self->broker.limit_ms = 0;
    return status;
}

/* ---- publish --------------------------------------------------------------------------------------------------- */

/* A refusal of the first event, such as for a missing exchange, says that it was not taken. */
static bool may_have_arrived(const struct publisher *self, enum gw_status status)
{
    if (window_settled(&self->window) > 0)
        return true;
    return self->window.was_sent && !(status == GW_CONFIG && self->window.unconfirmed <= 1);
}

static enum gw_status conclude(struct publisher *self, enum gw_status status, const struct gw_error *error,
                               struct gw_error *reterr)
{
    if (status == GW_OK && window_is_settled(&self->window))
        return GW_OK;
    if (status != GW_OK && !(status == GW_TRANSIENT && self->link.is_blocked && rabbit_link_is_open(&self->link)))
        publisher_disconnect(self);
    if (status == GW_CANCELLED)
        return gw_error_set(reterr, status, "a shutdown was requested while events were published");
    if (status == GW_OK || may_have_arrived(self, status)) {
        window_give_up(&self->window, status == GW_OK ? "an event before it was not stored" : error->text);
        return GW_OK;
    }
    return gw_error_set(reterr, status, "%s", error->text);
}

enum gw_status publisher_publish(void *opaque, const struct gw_array *events, struct gw_verdict *verdicts,
                                 int64_t deadline_ms, struct gw_error *reterr)
{
    struct publisher *self = opaque;
    struct gw_error error = {0};
    enum gw_status status;

    if (events->count == 0)
        return GW_OK;
    if (now(self) >= deadline_ms)
        return gw_error_set(reterr, GW_TRANSIENT, "there is no time left to publish");
    if (!window_begin(&self->window, events, verdicts))
        return gw_error_set(reterr, GW_NOMEM, "no memory for a group of %u events", (unsigned)events->count);
    status = deliver_all(self, deadline_ms, &error);
    status = conclude(self, status, &error, reterr);
    window_end(&self->window);
    return status;
}
