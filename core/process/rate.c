/* SPDX-License-Identifier: Apache-2.0 */
/* A slot for each of the last seconds. The count of a slot is only valid with its second, so a slot gets its second
 * last. */
#include "process/rate.h"

enum { SECOND_MS = 1000 };

void gw_rate_begin(struct gw_rate *rate, int64_t now_ms)
{
    atomic_store_explicit(&rate->begun_ms, now_ms, memory_order_relaxed);
}

void gw_rate_note(struct gw_rate *rate, uint64_t counter, int64_t now_ms)
{
    int64_t second = now_ms / SECOND_MS;
    uint64_t slot = (uint64_t)second % GW_RATE_SLOTS;
    uint64_t count = counter - rate->noted;

    if (count == 0)
        return;
    rate->noted = counter;
    if (atomic_load_explicit(&rate->slots[slot].second, memory_order_relaxed) == second)
        count += atomic_load_explicit(&rate->slots[slot].count, memory_order_relaxed);
    atomic_store_explicit(&rate->slots[slot].count, count, memory_order_relaxed);
    atomic_store_explicit(&rate->slots[slot].second, second, memory_order_release);
}

static void add_slot(struct gw_rate_total *total, uint64_t slot, int64_t second, uint64_t count)
{
    if (total->seconds[slot] > second)
        return;
    total->counts[slot] = total->seconds[slot] == second ? total->counts[slot] + count : count;
    total->seconds[slot] = second;
}

static void add_begin(struct gw_rate_total *total, int64_t begun_ms)
{
    if (begun_ms != 0 && (total->begun_ms == 0 || begun_ms < total->begun_ms))
        total->begun_ms = begun_ms;
}

void gw_rate_add(const struct gw_rate *rate, struct gw_rate_total *total)
{
    add_begin(total, atomic_load_explicit(&rate->begun_ms, memory_order_relaxed));
    for (uint64_t slot = 0; slot < GW_RATE_SLOTS; slot++) {
        int64_t second = atomic_load_explicit(&rate->slots[slot].second, memory_order_acquire);

        add_slot(total, slot, second, atomic_load_explicit(&rate->slots[slot].count, memory_order_relaxed));
    }
}

void gw_rate_add_total(const struct gw_rate_total *more, struct gw_rate_total *total)
{
    add_begin(total, more->begun_ms);
    for (uint64_t slot = 0; slot < GW_RATE_SLOTS; slot++)
        add_slot(total, slot, more->seconds[slot], more->counts[slot]);
}

bool gw_rate_per_s(const struct gw_rate_total *total, int64_t now_ms, double *ret_per_s)
{
    int64_t first_second = now_ms / SECOND_MS - GW_RATE_SECONDS;
    int64_t begun_ms = first_second * SECOND_MS;
    uint64_t count = 0;

    if (total->begun_ms > begun_ms)
        begun_ms = total->begun_ms;
    if (total->begun_ms == 0 || now_ms - begun_ms < SECOND_MS)
        return false;
    for (uint64_t slot = 0; slot < GW_RATE_SLOTS; slot++)
        if (total->seconds[slot] >= first_second)
            count += total->counts[slot];
    *ret_per_s = (double)count * SECOND_MS / (double)(now_ms - begun_ms);
    return true;
}
