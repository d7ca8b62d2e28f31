/* SPDX-License-Identifier: Apache-2.0 */
/* Notices in the repository: opens the events of a notifier, that is, turns each into a notice per recipient, and reads
 * the notices that are due. relay_notify.c sends them. */
#include "base/clock.h"
#include "base/fault_point.h"
#include "process/digest.h"
#include "relay/notice_id.h"
#include "relay/relay_internal.h"
#include "service/notice_lines.h"
#include "service/stamp.h"
#include "json/json_writer.h"

/* Events that are opened together make at most so many notices, unless one event alone makes more. */
enum { OPENED_NOTICES_MAX = 2000 };

uint32_t gw_relay_open_limit(const struct gw_relay *relay)
{
    size_t recipients = relay->channel->component->recipient_count;
    uint32_t limit = recipients > 0 ? OPENED_NOTICES_MAX / (uint32_t)recipients : OPENED_NOTICES_MAX;

    if (limit == 0)
        return 1;
    return limit < relay->channel->group_size ? limit : relay->channel->group_size;
}

/* ---- opening */

bool gw_relay_is_recipient(const struct gw_component *component, struct gw_text recipient)
{
    for (size_t index = 0; index < component->recipient_count; index++)
        if (gw_text_is(recipient, component->recipients[index]))
            return true;
    return false;
}

/* Longer keys are hashed, because a repository indexes them. */
enum { KEY_MAX_BYTES = 256 };

/* Writes the values that a group has in common, as a JSON list that begins with the name of the event. False: the event
 * is of an older version and has no such field. */
static bool write_key(struct gw_relay *relay, const struct gw_outbox_row *row, const struct gw_group_settings *group,
                      const struct gw_json_object *fields)
{
    struct gw_json_writer writer;

    gw_buffer_reset(&relay->buffer);
    gw_json_writer_init(&writer, &relay->buffer, 0);
    gw_json_write_open(&writer, '[');
    gw_json_write_text(&writer, row->type);
    for (uint64_t index = 0; index < group->by.count; index++) {
        const struct gw_json_member *field = gw_json_find(fields, group->by.items[index]);

        if (field == NULL)
            return false;
        gw_json_write_text(&writer, field->text);
    }
    gw_json_write_close(&writer, ']');
    return true;
}

/* The group key of an event; empty: it has a notice of its own. */
static enum gw_status make_key(struct gw_relay *relay, const struct gw_outbox_row *row,
                               const struct gw_group_settings *group, struct gw_text *ret_key)
{
    struct gw_json_object fields = {0};
    enum gw_status status = gw_json_read_object(relay->json, relay->arena, row->payload, &fields, NULL);
    const char *copy;

    *ret_key = gw_text_of("");
    if (status == GW_NOMEM)
        return status;
    if (status != GW_OK || !write_key(relay, row, group, &fields))
        return GW_OK;
    if (relay->buffer.has_failed)
        return GW_NOMEM;
    if (relay->buffer.len > KEY_MAX_BYTES) {
        *ret_key = gw_digest_text(relay->arena, gw_buffer_text(&relay->buffer));
        return ret_key->len > 0 ? GW_OK : GW_NOMEM;
    }
    copy = gw_arena_copy(relay->arena, relay->buffer.ptr, relay->buffer.len);
    *ret_key = gw_text_span(copy, copy != NULL ? relay->buffer.len : 0);
    return copy != NULL ? GW_OK : GW_NOMEM;
}

/* What every notice of the event has. A notice that comes whole, from a dead letter or as a fallback's, is not grouped
 * again. */
static enum gw_status make_draft(struct gw_relay *relay, const struct gw_outbox_row *row,
                                 struct gw_notice_draft *ret_draft)
{
    const struct gw_group_settings *group = gw_relay_group(relay, row->type);
    struct gw_notice_rest rest;
    struct gw_array headers;
    enum gw_status status;

    *ret_draft = (struct gw_notice_draft){.event = *row};
    if (group == NULL || row->recipient.len > 0)
        return GW_OK;
    if (!gw_notice_headers_read(relay->arena, row->headers, &headers, &rest))
        return GW_NOMEM;
    status = rest.count > 1 ? GW_OK : make_key(relay, row, group, &ret_draft->key);
    if (status != GW_OK || ret_draft->key.len == 0)
        return status;
    ret_draft->wait_ms = group->wait_ms;
    ret_draft->max = (uint32_t)group->max;
    ret_draft->repeat_ms = group->repeat_ms;
    return gw_notice_line_write(relay->arena, &relay->buffer, row, &ret_draft->line) ? GW_OK : GW_NOMEM;
}

