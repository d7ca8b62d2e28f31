/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readdressing: pending notices for recipients that the file no longer names go to those of its recipients that have no
 * notice of the same first event. Where each has one, they become dead letters. A page is settled in one transaction,
 * and an event is divided between two pages only if it fills one alone, so a crash repeats nothing otherwise.
 * The look reads every pending notice of the destination (50 ms with 100,000), so a new instance whose file still names
 * all recipients of the one before does without.
 */
#include "process/digest.h"
#include "relay/relay_internal.h"

#include <string.h>

struct page {
    struct gw_relay *relay;
    int64_t last;         /* the number of the last notice */
    struct gw_text *ids;  /* of the first event of each notice of the page */
    struct gw_text *file; /* the recipients of the file */
    uint32_t file_count;
    bool *has;                      /* file_count for each notice: whether the recipient has a notice of the event */
    bool continues;                 /* the event of the page before filled it, and may continue on this one */
    uint8_t event[GW_DIGEST_BYTES]; /* the digest of the id of that event */
};

static bool is_full(const struct gw_relay *relay)
{
    return relay->row_count == relay->channel->group_size;
}

/* ---- reading */

static enum gw_status on_notice(void *context, const struct gw_notice_row *notice)
{
    return gw_relay_keep_notice(context, notice);
}

/* Notices of one event follow one another. Those of the last event of a full page may continue on the next one. */
static void drop_last_event(struct gw_relay *relay)
{
    const struct gw_outbox_row *rows = relay->channel->rows;
    uint32_t end = relay->row_count;

    while (end > 0 && gw_text_equal(rows[end - 1].id, rows[relay->row_count - 1].id))
        end--;
    if (end > 0)
        relay->row_count = end;
}

static enum gw_status list_recipients(struct page *page)
{
    const struct gw_component *component = page->relay->channel->component;

    page->file_count = (uint32_t)component->recipient_count;
    page->file = gw_arena_alloc(page->relay->arena, component->recipient_count * sizeof *page->file);
    if (page->file == NULL)
        return GW_NOMEM;
    for (uint32_t index = 0; index < page->file_count; index++)
        page->file[index] = gw_text_of(component->recipients[index]);
    return GW_OK;
}

/* *ret_is_last: no further page follows. */
static enum gw_status read_page(struct page *page, bool *ret_is_last, struct gw_error *reterr)
{
    struct gw_relay *relay = page->relay;
    struct gw_notice_visitor visitor = {.size = sizeof visitor, .context = relay, .notice = on_notice};
    struct gw_notice_look look = {
        .size = sizeof look, .limit = relay->channel->group_size, .after = page->last, .is_any = 1};
    enum gw_status status;

    gw_relay_begin_rows(relay, GW_RELAY_NOTICES);
    status = list_recipients(page);
    if (status != GW_OK)
        return gw_error_set(reterr, status, "no memory for the recipients");
    look.except = (struct gw_array){page->file, page->file_count, sizeof *page->file};
    status = gw_relay_look_at_notices(relay, &look, &visitor, reterr);
    *ret_is_last = !is_full(relay);
    if (status == GW_OK && is_full(relay))
        drop_last_event(relay);
    if (status == GW_OK && relay->row_count > 0)
        page->last = relay->channel->rows[relay->row_count - 1].number;
    return status;
}

/* ---- who has a notice already */

static void note_recipient(struct page *page, struct gw_text event_id, uint32_t recipient)
{
    for (uint32_t index = 0; index < page->relay->row_count; index++)
        if (gw_text_equal(page->ids[index], event_id))
            page->has[(size_t)index * page->file_count + recipient] = true;
}

static enum gw_status on_recipient(void *context, struct gw_text event_id, struct gw_text recipient)
{
    struct page *page = context;

    for (uint32_t index = 0; index < page->file_count; index++)
        if (gw_text_equal(page->file[index], recipient))
            note_recipient(page, event_id, index);
    return GW_OK;
}

