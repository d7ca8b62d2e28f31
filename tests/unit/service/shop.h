/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shop: the service layer on a memory repository of its own, for short tests. Commands go in as turns; their
 * outcomes, the events and the stock are read back as text. Each text is valid until the same function is called again
 * for the same shop. Several shops may share one repository, as workers do. One thread.
 */
#ifndef GW_TEST_SHOP_H
#define GW_TEST_SHOP_H

#include "base/buffer.h"
#include "check_main.h"
#include "service/routing.h"
#include "service/turn.h"
#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/repository.h>

#define T(string) gw_text_of(string)

/* ck_assert for an assertion that runs a million times: Check writes a record for each one, even if it holds. */
#define require(expression)                                               \
    do {                                                                  \
        if (!(expression))                                                \
            ck_abort_msg("line %d: %s is not so", __LINE__, #expression); \
    } while (0)

/* Asserts that two long texts are the same; shows where they differ. */
void require_same_text(const char *found, const char *expected);

struct shop {
    struct test_plugin plugin;
    struct test_host host;
    struct gw_repository_ops ops; /* the plugin's; a test may put functions of its own in between */
    void *self;                   /* the repository */
    struct gw_session *session;
    bool is_guest; /* the repository is another shop's */
    struct gw_message_bus *bus;
    struct gw_turn *turn;
    struct gw_turn_message next; /* the members of every added message, except command and identity */
    int sent;              /* number of messages so far: number N has the identity mN, unless `next` has another */
    enum gw_status added;  /* the first status of the turn that was not OK when a message was added */
    int64_t told_until;    /* the last outbox number that was read */
    struct gw_error error; /* of the last call that failed */
    struct gw_buffer answer, events, rows, stock, state, letters;
};

/* What a shop's turn may use, unless a test makes another. */
enum { SHOP_TURN_MAX_BYTES = 1024 * 1024 * 1024 };

/* A shop whose events Allocated, Deallocated and OutOfStock go to a publisher called `events`. */
void shop_open(struct shop *shop);

/* Replaces the turn by one that may use so much. NOMEM leaves none. */
enum gw_status shop_new_turn(struct shop *shop, size_t max_bytes);

/* Replaces the turn by one with a product cache of this size; 0: without. */
void shop_new_cache(struct shop *shop, int64_t cache_bytes);

/* One more worker on the repository of another shop, which is closed later. */
void shop_open_beside(struct shop *shop, struct shop *other);
void shop_close(struct shop *shop);

/* ---- commands: a message of the turn each; the texts are borrowed until the turn's end */

void shop_create(struct shop *shop, const char *ref, const char *sku, int64_t qty, const char *eta);
void shop_allocate(struct shop *shop, const char *orderid, const char *sku, int64_t qty);
void shop_deallocate(struct shop *shop, const char *orderid, const char *sku, int64_t qty);
void shop_change(struct shop *shop, const char *ref, int64_t qty);

/* A message that its reader has refused already. */
void shop_refused(struct shop *shop, const char *reason);

/* ---- the turn */

/* Attempts all of the turn; gives the status, of adding its messages too. */
enum gw_status shop_attempt(struct shop *shop);

/* Attempts and commits all of the turn, which must succeed. */
void shop_run(struct shop *shop);

/* Drops the messages: the next ones belong to another turn. */
void shop_next_turn(struct shop *shop);

/* What became of message index of the turn: `applied`, `rejected: Invalid sku X`. */
const char *shop_result(struct shop *shop, uint32_t index);

/* ---- what can be seen */

/* The events since they were last read, values only: `Allocated o1 LAMP 2 b1; OutOfStock LAMP o2 3`. */
const char *shop_events(struct shop *shop);

/* The outbox rows of a destination, whole: `1 Allocated m1-1 LAMP {...}` and, where there are any, `to=...` and
 * `headers=...`, a line each. */
const char *shop_rows(struct shop *shop, const char *destination);

/* What is available per batch, in the order of rule 2: `b1 8, b2 100`. */
const char *shop_stock(struct shop *shop, const char *sku);

/* The lines of an order, in order of allocation: `LAMP b1 2, RUG b7 1`. */
const char *shop_order(struct shop *shop, const char *orderid);

/* The version of a product. */
int64_t shop_version(struct shop *shop, const char *sku);

/* The dead letters: `reason`, a line each. */
const char *shop_letters(struct shop *shop);

/* The position of a source; GW_OFFSET_NONE: there is no row. */
int64_t shop_position(struct shop *shop, const char *source);

#endif
