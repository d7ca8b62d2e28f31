/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A product for tests of the rules, in few words: identifiers are strings, and the events of operations are read as one
 * text. One program, one thread.
 */
#ifndef GW_TEST_PRODUCT_FIXTURE_H
#define GW_TEST_PRODUCT_FIXTURE_H

#include "check_main.h"
#include "domain/eta.h"
#include "domain/product.h"

#include <stdio.h>
#include <string.h>

#define TODAY    20260131
#define TOMORROW 20260201
#define LATER    20260301

/* ck_assert for an assertion that runs a million times: Check writes a record for each one, even if it holds. */
#define require(expression)                                               \
    do {                                                                  \
        if (!(expression))                                                \
            ck_abort_msg("line %d: %s is not so", __LINE__, #expression); \
    } while (0)

static struct gw_arena *arena;
static struct gw_product *product;

/* The events since they were last read, each as `Allocated o1 2 b1; `. */
static char event_text[4096];
static int events_before_failure; /* how many the sink takes before it has no memory; below 0: any number */

static bool events_add(struct gw_event_sink *self, const struct gw_event *event)
{
    static const char *const names[] = {"Allocated", "Deallocated", "OutOfStock", "AllocationRequired"};
    size_t len = strlen(event_text);

    (void)self;
    if (events_before_failure == 0)
        return false;
    events_before_failure--;
    require(gw_identifier_equal(event->sku, gw_product_sku(product)));
    (void)snprintf(event_text + len, sizeof event_text - len, "%s%s %.*s %lld%s%.*s", len > 0 ? "; " : "",
                   names[event->type], (int)event->orderid.len, event->orderid.ptr, (long long)event->qty,
                   event->batchref.len > 0 ? " " : "", (int)event->batchref.len,
                   event->batchref.len > 0 ? event->batchref.ptr : "");
    return true;
}

static struct gw_event_sink events = {events_add};

static inline struct gw_identifier id(const char *text)
{
    return gw_identifier_make(text, strlen(text));
}

/* A product that does not exist yet. */
static inline void set_up(void)
{
    arena = gw_arena_new(256 * 1024 * 1024);
    product = gw_product_new(arena, id("SMALL-TABLE"), 0);
    event_text[0] = '\0';
    events_before_failure = -1;
}

static inline void tear_down(void)
{
    gw_arena_free(arena);
}

/* A product that was loaded at this version, of which nothing else is known. */
static inline void product_was_loaded(int64_t version)
{
    product = gw_product_new(arena, id("SMALL-TABLE"), version);
}

static inline enum gw_result create(const char *ref, int64_t qty, int32_t eta)
{
    return gw_product_create_batch(product, id(ref), qty, eta, NULL);
}

static inline enum gw_result allocate(const char *orderid, int64_t qty)
{
    return gw_product_allocate(product, id(orderid), qty, &events, NULL);
}

static inline enum gw_result deallocate(const char *orderid, int64_t qty)
{
    return gw_product_deallocate(product, id(orderid), qty, &events);
}

static inline enum gw_result change(const char *ref, int64_t qty)
{
    return gw_product_change_batch_quantity(product, id(ref), qty, &events);
}

static inline const struct gw_batch *batch(const char *ref)
{
    const struct gw_batch *found = gw_product_batch(product, id(ref));

    ck_assert_msg(found != NULL, "there is no batch %s", ref);
    return found;
}

static inline int64_t available(const char *ref)
{
    return batch(ref)->purchased - batch(ref)->allocated;
}

/* What has happened since this was last asked. */
#define assert_events(expected)                   \
    do {                                          \
        ck_assert_str_eq(event_text, (expected)); \
        event_text[0] = '\0';                     \
    } while (0)

#define assert_missing(expected_kind, expected_qty)                          \
    do {                                                                     \
        ck_assert_int_eq(gw_product_missing(product).kind, (expected_kind)); \
        ck_assert_int_eq(gw_product_missing(product).qty, (expected_qty));   \
    } while (0)

#define assert_applied(operation) ck_assert_int_eq((operation), GW_RESULT_APPLIED)
#define assert_skipped(operation) ck_assert_int_eq((operation), GW_RESULT_SKIPPED)
#define assert_version(expected)  ck_assert_int_eq(gw_product_version(product), (expected))

#endif