/* What became of the page before are outbox rows, which notices_recipients does not report. */
static void note_continued(struct page *page)
{
    for (uint32_t index = 0; index < page->relay->row_count && page->continues; index++) {
        uint8_t digest[GW_DIGEST_BYTES];

        gw_digest(page->ids[index], digest);
        if (memcmp(digest, page->event, sizeof digest) == 0)
            memset(page->has + (size_t)index * page->file_count, true, page->file_count);
    }
}

static enum gw_status find_recipients(struct page *page, struct gw_error *reterr)
{
    struct gw_relay *relay = page->relay;
    struct gw_recipient_visitor visitor = {.size = sizeof visitor, .context = page, .recipient = on_recipient};
    struct gw_array ids = {NULL, relay->row_count, sizeof *page->ids};
    size_t bytes = (size_t)relay->row_count * page->file_count * sizeof *page->has;
    enum gw_status status;

    ids.items = page->ids = gw_arena_alloc(relay->arena, relay->row_count * sizeof *page->ids);
    page->has = gw_arena_alloc(relay->arena, bytes);
    if (page->ids == NULL || page->has == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory to readdress %u notices", relay->row_count);
    memset(page->has, 0, bytes);
    for (uint32_t index = 0; index < relay->row_count; index++)
        page->ids[index] = relay->channel->rows[index].id;
    note_continued(page);
    relay->is_in_repository = true;
    status =
        relay->repository->notices_recipients(relay->thread.session, gw_text_of(relay->id), &ids, &visitor, reterr);
    relay->is_in_repository = false;
    if (status != GW_OK)
        gw_relay_lease_lost(relay);
    return status;
}

/* ---- settling */

/* The recipients that get the next notice instead; they have one of its event then. NULL: no memory. */
static struct gw_outbox_target *make_targets(struct page *page, uint32_t *ret_count)
{
    struct gw_relay *relay = page->relay;
    uint32_t index = relay->settled_count;
    struct gw_outbox_target *targets = gw_arena_alloc(relay->arena, page->file_count * sizeof *targets);

    *ret_count = 0;
    for (uint32_t recipient = 0; targets != NULL && recipient < page->file_count; recipient++) {
        if (page->has[(size_t)index * page->file_count + recipient])
            continue;
        targets[(*ret_count)++] = (struct gw_outbox_target){gw_text_of(relay->id), page->file[recipient]};
        note_recipient(page, page->ids[index], recipient);
    }
    return targets;
}

static enum gw_status settle_page(struct page *page, struct gw_error *reterr)
{
    struct gw_relay *relay = page->relay;

    while (relay->settled_count < relay->row_count) {
        struct gw_array targets = {NULL, 0, sizeof(struct gw_outbox_target)};

        targets.items = make_targets(page, &targets.count);
        if (targets.items == NULL || gw_relay_settle_readdressed(relay, &targets) != GW_OK)
            return gw_error_set(reterr, GW_NOMEM, "no memory to readdress a notice");
    }
    return gw_relay_record(relay);
}

/* Reading the page may have taken long. */
static enum gw_status readdress_page(struct page *page, bool *ret_is_last, struct gw_error *reterr)
{
    enum gw_status status = read_page(page, ret_is_last, reterr);

    if (status != GW_OK || page->relay->row_count == 0)
        return status;
    status = find_recipients(page, reterr);
    if (status == GW_OK)
        status = gw_relay_lease_confirm(page->relay, reterr);
    page->continues = is_full(page->relay);
    if (status == GW_OK && page->continues)
        gw_digest(page->ids[0], page->event);
    return status == GW_OK ? settle_page(page, reterr) : status;
}

enum gw_status gw_relay_readdress_notices(struct gw_relay *relay, struct gw_error *reterr)
{
    struct page page = {.relay = relay};
    bool is_last = relay->routes->is_removed || relay->has_readdressed;
    enum gw_status status = GW_OK;

    while (!is_last && status == GW_OK)
        status = readdress_page(&page, &is_last, reterr);
    relay->has_readdressed |= status == GW_OK && !relay->routes->is_removed;
    return status;
}
