/* SPDX-License-Identifier: Apache-2.0 */
/* Sent notices: see sent.h. A question about the history visits the list from one end to the other. */
#include "sent.h"

#include "notices.h"

#include <gangway/sdk/row_copy.h>

/* ---- adding and removing */

static struct gw_sent_notice describe(const struct outbox_row *row, struct gw_text answer, int64_t now_ms)
{
    return (struct gw_sent_notice){
        .number = row->row.number,
        .sent_unix_ms = now_ms,
        .destination = row->row.destination,
        .recipient = row->row.recipient,
        .event_id = row->row.id,
        .type = row->row.type,
        .sku = row->row.sku,
        .event_unix_ms = row->row.event_unix_ms,
        .answer = answer,
        .count = row->notice->count,
        .attempts = row->row.attempts + 1,
    };
}

static void copy(struct sent *sent, const struct gw_sent_notice *notice, struct gw_text key)
{
    char *at = sent->texts;

    sent->notice = *notice;
    sent->notice.destination = gw_text_copy(&at, notice->destination);
    sent->notice.recipient = gw_text_copy(&at, notice->recipient);
    sent->notice.event_id = gw_text_copy(&at, notice->event_id);
    sent->notice.type = gw_text_copy(&at, notice->type);
    sent->notice.sku = gw_text_copy(&at, notice->sku);
    sent->notice.answer = gw_text_copy(&at, notice->answer);
    sent->key = gw_text_copy(&at, key);
}

static uint64_t hash_of(const struct sent_notices *all, const struct gw_outbox_row *row, struct gw_text key)
{
    const struct hash_key *hash = &all->hash_key;
    uint64_t people = hash_join(hash, hash_text(hash, row->destination), hash_text(hash, row->recipient));

    return hash_join(hash, people, hash_text(hash, key));
}

struct sent *sent_new(struct sent_notices *all, const struct outbox_row *row, struct gw_text answer, int64_t now_ms)
{
    struct gw_sent_notice notice = describe(row, answer, now_ms);
    uint64_t bytes = sizeof(struct sent) + notice.destination.len + notice.recipient.len + notice.event_id.len +
                     notice.type.len + notice.sku.len + notice.answer.len + row->notice->key_len;
    struct sent *sent = slab_take(all->slab, bytes);

    if (sent == NULL)
        return NULL;
    sent->before = sent->after = NULL;
    sent->bytes = bytes;
    copy(sent, &notice, notice_key(row->notice));
    sent->hash = hash_of(all, &row->row, sent->key);
    all->arriving += sent->key.len > 0;
    if (table_reserve(&all->grouped, all->arriving))
        return sent;
    sent_drop(all, sent);
    return NULL;
}

void sent_done(struct sent_notices *all)
{
    table_done(&all->grouped);
}

void sent_drop(struct sent_notices *all, struct sent *sent)
{
    all->arriving -= sent->key.len > 0;
    slab_give(all->slab, sent, sent->bytes);
}

static bool is_later(const struct gw_sent_notice *notice, int64_t unix_ms, int64_t number)
{
    return notice->sent_unix_ms > unix_ms || (notice->sent_unix_ms == unix_ms && notice->number > number);
}

void sent_add(struct sent_notices *all, struct sent *sent)
{
    struct sent *before = all->newest;

    while (before != NULL && is_later(&before->notice, sent->notice.sent_unix_ms, sent->notice.number))
        before = before->before;
    sent->before = before;
    sent->after = before != NULL ? before->after : all->oldest;
    *(sent->before != NULL ? &sent->before->after : &all->oldest) = sent;
    *(sent->after != NULL ? &sent->after->before : &all->newest) = sent;
    if (sent->key.len > 0) {
        table_insert(&all->grouped, sent->hash, sent);
        all->arriving--;
    }
}

static void sent_remove(struct sent_notices *all, struct sent *sent)
{
    *(sent->before != NULL ? &sent->before->after : &all->oldest) = sent->after;
    *(sent->after != NULL ? &sent->after->before : &all->newest) = sent->before;
    if (sent->key.len > 0)
        table_remove(&all->grouped, sent->hash, sent);
    slab_give(all->slab, sent, sent->bytes);
}

/* NULL: there is none. */
static const struct sent *find_last(const struct sent_notices *all, const struct gw_outbox_row *row, struct gw_text key,
                                    int64_t since_ms)
{
    struct table_probe probe = table_probe(&all->grouped, hash_of(all, row, key));
    const struct sent *last = NULL;
    const struct sent *sent;

    while ((sent = table_next(&probe)) != NULL) {
        bool is_of_group = gw_text_equal(sent->notice.destination, row->destination) &&
                           gw_text_equal(sent->notice.recipient, row->recipient) && gw_text_equal(sent->key, key);

        if (is_of_group && sent->notice.sent_unix_ms >= since_ms &&
            (last == NULL || is_later(&sent->notice, last->notice.sent_unix_ms, last->notice.number)))
            last = sent;
    }
    return last;
}

int64_t sent_last_ms(const struct sent_notices *all, const struct gw_outbox_row *row, struct gw_text key,
                     int64_t since_ms)
{
    const struct sent *last = find_last(all, row, key, since_ms);

    return last != NULL ? last->notice.sent_unix_ms : 0;
}

/* ---- the slots */

static bool matches(const struct gw_sent_look *look, const struct gw_sent_notice *notice, int64_t now_ms)
{
    return is_later(notice, look->after_unix_ms, look->after_number) &&
           (look->within_ms == 0 || notice->sent_unix_ms >= now_ms - look->within_ms) &&
           (look->recipient.len == 0 || gw_text_equal(notice->recipient, look->recipient));
}

enum gw_status sent_tell(const struct sent_notices *all, const struct gw_sent_look *look,
                         const struct gw_sent_visitor *visitor, int64_t now_ms)
{
    enum gw_status status = GW_OK;
    uint32_t told = 0;

    for (const struct sent *sent = all->oldest; sent != NULL && status == GW_OK && told < look->limit;
         sent = sent->after) {
        if (!matches(look, &sent->notice, now_ms))
            continue;
        status = visitor->sent(visitor->context, &sent->notice);
        told++;
    }
    return status;
}

enum gw_status sent_tell_last_answer(const struct sent_notices *all, const struct gw_outbox_row *row,
                                     struct gw_text key, const struct gw_answer_visitor *visitor)
{
    const struct sent *last = key.len > 0 ? find_last(all, row, key, INT64_MIN) : NULL;

    return last != NULL ? visitor->answer(visitor->context, last->notice.answer) : GW_OK;
}

uint32_t sent_expire(struct sent_notices *all, int64_t keep_ms, uint32_t limit, int64_t now_ms)
{
    uint32_t count = 0;

    while (all->oldest != NULL && count < limit && all->oldest->notice.sent_unix_ms < now_ms - keep_ms) {
        sent_remove(all, all->oldest);
        count++;
    }
    return count;
}

uint32_t sent_forget(struct sent_notices *all, struct gw_text recipient, uint32_t limit)
{
    uint32_t count = 0;

    for (struct sent *sent = all->oldest, *after; sent != NULL && count < limit; sent = after) {
        after = sent->after;
        if (!gw_text_equal(sent->notice.recipient, recipient))
            continue;
        sent_remove(all, sent);
        count++;
    }
    return count;
}
