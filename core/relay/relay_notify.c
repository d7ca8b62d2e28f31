/* SPDX-License-Identifier: Apache-2.0 */
/* Notices through the notifier port, one after another: renders each, sends it once, and sets its own time for a
 * repeat. On a repository that keeps no notices, each outbox row is one. */
#include "base/clock.h"
#include "config/notice_text.h"
#include "relay/notice_id.h"
#include "relay/relay_internal.h"
#include "service/notice_lines.h"

#include <string.h>

/* A crash repeats what was sent since the last record. So each notice is recorded before the next one is sent, unless
 * recording would take more than a twentieth of the time: then several are recorded together, at least this often. */
enum { RECORD_SHARE = 20, RECORD_AFTER_US = 50 * 1000 };

/* A round ends so long after it began, so that a new instance, new routes and notices that are due now wait no longer.
 */
enum { ROUND_US = 50 * 1000 };

/* A notice is given up after this many attempts at the earliest, however old it is. */
enum { GIVE_UP_ATTEMPTS = 5 };

/* ---- settling */

/* The age alone does not decide, because a clock that is set forward makes every row old at once. */
static bool is_given_up(const struct gw_relay *relay, const struct gw_outbox_row *row)
{
    return row->attempts + 1 >= GIVE_UP_ATTEMPTS &&
           row->age_ms > relay->channel->component->settings.delivery.give_up_ms;
}

/* The delay grows with each attempt. A pause that the destination asks for holds for all notices. The delay begins
 * after it, so that other notices come first then, and none at which the destination always asks for a pause holds them
 * up. */
static enum gw_status settle_failed(struct gw_relay *relay, const struct gw_outbox_row *row,
                                    const struct gw_verdict *verdict, struct gw_error *reterr)
{
    int64_t delay_ms = gw_backoff_after_ms(&relay->backoff, row->attempts + 1);

    relay->pause_ms = gw_relay_pause_ms(verdict);
    if (relay->pause_ms > relay->longest_pause_ms)
        relay->longest_pause_ms = relay->pause_ms;
    if (is_given_up(relay, row)) {
        if (gw_relay_settle_refused(relay, verdict->answer) != GW_OK)
            return gw_error_set(reterr, GW_NOMEM, "no memory for a dead letter");
    } else {
        gw_relay_settle_failed(relay, row->attempts + 1, relay->pause_ms + delay_ms, verdict->answer);
    }
    if (relay->pause_ms == 0)
        return GW_OK;
    return gw_error_set(reterr, GW_TRANSIENT, "the destination asks for a pause of %lld ms: %s",
                        (long long)relay->pause_ms, verdict->answer);
}

static enum gw_status keep_answer(void *context, struct gw_text answer)
{
    struct gw_relay *relay = context;
    const char *copy = gw_arena_copy(relay->arena, answer.ptr, (size_t)answer.len);

    relay->last_answer = gw_text_span(copy, copy != NULL ? answer.len : 0);
    return copy != NULL ? GW_OK : GW_NOMEM;
}

static bool has_thread(const struct gw_relay *relay, const struct gw_outbox_row *row)
{
    return relay->queue == GW_RELAY_NOTICES && gw_relay_group(relay, row->type) != NULL &&
           (relay->channel->component->plugin->features & GW_NOTIFIER_THREADS) != 0;
}

/* An earlier notice of the group may have been sent in this round, so that is recorded first. What the repository
 * returns; CONFLICT and CANCELLED as gw_relay_record. */
static enum gw_status find_last_answer(struct gw_relay *relay, const struct gw_outbox_row *row)
{
    struct gw_answer_visitor visitor = {.size = sizeof visitor, .context = relay, .answer = keep_answer};
    struct gw_error error = {0};
    enum gw_status status;

    relay->last_answer = gw_text_of("");
    if (!has_thread(relay, row))
        return GW_OK;
    status = gw_relay_record(relay);
    if (status != GW_OK)
        return status;
    relay->is_in_repository = true;
    status = relay->repository->notices_last_answer(relay->thread.session, gw_text_of(relay->id), row->number,
                                                    row->stamp, &visitor, &error);
    relay->is_in_repository = false;
    if (status != GW_OK)
        gw_relay_lease_lost(relay);
    return status;
}

static enum gw_status make_notice(struct gw_relay *relay, uint32_t index, struct gw_notice *ret_notice)
{
    const struct gw_notice_renderer renderer = {relay->json, relay->arena, &relay->buffer};
    struct gw_notice_row row = gw_relay_notice(relay, index);
    struct gw_array events;
    uint32_t count;

    if (!gw_notice_events_read(relay->arena, &row, &events, &count))
        return GW_NOMEM;
    *ret_notice = (struct gw_notice){
        .size = sizeof *ret_notice,
        .attempt = row.event.attempts + 1,
        .id = gw_notice_id(relay->arena, row.event.destination, row.event.recipient, row.event.id),
        .recipient = row.event.recipient,
        .events = events,
        .count = count,
        .last_answer = relay->last_answer,
    };
    if (ret_notice->id.len == 0)
        return GW_NOMEM;
    return gw_notice_render_all(&renderer, relay->channel->component, ret_notice, &ret_notice->rendered);
}

/* ---- the destination as a whole is away */

