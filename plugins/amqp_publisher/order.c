/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of the events with the same SKU. See order.h. */
#include "order.h"

#include <gangway/port/publisher.h>

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_LEAST = 64 };

static uint64_t hash_of(struct gw_text text)
{
    uint64_t hash = 0xcbf29ce484222325U; /* FNV-1a */

    for (uint64_t at = 0; at < text.len; at++)
        hash = (hash ^ (unsigned char)text.ptr[at]) * 0x100000001b3U;
    return hash;
}

static const struct gw_publication *event_at(const struct gw_array *events, uint32_t index)
{
    return gw_array_at(events, index);
}

/* The place of a SKU in the table, which is never full. */
static uint32_t *head_of(const struct order *order, const struct gw_array *events, struct gw_text sku)
{
    uint64_t place = hash_of(sku) & (order->head_count - 1);

    while (order->heads[place] != ORDER_NONE && !gw_text_equal(event_at(events, order->heads[place])->sku, sku))
        place = (place + 1) & (order->head_count - 1);
    return &order->heads[place];
}

/* One block: before, behind, ready, and twice as many heads. */
static bool make_room(struct order *order, uint32_t count)
{
    uint32_t capacity = CAPACITY_LEAST;
    uint32_t *memory;

    if (count <= order->capacity)
        return true;
    while (capacity < count && capacity <= UINT32_MAX / 2)
        capacity *= 2;
    memory = capacity < count ? NULL : calloc(5 * (size_t)capacity, sizeof *memory);
    if (memory == NULL)
        return false;
    free(order->before);
    order->capacity = capacity;
    order->before = memory;
    order->behind = memory + capacity;
    order->ready = order->behind + capacity;
    order->heads = order->ready + capacity;
    order->head_count = 2 * capacity;
    return true;
}

bool order_begin(struct order *order, const struct gw_array *events)
{
    if (!make_room(order, events->count))
        return false;
    order->count = events->count;
    order->first = order->last = 0;
    memset(order->heads, 0xff, order->head_count * sizeof *order->heads);
    for (uint32_t index = 0; index < events->count; index++) {
        uint32_t *head = head_of(order, events, event_at(events, index)->sku);

        order->before[index] = *head;
        order->behind[index] = ORDER_NONE;
        if (*head != ORDER_NONE)
            order->behind[*head] = index;
        *head = index;
    }
    return true;
}

void order_restart(struct order *order, bool is_open(const void *context, uint32_t index), const void *context)
{
    order->first = order->last = 0;
    for (uint32_t index = 0; index < order->count; index++)
        if (is_open(context, index) && (order->before[index] == ORDER_NONE || !is_open(context, order->before[index])))
            order->ready[order->last++] = index;
}

bool order_has_ready(const struct order *order)
{
    return order->first < order->last;
}

uint32_t order_take(struct order *order)
{
    return order->ready[order->first++];
}

void order_advance(struct order *order, uint32_t index)
{
    if (order->behind[index] != ORDER_NONE)
        order->ready[order->last++] = order->behind[index];
}

void order_done(struct order *order)
{
    free(order->before);
    *order = (struct order){0};
}