/* A row that names a recipient is opened for that one, if the file still has it. Requeued dead letters are such rows.
 */
static enum gw_status make_drafts(struct gw_relay *relay, const struct gw_outbox_row *row, struct gw_array *ret_drafts)
{
    const struct gw_component *component = relay->channel->component;
    bool is_for_one = row->recipient.len > 0 && gw_relay_is_recipient(component, row->recipient);
    size_t count = is_for_one ? 1 : component->recipient_count;
    struct gw_notice_draft *drafts = gw_arena_alloc(relay->arena, count * sizeof *drafts);
    struct gw_notice_draft draft;
    enum gw_status status = drafts != NULL ? make_draft(relay, row, &draft) : GW_NOMEM;

    for (size_t index = 0; index < count && status == GW_OK; index++) {
        drafts[index] = draft;
        if (!is_for_one)
            drafts[index].event.recipient = gw_text_of(component->recipients[index]);
    }
    *ret_drafts = (struct gw_array){drafts, (uint32_t)count, sizeof *drafts};
    return status;
}

/* A removed notifier does not open events that the routes now send to other notifiers. */
static enum gw_status open_row(struct gw_relay *relay, const struct gw_outbox_row *row)
{
    struct gw_array drafts;
    enum gw_status status;

    if (gw_relay_is_rerouted(relay, row))
        return gw_relay_settle_rerouted(relay);
    status = make_drafts(relay, row, &drafts);
    if (status == GW_OK)
        gw_relay_settle_opened(relay, &drafts);
    return status;
}

static enum gw_status open_rows(struct gw_relay *relay, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t index = 0; index < relay->row_count && status == GW_OK; index++)
        status = open_row(relay, &relay->channel->rows[index]);
    return status == GW_OK ? GW_OK
                           : gw_error_set(reterr, status, "no memory for the notices of %u events", relay->row_count);
}

/* Reading the rows may have taken long. */
enum gw_status gw_relay_open(struct gw_relay *relay, struct gw_error *reterr)
{
    enum gw_status status = gw_relay_lease_confirm(relay, reterr);

    if (status == GW_OK)
        status = open_rows(relay, reterr);
    return status == GW_OK ? gw_relay_record(relay) : status;
}

/* ---- reading */

enum gw_status gw_relay_keep_notice(struct gw_relay *relay, const struct gw_notice_row *notice)
{
    struct gw_notice_row *kept = &relay->channel->notices[relay->row_count];
    const char *further = gw_arena_copy(relay->arena, notice->further.ptr, (size_t)notice->further.len);
    enum gw_status status = further != NULL ? gw_relay_keep_row(relay, &notice->event) : GW_NOMEM;

    if (status != GW_OK)
        return status;
    *kept = *notice;
    kept->further.ptr = further;
    kept->event = relay->channel->rows[relay->row_count - 1];
    return GW_OK;
}

static enum gw_status on_notice(void *context, const struct gw_notice_row *notice)
{
    return gw_relay_keep_notice(context, notice);
}

/* One call of the slot. */
static enum gw_status look_at(struct gw_relay *relay, const struct gw_notice_look *look,
                              const struct gw_notice_visitor *visitor, int64_t *ret_due_in_ms, struct gw_error *reterr)
{
    enum gw_status status;

    relay->is_in_repository = true;
    status = relay->repository->notices_next(relay->thread.session, gw_text_of(relay->id), look, visitor, ret_due_in_ms,
                                             reterr);
    relay->is_in_repository = false;
    if (status != GW_OK)
        gw_relay_lease_lost(relay);
    return status;
}

static void note_due(struct gw_relay *relay, int64_t due_in_ms)
{
    int64_t due_ms;

    if (due_in_ms == GW_DUE_NEVER)
        return;
    due_ms = gw_clock_monotonic_ms() + due_in_ms;
    if (relay->next_due_ms == GW_DUE_NEVER || due_ms < relay->next_due_ms)
        relay->next_due_ms = due_ms;
}

static int64_t longest_wait_ms(const struct gw_relay *relay)
{
    int64_t delay_ms = gw_relay_longest_delay_ms(relay);

    return relay->routes->longest_wait_ms > delay_ms ? relay->routes->longest_wait_ms : delay_ms;
}

uint32_t gw_relay_notice_limit(const struct gw_relay *relay)
{
    return relay->notice_limit > 0 && relay->notice_limit < relay->channel->group_size ? relay->notice_limit
                                                                                       : relay->channel->group_size;
}

