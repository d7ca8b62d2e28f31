/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of borrowed messages. It grows to the number that the core borrows at once. See lent.h. */
#include "lent.h"

#include <gangway/sdk/items.h>

#include <stdlib.h>
#include <string.h>

enum { LENT_FIRST = 256, LENT_MAX = 1024 * 1024, HEADERS_KEPT = 256 };

static struct loan *loan_at(const struct lent *lent, uint64_t number)
{
    return &lent->loans[number & (lent->room - 1)];
}

uint64_t lent_count(const struct lent *lent)
{
    return lent->next - lent->first;
}

static bool lent_grow(struct lent *lent)
{
    uint64_t room = lent->room > 0 ? lent->room * 2 : LENT_FIRST;
    struct loan *loans;
    uint64_t number;

    if (room > LENT_MAX)
        return false;
    loans = calloc((size_t)room, sizeof *loans);
    if (loans == NULL)
        return false;
    for (number = lent->first; number < lent->next; number++)
        loans[number & (room - 1)] = *loan_at(lent, number);
    free(lent->loans); /* the ring is full, so every place with its headers is in the new ring */
    lent->loans = loans;
    lent->room = room;
    return true;
}

struct loan *lent_place(struct lent *lent)
{
    if (lent_count(lent) == lent->room && !lent_grow(lent))
        return NULL;
    return loan_at(lent, lent->next);
}

uint64_t lent_add(struct lent *lent, rd_kafka_message_t *message, struct source *source)
{
    struct loan *loan = loan_at(lent, lent->next);

    loan->message = message;
    loan->source = source;
    source->lent++;
    return lent->next++;
}

struct gw_header *loan_headers(struct loan *loan, size_t count)
{
    struct gw_header *headers = gw_items_reserve(loan->headers, sizeof *headers, count, &loan->header_room);

    if (headers != NULL)
        loan->headers = headers;
    return headers;
}

struct loan *lent_find(const struct lent *lent, uint64_t handle)
{
    return handle >= lent->first && handle < lent->next ? loan_at(lent, handle) : NULL;
}

void lent_give_back(struct lent *lent)
{
    struct loan *loan = loan_at(lent, lent->first);

    rd_kafka_message_destroy(loan->message);
    source_give_back(loan->source);
    loan->message = NULL;
    loan->source = NULL;
    if (loan->header_room > HEADERS_KEPT) {
        free(loan->headers);
        loan->headers = NULL;
        loan->header_room = 0;
    }
    lent->first++;
}

void lent_done(struct lent *lent)
{
    uint64_t place;

    while (lent_count(lent) > 0)
        lent_give_back(lent);
    for (place = 0; place < lent->room; place++)
        free(lent->loans[place].headers);
    free(lent->loans);
    memset(lent, 0, sizeof *lent);
}