/* An outage counts no attempts of a notice, because the notice did not fail for a reason of its own. So it gives up
 * only what a fallback can deliver instead, and counts the failures of the destination. */
static bool is_given_up_in_outage(const struct gw_relay *relay, const struct gw_outbox_row *row)
{
    return relay->backoff.failures + 1 >= GIVE_UP_ATTEMPTS && !relay->routes->is_removed &&
           row->age_ms > relay->channel->component->settings.delivery.give_up_ms &&
           gw_relay_targets(relay, row->type).count > 0;
}

/* From the notice that was tried on: those that are too old go to the fallback. The first one that is not keeps the
 * answer. */
static enum gw_status settle_outage(struct gw_relay *relay, struct gw_error *reterr)
{
    while (relay->settled_count < relay->row_count) {
        const struct gw_outbox_row *row = &relay->channel->rows[relay->settled_count];

        if (!is_given_up_in_outage(relay, row)) {
            gw_relay_settle_failed(relay, row->attempts, 0, reterr->text);
            return GW_OK;
        }
        if (gw_relay_settle_refused(relay, reterr->text) != GW_OK)
            return GW_NOMEM;
    }
    relay->has_given_up_all = true;
    return GW_OK;
}

/* ---- one notice */

static enum gw_status settle(struct gw_relay *relay, const struct gw_outbox_row *row, const struct gw_verdict *verdict,
                             struct gw_error *reterr)
{
    if (verdict->status == GW_OK) {
        gw_relay_settle_delivered(relay, verdict->answer);
        return GW_OK;
    }
    if (verdict->status != GW_PERMANENT)
        return settle_failed(relay, row, verdict, reterr);
    if (gw_relay_settle_refused(relay, verdict->answer) != GW_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a dead letter");
    return GW_OK;
}

static enum gw_status send_row(struct gw_relay *relay, uint32_t index, struct gw_error *reterr)
{
    const struct gw_notifier_ops *ops = relay->channel->component->plugin->ops;
    const struct gw_outbox_row *row = &relay->channel->rows[index];
    struct gw_verdict *verdict = &relay->channel->verdicts[index];
    int64_t deadline = gw_clock_monotonic_ms() + relay->channel->component->settings.delivery.timeout_ms;
    struct gw_notice notice;
    enum gw_status status = make_notice(relay, index, &notice);

    if (status != GW_OK)
        return gw_error_set(reterr, status, "no memory to render a notice");
    memset(verdict, 0, sizeof *verdict);
    relay->is_in_plugin = true;
    status = ops->send(relay->channel->self, &notice, verdict, deadline, reterr);
    relay->is_in_plugin = false;
    if (status == GW_OK)
        return settle(relay, row, verdict, reterr);
    if ((status == GW_TRANSIENT || status == GW_CONFIG) && settle_outage(relay, reterr) != GW_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory for dead letters");
    return status;
}

/* A removed notifier does not send events that the routes now send to other notifiers. */
static enum gw_status handle_row(struct gw_relay *relay, uint32_t index, struct gw_error *reterr)
{
    if (!gw_relay_is_rerouted(relay, &relay->channel->rows[index]))
        return send_row(relay, index, reterr);
    if (gw_relay_settle_rerouted(relay) != GW_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory to reroute a notice");
    return GW_OK;
}

static bool must_record(const struct gw_relay *relay)
{
    int64_t since_us = gw_clock_monotonic_us() - relay->recorded_us;

    return since_us >= RECORD_AFTER_US || since_us >= (RECORD_SHARE - 1) * relay->record_us;
}

/* The next look reads what a round has time for, and a few more, because reading a notice costs as much as settling it.
 * While the destination fails, it reads a whole group: those that are too old go to the fallback together. */
static uint32_t next_limit(const struct gw_relay *relay, enum gw_status status, uint32_t handled)
{
    uint32_t whole = relay->channel->group_size;
    uint32_t limit = handled + handled / 4 + 8;

    return status == GW_OK && handled < relay->row_count && limit < whole ? limit : whole;
}

/* *ret_handled: how many rows of the group. */
static enum gw_status notify_group(struct gw_relay *relay, uint32_t *ret_handled, struct gw_error *reterr)
{
    int64_t end_us = gw_clock_monotonic_us() + ROUND_US;

    for (uint32_t index = 0; index < relay->row_count && !gw_relay_notice(relay, index).is_open; index++) {
        enum gw_status status = find_last_answer(relay, &relay->channel->rows[index]);

        if (status != GW_OK && status != GW_CONFLICT && status != GW_CANCELLED)
            return GW_OK; /* the next look meets the same failure of the repository */
        if (status == GW_OK)
            status = handle_row(relay, index, reterr);
        if (status == GW_OK && must_record(relay))
            status = gw_relay_record(relay);
        if (status != GW_OK)
            return status;
        *ret_handled = index + 1;
        if (gw_clock_monotonic_us() >= end_us)
            return GW_OK; /* the next look reads the rest again */
    }
    return GW_OK;
}

enum gw_status gw_relay_notify(struct gw_relay *relay, struct gw_error *reterr)
{
    uint32_t handled = 0;
    enum gw_status status = notify_group(relay, &handled, reterr);

    relay->notice_limit = next_limit(relay, status, handled);
    return status;
}
