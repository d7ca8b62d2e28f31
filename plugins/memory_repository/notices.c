/* SPDX-License-Identifier: Apache-2.0 */
/* Notices: see notices.h. A draft that may join a notice gets memory for both cases, because adding it must not fail.
 */
#include "notices.h"

#include <gangway/sdk/delivery.h>

#include <stdlib.h>

/* ---- making */

static struct notice_line *line_new(struct slab *slab, struct gw_text text)
{
    struct notice_line *line = slab_take(slab, sizeof *line + text.len);

    if (line == NULL)
        return NULL;
    line->next = NULL;
    line->len = text.len;
    if (text.len > 0)
        memcpy(line->text, text.ptr, text.len);
    return line;
}

static void line_drop(struct slab *slab, struct notice_line *line)
{
    if (line != NULL)
        slab_give(slab, line, sizeof *line + line->len);
}

static struct notice *notice_of(struct slab *slab, const struct gw_notice_draft *draft)
{
    uint64_t bytes = sizeof(struct notice) + draft->key.len;
    struct notice *notice = slab_take(slab, bytes);

    if (notice == NULL)
        return NULL;
    *notice = (struct notice){.wait_ms = draft->wait_ms,
                              .repeat_ms = draft->key.len > 0 ? draft->repeat_ms : 0,
                              .max = draft->max,
                              .count = 1,
                              .bytes = bytes,
                              .key_len = draft->key.len};
    if (draft->key.len > 0)
        memcpy(notice->key, draft->key.ptr, draft->key.len);
    return notice;
}

/* ---- groups */

static bool is_same_group(const struct notice *left, const struct notice *right)
{
    return gw_text_equal(left->row->row.recipient, right->row->row.recipient) &&
           gw_text_equal(notice_key(left), notice_key(right));
}

/* The next notice of the group in a table. NULL: there is none. */
static struct notice *next_of_group(struct table_probe *probe, const struct notice *notice)
{
    struct notice *other = table_next(probe);

    while (other != NULL && !is_same_group(other, notice))
        other = table_next(probe);
    return other;
}

/* Room for the notices that arrive, so that adding them cannot fail. */
static bool prepare_group(struct notice *notice)
{
    struct destination *destination = notice->row->destination;
    const struct hash_key *key = &notice->row->outbox->key;

    if (notice->key_len == 0)
        return true;
    notice->hash = hash_join(key, hash_text(key, notice->row->row.recipient), hash_text(key, notice_key(notice)));
    return table_reserve(&destination->open, destination->arriving) &&
           (notice->repeat_ms == 0 || table_reserve(&destination->repeating, destination->arriving));
}

struct outbox_row *notice_new(struct outbox *outbox, const struct gw_notice_draft *draft)
{
    struct gw_outbox_row row = gw_outbox_row_of_draft(draft, 0);
    struct outbox_row *made = outbox_new(outbox, &row);

    if (made == NULL)
        return NULL;
    made->notice = notice_of(outbox->slab, draft);
    if (made->notice != NULL)
        made->notice->row = made;
    if (made->notice != NULL && draft->key.len > 0)
        made->notice->joining = line_new(outbox->slab, draft->line);
    if (made->notice == NULL || (draft->key.len > 0 && made->notice->joining == NULL) || !prepare_group(made->notice)) {
        outbox_drop(made);
        return NULL;
    }
    return made;
}

/* ---- open notices */

bool notice_is_open(const struct outbox_row *row)
{
    return row->notice != NULL && row->notice->is_open;
}

static void close_notice(struct outbox_row *row)
{
    if (!notice_is_open(row))
        return;
    table_remove(&row->destination->open, row->notice->hash, row->notice);
    row->notice->is_open = false;
}

void notice_failed(struct outbox_row *row, int64_t wait_ms)
{
    if (row->notice == NULL)
        return;
    close_notice(row);
    row->notice->wait_ms = wait_ms;
}

int64_t notice_longest_wait_ms(const struct outbox_row *row)
{
    return row->notice != NULL ? row->notice->wait_ms : INT64_MAX;
}

/* Whoever waited for it waits for the one that it waited for. */
static void stop_repeating(struct notice *notice)
{
    struct table *repeating = &notice->row->destination->repeating;
    struct table_probe probe = table_probe(repeating, notice->hash);
    struct notice *other;

    if (!notice->is_repeating)
        return;
    while ((other = next_of_group(&probe, notice)) != NULL)
        if (other->ahead == notice)
            other->ahead = notice->ahead;
    table_remove(repeating, notice->hash, notice);
    notice->is_repeating = false;
}

void notice_drop(struct outbox_row *row)
{
    struct notice *notice = row->notice;

    if (notice == NULL)
        return;
    close_notice(row);
    stop_repeating(notice);
    line_drop(row->outbox->slab, notice->joining);
    while (notice->first != NULL) {
        struct notice_line *line = notice->first;

        notice->first = line->next;
        line_drop(row->outbox->slab, line);
    }
    slab_give(row->outbox->slab, notice, notice->bytes);
    row->notice = NULL;
}

static struct notice *find_open(const struct notice *joining)
{
    struct table_probe probe = table_probe(&joining->row->destination->open, joining->hash);

