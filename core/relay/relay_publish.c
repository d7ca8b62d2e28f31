/* SPDX-License-Identifier: Apache-2.0 */
/* A group of rows through the publisher port: sends them together and settles them up to the first that has to be
 * repeated. */
#include "base/clock.h"
#include "config/notice_text.h"
#include "relay/relay_internal.h"
#include "service/notice_lines.h"

#include <gangway/scope.h>

#include <string.h>

static bool make_attributes(struct gw_relay *relay, const struct gw_outbox_row *row, struct gw_array *ret_attributes)
{
    const struct gw_published_event event = {
        .id = row->id, .type = row->type, .sku = row->sku, .sequence = row->sequence, .unix_ms = row->event_unix_ms};

    return gw_event_attributes_make(relay->arena, relay->source, &event, ret_attributes);
}

/* The texts of a plugin's templates. */
static enum gw_status render(struct gw_relay *relay, struct gw_publication *publication)
{
    const struct gw_notice_renderer renderer = {relay->json, relay->arena, &relay->buffer};

    if (relay->channel->component->template_count == 0)
        return GW_OK;
    return gw_publication_render_all(&renderer, relay->channel->component, publication, &publication->rendered);
}

static enum gw_status make_publications(struct gw_relay *relay, struct gw_array *ret_publications)
{
    struct gw_publication *publications = gw_arena_alloc(relay->arena, (relay->row_count + 1) * sizeof *publications);

    struct gw_notice_rest rest; /* of a notice that was requeued to this publisher: only its first event is published */

    if (publications == NULL)
        return GW_NOMEM;
    for (uint32_t index = 0; index < relay->row_count; index++) {
        const struct gw_outbox_row *row = &relay->channel->rows[index];

        publications[index] = (struct gw_publication){.id = row->id,
                                                      .type = row->type,
                                                      .sku = row->sku,
                                                      .payload = row->payload,
                                                      .sequence = row->sequence,
                                                      .unix_ms = row->event_unix_ms};
        if (!gw_notice_headers_read(relay->arena, row->headers, &publications[index].headers, &rest) ||
            !make_attributes(relay, row, &publications[index].attributes) ||
            render(relay, &publications[index]) != GW_OK)
            return GW_NOMEM;
    }
    *ret_publications = (struct gw_array){publications, relay->row_count, sizeof *publications};
    return GW_OK;
}

/* The next row and all behind it wait. The repository keeps the answer, so an operator finds there why the row waits.
 */
static enum gw_status wait_with(struct gw_relay *relay, const char *answer, struct gw_error *reterr)
{
    gw_relay_settle_failed(relay, relay->channel->rows[relay->settled_count].attempts + 1, 0, answer);
    return gw_error_set(reterr, GW_TRANSIENT, "%s", answer);
}

/* Rows from here on that were delivered, although one before them has to be sent again. */
static uint32_t count_delivered(const struct gw_relay *relay, uint32_t first)
{
    uint32_t count = 0;

    for (uint32_t index = first; index < relay->row_count; index++)
        count += relay->channel->verdicts[index].status == GW_OK;
    return count;
}

/* Settles rows in their order. All rows behind one that failed wait, which keeps the order of each product. */
static enum gw_status settle(struct gw_relay *relay, struct gw_error *reterr)
{
    for (uint32_t index = 0; index < relay->row_count; index++) {
        const struct gw_verdict *verdict = &relay->channel->verdicts[index];

        if (verdict->status == GW_OK) {
            gw_relay_settle_delivered(relay, NULL);
        } else if (verdict->status == GW_PERMANENT) {
            if (gw_relay_settle_refused(relay, verdict->answer) != GW_OK)
                return gw_error_set(reterr, GW_NOMEM, "no memory for a dead letter");
        } else {
            relay->pause_ms = gw_relay_pause_ms(verdict);
            gw_relay_note_repeated(relay, count_delivered(relay, index + 1));
            return wait_with(relay, verdict->answer, reterr);
        }
    }
    return GW_OK;
}

/* No row of the group is known to be delivered. The error lives until the group is recorded. */
static void keep_answer(struct gw_relay *relay, enum gw_status status, const struct gw_error *error)
{
    if (status == GW_TRANSIENT || status == GW_CONFIG)
        gw_relay_settle_failed(relay, relay->channel->rows[0].attempts + 1, 0, error->text);
}

enum gw_status gw_relay_publish(struct gw_relay *relay, struct gw_error *reterr)
{
    const struct gw_publisher_ops *ops = relay->channel->component->plugin->ops;
    int64_t deadline = gw_clock_monotonic_ms() + relay->channel->component->settings.delivery.timeout_ms;
    struct gw_array publications;
    enum gw_status status = make_publications(relay, &publications);

    if (status != GW_OK)
        return gw_error_set(reterr, status, "no memory for a group of %u events", relay->row_count);
    memset(relay->channel->verdicts, 0, relay->row_count * sizeof *relay->channel->verdicts);
    relay->is_in_plugin = true;
    status = ops->publish(relay->channel->self, &publications, relay->channel->verdicts, deadline, reterr);
    relay->is_in_plugin = false;
    if (status == GW_OK)
        return settle(relay, reterr);
    keep_answer(relay, status, reterr);
    return status;
}
