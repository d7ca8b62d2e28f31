/* SPDX-License-Identifier: Apache-2.0 */
/* Rows through the notifier port, one after another: renders each, sends it once, and sets its own time for a repeat.
 */
#include "base/clock.h"
#include "config/notice_text.h"
#include "relay/relay_internal.h"
#include "service/header_text.h"

#include <string.h>

/* Sent notices are recorded at least this often, which bounds what a crash repeats. */
enum { RECORD_AFTER_MS = 50 };

/* A notice is given up after this many attempts at the earliest, however old it is. */
enum { GIVE_UP_ATTEMPTS = 5 };

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

/* A notice has one event. */
static enum gw_status make_notice(struct gw_relay *relay, const struct gw_outbox_row *row,
                                  struct gw_noticed_event *ret_event, struct gw_notice *ret_notice)
{
    const struct gw_notice_renderer renderer = {relay->json, relay->arena, &relay->buffer};

    *ret_event = (struct gw_noticed_event){.id = row->id,
                                           .type = row->type,
                                           .sku = row->sku,
                                           .payload = row->payload,
                                           .sequence = row->sequence,
                                           .unix_ms = row->event_unix_ms};
    *ret_notice = (struct gw_notice){.size = sizeof *ret_notice,
                                     .attempt = row->attempts + 1,
                                     .id = row->id,
                                     .recipient = row->recipient,
                                     .events = {ret_event, 1, sizeof *ret_event},
                                     .count = 1};
    if (!gw_header_text_read(relay->arena, row->headers, &ret_event->headers))
        return GW_NOMEM;
    return gw_notice_render_all(&renderer, relay->channel->component, ret_event, &ret_notice->rendered);
}

/* The destination as a whole is away. The repository keeps the answer with the notice. The attempts are not counted,
 * because the notice did not fail for a reason of its own: an outage gives nothing up. */
static void keep_answer(struct gw_relay *relay, const struct gw_outbox_row *row, enum gw_status status,
                        const struct gw_error *error)
{
    if (status == GW_TRANSIENT || status == GW_CONFIG)
        gw_relay_settle_failed(relay, row->attempts, 0, error->text);
}

static enum gw_status settle(struct gw_relay *relay, const struct gw_outbox_row *row, const struct gw_verdict *verdict,
                             struct gw_error *reterr)
{
    if (verdict->status == GW_OK) {
        gw_relay_settle_delivered(relay);
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
    struct gw_noticed_event event;
    struct gw_notice notice;
    enum gw_status status = make_notice(relay, row, &event, &notice);

    if (status != GW_OK)
        return gw_error_set(reterr, status, "no memory to render a notice");
    memset(verdict, 0, sizeof *verdict);
    relay->is_in_plugin = true;
    status = ops->send(relay->channel->self, &notice, verdict, deadline, reterr);
    relay->is_in_plugin = false;
    if (status == GW_OK)
        return settle(relay, row, verdict, reterr);
    keep_answer(relay, row, status, reterr);
    return status;
}

/* A removed notifier does not send events that the routes now send to other notifiers. */
static enum gw_status handle_row(struct gw_relay *relay, uint32_t index, struct gw_error *reterr)
{
    const struct gw_outbox_row *row = &relay->channel->rows[index];

    if (!relay->routes->is_removed || gw_relay_targets(relay, row->type).count == 0)
        return send_row(relay, index, reterr);
    if (gw_relay_settle_rerouted(relay) != GW_OK)
        return gw_error_set(reterr, GW_NOMEM, "no memory to reroute a notice");
    return GW_OK;
}

enum gw_status gw_relay_notify(struct gw_relay *relay, struct gw_error *reterr)
{
    int64_t record_at = gw_clock_monotonic_ms() + RECORD_AFTER_MS;

    for (uint32_t index = 0; index < relay->row_count; index++) {
        enum gw_status status = handle_row(relay, index, reterr);

        if (status != GW_OK)
            return status;
        if (gw_clock_monotonic_ms() >= record_at)
            return GW_OK; /* the next look reads the rest again */
    }
    return GW_OK;
}