    return next_of_group(&probe, joining);
}

/* ---- adding */

static void join(struct notice *open, struct notice *joining, int64_t stamp)
{
    struct notice_line *line = joining->joining;

    open->row->row.stamp = stamp;
    if (open->count++ < joining->max) {
        *(open->first == NULL ? &open->first : &open->last->next) = line;
        open->last = line;
        joining->joining = NULL;
    }
    outbox_drop(joining->row);
}

/* ---- repeats: a notice waits for the one before it, and for its time since that was sent */

bool notice_is_behind(const struct outbox_row *row)
{
    return row->notice != NULL && row->notice->ahead != NULL;
}

void notice_sent(struct outbox_row *row, int64_t now_ms)
{
    struct table_probe probe = table_probe(&row->destination->repeating, row->notice->hash);
    struct notice *other;

    while (row->notice->key_len > 0 && (other = next_of_group(&probe, row->notice)) != NULL) {
        struct outbox_row *waiting = other->row;
        int64_t due_ms = gw_time_after(now_ms, other->repeat_ms);
        struct pending *pending;

        if (other == row->notice)
            continue;
        pending = outbox_find(row->outbox, destination_name(row->destination), waiting->row.number, waiting->row.stamp);
        if (pending->due_ms < due_ms) {
            outbox_delay(pending, waiting->row.attempts, due_ms);
            other->wait_ms = other->repeat_ms;
        }
    }
}

/* NULL: no other one of the group is pending. */
static struct notice *last_repeating(const struct notice *notice)
{
    struct table_probe probe = table_probe(&notice->row->destination->repeating, notice->hash);
    struct notice *last = NULL;
    struct notice *other;

    while ((other = next_of_group(&probe, notice)) != NULL)
        if (last == NULL || other->row->row.number > last->row->row.number)
            last = other;
    return last;
}

/* When a notice that begins now is due; 0: at once. Sets the wait by which it is. */
static int64_t first_due_ms(struct notice *notice, const struct sent_notices *sent, int64_t now_ms)
{
    int64_t due_ms = gw_due_after(now_ms, notice->wait_ms);
    int64_t sent_ms = notice->repeat_ms > 0
                          ? sent_last_ms(sent, &notice->row->row, notice_key(notice), now_ms - notice->repeat_ms)
                          : 0;

    if (sent_ms == 0 || sent_ms + notice->repeat_ms <= due_ms)
        return due_ms;
    notice->wait_ms = notice->repeat_ms;
    return sent_ms + notice->repeat_ms;
}

static void begin_repeating(struct notice *notice)
{
    notice->ahead = last_repeating(notice);
    table_insert(&notice->row->destination->repeating, notice->hash, notice);
    notice->is_repeating = true;
}

static void begin(struct notice *notice, int64_t stamp, const struct sent_notices *sent, int64_t now_ms)
{
    int64_t due_ms = first_due_ms(notice, sent, now_ms);
    struct outbox_row *row = notice->row;

    row->row.stamp = stamp;
    line_drop(row->outbox->slab, notice->joining);
    notice->joining = NULL;
    (void)outbox_add(row);
    if (due_ms > 0)
        outbox_delay(&row->destination->pending[row->destination->end - 1], row->row.attempts, due_ms);
    if (notice->repeat_ms > 0)
        begin_repeating(notice);
    if (notice->key_len > 0) {
        notice->is_open = true;
        table_insert(&row->destination->open, notice->hash, notice);
    }
}

void notice_add(struct outbox_row *row, int64_t stamp, const struct sent_notices *sent, int64_t now_ms)
{
    struct notice *open = row->notice->key_len > 0 ? find_open(row->notice) : NULL;

    if (open != NULL)
        join(open, row->notice, stamp);
    else
        begin(row->notice, stamp, sent, now_ms);
}

/* ---- reporting */

static uint64_t further_bytes(const struct notice *notice)
{
    uint64_t bytes = 0;

    for (const struct notice_line *line = notice->first; line != NULL; line = line->next)
        bytes += line->len;
    return bytes;
}

static void write_further(const struct notice *notice, char *at)
{
    for (const struct notice_line *line = notice->first; line != NULL; line = line->next) {
        memcpy(at, line->text, line->len);
        at += line->len;
    }
}

static enum gw_status report(const void *context, const struct outbox_row *pending, const struct gw_outbox_row *row)
{
    const struct gw_notice_visitor *visitor = context;
    uint64_t bytes = further_bytes(pending->notice);
    char *further = malloc(bytes + 1);
    enum gw_status status = GW_NOMEM;

    if (further != NULL) {
        struct gw_notice_row notice = {.event = *row,
                                       .further = gw_text_span(further, bytes),
                                       .count = pending->notice->count,
                                       .is_open = notice_is_open(pending)};

        write_further(pending->notice, further);
        status = visitor->notice(visitor->context, &notice);
    }
    free(further);
    return status;
}

enum gw_status notices_tell(const struct outbox *notices, struct gw_text destination, const struct outbox_look *look,
                            const struct gw_notice_visitor *visitor, int64_t *ret_due_in_ms)
{
    return outbox_tell(notices, destination, look, report, visitor, ret_due_in_ms);
}
