/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outbox: a queue is an array with rising numbers. A settled row leaves a gap until the gaps reach the beginning of the
 * array or make up half of it. So a row is found by binary search, and settling the oldest rows, the usual case, moves
 * nothing.
 */
#include "outbox.h"

#include "notices.h"

#include <gangway/sdk/delivery.h>
#include <gangway/sdk/row_copy.h>

#include <stdlib.h>

enum { PLACES_AT_FIRST = 64 };

void outbox_done(struct outbox *outbox)
{
    for (struct destination *destination = outbox->destinations; destination != NULL; destination = destination->next) {
        free(destination->pending);
        table_done(&destination->open);
        table_done(&destination->repeating);
    }
}

/* ---- destinations: there are few */

static struct destination *find_destination(const struct outbox *outbox, struct gw_text name)
{
    for (struct destination *destination = outbox->destinations; destination != NULL; destination = destination->next) {
        if (gw_text_equal(destination_name(destination), name))
            return destination;
    }
    return NULL;
}

struct destination *outbox_destination(struct outbox *outbox, struct gw_text name)
{
    struct destination *destination = find_destination(outbox, name);

    if (destination != NULL)
        return destination;
    destination = slab_take(outbox->slab, sizeof *destination + name.len);
    if (destination == NULL)
        return NULL;
    *destination = (struct destination){.next = outbox->destinations, .name_len = name.len};
    memcpy(destination->name, name.ptr, name.len);
    outbox->destinations = destination;
    return destination;
}

/* ---- adding */

struct outbox_row *outbox_new(struct outbox *outbox, const struct gw_outbox_row *row)
{
    uint64_t bytes = sizeof(struct outbox_row) + gw_outbox_row_bytes(row);
    struct destination *destination = outbox_destination(outbox, row->destination);
    struct outbox_row *copy = destination == NULL ? NULL : slab_take(outbox->slab, bytes);

    if (copy == NULL)
        return NULL;
    gw_outbox_row_copy(&copy->row, row, copy->texts);
    copy->outbox = outbox;
    copy->destination = destination;
    copy->notice = NULL;
    copy->after = NULL;
    copy->bytes = bytes;
    destination->arriving++;
    return copy;
}

void outbox_drop(struct outbox_row *row)
{
    row->destination->arriving--;
    notice_drop(row);
    slab_give(row->outbox->slab, row, row->bytes);
}

static void close_gaps(struct destination *destination)
{
    uint64_t end = 0;

    for (uint64_t i = destination->first; i < destination->end; i++) {
        if (destination->pending[i].row != NULL)
            destination->pending[end++] = destination->pending[i];
    }
    destination->first = 0;
    destination->end = end;
}

static bool reserve_places(struct destination *destination)
{
    uint64_t wanted = destination->count + destination->arriving;
    uint64_t capacity = destination->capacity == 0 ? PLACES_AT_FIRST : destination->capacity;
    struct pending *larger;

    if (destination->end + destination->arriving <= destination->capacity)
        return true;
    while (capacity < 2 * wanted)
        capacity *= 2;
    if (capacity > destination->capacity) {
        larger = realloc(destination->pending, capacity * sizeof *larger);
        if (larger == NULL)
            return false;
        destination->pending = larger;
        destination->capacity = capacity;
    }
    if (destination->count < destination->end)
        close_gaps(destination);
    return true;
}

bool outbox_reserve(struct outbox *outbox)
{
    for (struct destination *destination = outbox->destinations; destination != NULL; destination = destination->next) {
        if (!reserve_places(destination))
            return false;
    }
    return true;
}

int64_t outbox_add(struct outbox_row *row)
{
    struct destination *destination = row->destination;

    row->row.number = row->outbox->next_number++;
    destination->pending[destination->end++] = (struct pending){row->row.number, 0, row};
    destination->arriving--;
    destination->count++;
    return row->row.number;
}

/* ---- finding and settling */

