/* SPDX-License-Identifier: Apache-2.0 */
/* The verdicts of the last orders, by number: a ring in which each takes the place of the oldest one. */
#include "base/clock.h"
#include "gateway/gateway_internal.h"

const char *gw_verdict_word(enum gw_verdict_word word)
{
    static const char *const words[] = {
#define GW_VERDICT_WORD(name, word) [GW_VERDICT_##name] = word,
        GW_VERDICT_LIST(GW_VERDICT_WORD)
#undef GW_VERDICT_WORD
    };

    return words[word];
}

const struct gw_order_verdict *gw_gateway_verdict(const struct gw_gateway *gateway, uint64_t number)
{
    for (size_t index = 0; index < GW_VERDICTS_KEPT; index++)
        if (number > 0 && gateway->verdicts[index].number == number)
            return &gateway->verdicts[index];
    return NULL;
}

const struct gw_order_verdict *gw_gateway_last_apply(const struct gw_gateway *gateway)
{
    const struct gw_order_verdict *last = NULL;

    for (size_t index = 0; index < GW_VERDICTS_KEPT; index++) {
        const struct gw_order_verdict *verdict = &gateway->verdicts[index];

        if (verdict->kind == GW_ORDER_APPLY && verdict->ended_unix_ms != 0 &&
            (last == NULL || verdict->number > last->number))
            last = verdict;
    }
    return last;
}

struct gw_order_verdict *gw_gateway_current_verdict(struct gw_gateway *gateway)
{
    return &gateway->verdicts[gateway->last_order % GW_VERDICTS_KEPT];
}

void gw_order_verdict_done(struct gw_order_verdict *verdict)
{
    gw_arena_free(verdict->arena);
    gw_buffer_done(&verdict->findings);
    gw_buffer_done(&verdict->plan_text);
    gw_buffer_done(&verdict->plan_json);
    *verdict = (struct gw_order_verdict){0};
}

struct gw_order_verdict *gw_gateway_begin_verdict(struct gw_gateway *gateway, enum gw_order_kind kind)
{
    struct gw_order_verdict *verdict;

    gateway->last_order++;
    verdict = gw_gateway_current_verdict(gateway);
    gw_order_verdict_done(verdict);
    verdict->number = gateway->last_order;
    verdict->kind = kind;
    verdict->began_unix_ms = gw_clock_unix_ms();
    return verdict;
}

void gw_order_verdict_end(struct gw_order_verdict *verdict, enum gw_verdict_word word, const char *text)
{
    verdict->word = word;
    verdict->ended_unix_ms = gw_clock_unix_ms();
    (void)snprintf(verdict->text, sizeof verdict->text, "%s", text);
}
