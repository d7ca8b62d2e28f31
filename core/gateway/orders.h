/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders: what an operator asks of a running gateway. An order is taken at once and carried out meanwhile; its verdict
 * is asked for by its number. Whoever gave it may go away: that cancels nothing.
 *
 * One order is carried out at a time, because reading a file loads plugins. Main thread.
 */
#ifndef GW_GATEWAY_ORDERS_H
#define GW_GATEWAY_ORDERS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "gateway/gateway.h"

enum gw_order_kind {
    GW_ORDER_PLAN, /* say what applying the file would change */
    GW_ORDER_APPLY /* change it */
};

struct gw_order {
    enum gw_order_kind kind;
    const char *file; /* an absolute path; NULL: the file that `run` was given */
    const char *hash; /* APPLY: of the plan that the operator has seen; NULL: none */
};

/* X(name, word). The word is what admin clients get. */
#define GW_VERDICT_LIST(X)                                                                 \
    X(RUNNING, "running")     /* it is being carried out */                                \
    X(PLANNED, "planned")     /* PLAN: the plan is there */                                \
    X(INVALID, "invalid")     /* the file has mistakes, which are in findings */           \
    X(REFUSED, "refused")     /* nothing has changed; text says which component and why */ \
    X(UNCHANGED, "unchanged") /* APPLY: the file says what is in force */                  \
    X(APPLIED, "applied")     /* it is in force, and all that is new is up */              \
    X(NOT_UP, "not_up")       /* it is in force; text says which component has not come up */

enum gw_verdict_word {
#define GW_VERDICT_ENUM(name, word) GW_VERDICT_##name,
    GW_VERDICT_LIST(GW_VERDICT_ENUM)
#undef GW_VERDICT_ENUM
};

/* What became of a component that was changed. Static texts, except id and reason. */
struct gw_component_verdict {
    const char *id;
    const char *change; /* added, removed or replaced */
    const char *state;  /* as status says; NULL: not known yet, or it is gone */
    const char *reason; /* what does not work now; NULL: nothing */
};

struct gw_order_verdict {
    uint64_t number; /* of the order, from 1 */
    enum gw_order_kind kind;
    enum gw_verdict_word word;
    int64_t began_unix_ms;
    int64_t ended_unix_ms;                   /* 0: RUNNING */
    char text[640];                          /* for people: what was changed, or why not */
    struct gw_component_verdict *components; /* that were changed, once they are; in arena */
    uint32_t component_count;
    struct gw_arena *arena;     /* NULL: there are no components */
    struct gw_buffer findings;  /* about the file, a line each; empty: none */
    struct gw_buffer plan_text; /* as a person reads it; empty: there is no plan */
    struct gw_buffer plan_json; /* the same for programs */
};

/* OK: *ret_number is the order's. ALREADY: another order is being carried out, or too many
 * generations are in use. TRANSIENT: the gateway still waits for its repository. CANCELLED: the gateway ends. NOMEM. */
enum gw_status gw_gateway_order(struct gw_gateway *gateway, const struct gw_order *order, uint64_t *ret_number,
                                struct gw_error *reterr);

/* The verdict of one of the last orders, until the next call of gw_gateway_order; NULL: not known, or no longer. */
const struct gw_order_verdict *gw_gateway_verdict(const struct gw_gateway *gateway, uint64_t number);

/* The verdict of the last APPLY that has ended; NULL: there was none. */
const struct gw_order_verdict *gw_gateway_last_apply(const struct gw_gateway *gateway);

const char *gw_verdict_word(enum gw_verdict_word word);

#endif