/* The first index with a number above `after`. */
static uint64_t place_above(const struct destination *destination, int64_t after)
{
    uint64_t low = destination->first;
    uint64_t high = destination->end;

    if (low == high || destination->pending[low].number > after)
        return low;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (destination->pending[middle].number > after)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

struct pending *outbox_find(struct outbox *outbox, struct gw_text name, int64_t number, int64_t stamp)
{
    struct destination *destination = find_destination(outbox, name);
    struct pending *pending;
    uint64_t at;

    if (destination == NULL || number <= 0)
        return NULL;
    at = place_above(destination, number - 1);
    if (at == destination->end)
        return NULL;
    pending = &destination->pending[at];
    return pending->number == number && pending->row != NULL && pending->row->row.stamp == stamp ? pending : NULL;
}

void outbox_remove(struct outbox *outbox, struct pending *pending)
{
    struct outbox_row *row = pending->row;
    struct destination *destination = row->destination;

    destination->count--;
    if (pending->due_ms != 0)
        destination->later--;
    pending->row = NULL;
    notice_drop(row);
    slab_give(outbox->slab, row, row->bytes);
    while (destination->first < destination->end && destination->pending[destination->first].row == NULL)
        destination->first++;
    if (destination->first == destination->end)
        destination->first = destination->end = 0;
}

void outbox_delay(struct pending *pending, uint32_t attempts, int64_t due_ms)
{
    struct destination *destination = pending->row->destination;

    destination->later += (uint64_t)(due_ms != 0) - (uint64_t)(pending->due_ms != 0);
    pending->due_ms = due_ms;
    pending->row->row.attempts = attempts;
}

/* ---- reporting */

static int64_t wait_of(const struct pending *pending, const struct outbox_look *look)
{
    int64_t longest_ms = notice_longest_wait_ms(pending->row);

    if (look->is_any || (look->is_ending && notice_is_open(pending->row)))
        return 0;
    return gw_due_in_ms(pending->due_ms, look->now_ms,
                        longest_ms < look->longest_wait_ms ? longest_ms : look->longest_wait_ms);
}

static bool is_looked_for(const struct outbox_row *row, const struct outbox_look *look)
{
    for (uint32_t i = 0; i < look->except.count; i++)
        if (gw_text_equal(row->row.recipient, *(const struct gw_text *)gw_array_at(&look->except, i)))
            return false;
    return look->is_any || !notice_is_behind(row);
}

enum gw_status outbox_tell(const struct outbox *outbox, struct gw_text name, const struct outbox_look *look,
                           outbox_report_fn *report, const void *context, int64_t *ret_due_in_ms)
{
    const struct destination *destination = find_destination(outbox, name);
    enum gw_status status = GW_OK;
    uint32_t told = 0;

    *ret_due_in_ms = GW_DUE_NEVER;
    if (destination == NULL)
        return GW_OK;
    for (uint64_t i = place_above(destination, look->after); i < destination->end && status == GW_OK; i++) {
        const struct pending *pending = &destination->pending[i];
        int64_t wait_ms;

        if (told == look->limit && destination->later == 0)
            break;
        if (pending->row == NULL || !is_looked_for(pending->row, look))
            continue;
        wait_ms = wait_of(pending, look);
        if (wait_ms > 0) {
            *ret_due_in_ms = gw_earlier_wait(*ret_due_in_ms, wait_ms);
        } else if (told < look->limit) {
            struct gw_outbox_row row = pending->row->row;

            row.age_ms = gw_age_ms(look->now_ms, row.queued_unix_ms);
            status = report(context, pending->row, &row);
            told++;
        }
    }
    return status;
}

static int64_t oldest_ms(const struct destination *destination)
{
    int64_t oldest = INT64_MAX;

    for (uint64_t i = destination->first; i < destination->end; i++) {
        const struct outbox_row *row = destination->pending[i].row;

        if (row != NULL && row->row.queued_unix_ms < oldest)
            oldest = row->row.queued_unix_ms;
    }
    return oldest;
}

void outbox_count(const struct outbox *outbox, struct gw_text name, struct gw_outbox_figure *figure)
{
    const struct destination *destination = find_destination(outbox, name);
    int64_t oldest;

    if (destination == NULL || destination->count == 0)
        return;
    oldest = oldest_ms(destination);
    if (figure->pending == 0 || oldest < figure->oldest_unix_ms)
        figure->oldest_unix_ms = oldest;
    figure->pending += destination->count;
}