/* Open notices are due at the end only after the last event was opened. */
enum gw_status gw_relay_next_notices(struct gw_relay *relay, uint32_t limit, struct gw_error *reterr)
{
    struct gw_notice_visitor visitor = {.size = sizeof visitor, .context = relay, .notice = on_notice};
    struct gw_notice_look look = {.size = sizeof look,
                                  .limit = limit,
                                  .longest_wait_ms = longest_wait_ms(relay),
                                  .is_ending = relay->is_ending && relay->has_end};
    int64_t due_in_ms = GW_DUE_NEVER;
    enum gw_status status;

    gw_relay_begin_rows(relay, GW_RELAY_NOTICES);
    status = look_at(relay, &look, &visitor, &due_in_ms, reterr);
    if (status == GW_OK)
        note_due(relay, due_in_ms);
    return status;
}

enum gw_status gw_relay_look_at_notices(struct gw_relay *relay, const struct gw_notice_look *look,
                                        const struct gw_notice_visitor *visitor, struct gw_error *reterr)
{
    int64_t due_in_ms;

    return look_at(relay, look, visitor, &due_in_ms, reterr);
}

/* ---- rerouting */

/* A page of all notices, of which those are kept that are rerouted. */
struct page {
    struct gw_relay *relay;
    int64_t last; /* the number of the last one */
    uint32_t count;
};

static enum gw_status on_any_notice(void *context, const struct gw_notice_row *notice)
{
    struct page *page = context;

    page->last = notice->event.number;
    page->count++;
    return gw_relay_is_rerouted(page->relay, &notice->event) ? gw_relay_keep_notice(page->relay, notice) : GW_OK;
}

static enum gw_status reroute_page(struct page *page, struct gw_error *reterr)
{
    struct gw_relay *relay = page->relay;
    struct gw_notice_visitor visitor = {.size = sizeof visitor, .context = page, .notice = on_any_notice};
    struct gw_notice_look look = {
        .size = sizeof look, .limit = relay->channel->group_size, .after = page->last, .is_any = 1};
    enum gw_status status;

    page->count = 0;
    gw_relay_begin_rows(relay, GW_RELAY_NOTICES);
    status = gw_relay_look_at_notices(relay, &look, &visitor, reterr);
    while (status == GW_OK && relay->settled_count < relay->row_count)
        status = gw_relay_settle_rerouted(relay);
    return status == GW_OK ? gw_relay_record(relay) : status;
}

enum gw_status gw_relay_reroute_notices(struct gw_relay *relay, struct gw_error *reterr)
{
    struct page page = {.relay = relay};
    enum gw_status status = GW_OK;

    if (!relay->routes->is_removed || relay->has_rerouted)
        return GW_OK;
    do
        status = reroute_page(&page, reterr);
    while (status == GW_OK && page.count == relay->channel->group_size);
    relay->has_rerouted = status == GW_OK;
    return status;
}

/* ---- closing */

static bool closes(struct gw_relay *relay, uint32_t index, struct gw_outbox_settlement *ret_settlement)
{
    struct gw_notice_row *notice = &relay->channel->notices[index];

    if (!notice->is_open)
        return false;
    *ret_settlement = (struct gw_outbox_settlement){
        .number = notice->event.number, .stamp = notice->event.stamp, .attempts = notice->event.attempts};
    notice->is_open = 0;
    return true;
}

enum gw_status gw_relay_close_notices(struct gw_relay *relay, struct gw_error *reterr)
{
    struct gw_array settlements = {relay->channel->settlements, 0, sizeof *relay->channel->settlements};
    uint32_t end = relay->backoff.failures > 0 && relay->row_count > 0 ? 1 : relay->row_count;
    int64_t begun_ms = gw_clock_monotonic_ms();
    enum gw_status status;

    for (uint32_t index = 0; index < end; index++)
        settlements.count += closes(relay, index, &relay->channel->settlements[settlements.count]);
    if (settlements.count == 0)
        return GW_OK;
    gw_fault_point("before-close");
    relay->is_in_repository = true;
    status = relay->repository->notices_settle(relay->thread.session, gw_text_of(relay->id), &settlements,
                                               gw_stamp_draw(), reterr);
    relay->is_in_repository = false;
    gw_fault_point("after-close");
    if (status == GW_OK)
        gw_relay_lease_proven(relay, begun_ms);
    else
        gw_relay_lease_lost(relay);
    return status;
}
