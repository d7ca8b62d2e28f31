/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of deliveries. It grows to what the broker may deliver ahead (prefetch). See lent.h. */
#include "lent.h"

#include <stdlib.h>

enum { LENT_FIRST = 256, LENT_MAX = 1024 * 1024 };

struct loan *lent_at(const struct lent *lent, uint64_t number)
{
    return &lent->loans[number & (lent->room - 1)];
}

/* The ring is full, so every place of it moves, with the memory for headers. */
static bool lent_grow(struct lent *lent)
{
    const uint64_t room = lent->room > 0 ? lent->room * 2 : LENT_FIRST;
    struct loan *loans = room <= LENT_MAX ? calloc((size_t)room, sizeof *loans) : NULL;

    if (loans == NULL)
        return false;
    for (uint64_t number = lent->first; number < lent->next; number++)
        loans[number & (room - 1)] = *lent_at(lent, number);
    free(lent->loans);
    lent->loans = loans;
    lent->room = room;
    return true;
}

struct loan *lent_add(struct lent *lent, struct rabbit_content *content)
{
    struct loan *loan;

    if (lent->next - lent->first == lent->room && !lent_grow(lent))
        return NULL;
    loan = lent_at(lent, lent->next++);
    loan->content = content;
    lent->waiting_bytes += (size_t)content->body.len;
    return loan;
}

void lent_give(struct lent *lent)
{
    lent->waiting_bytes -= (size_t)lent_at(lent, lent->given)->content->body.len;
    lent->given++;
}

static void free_content(struct loan *loan)
{
    free(loan->content);
    loan->content = NULL;
}

void lent_free_first(struct lent *lent)
{
    free_content(lent_at(lent, lent->first++));
}

void lent_drop_waiting(struct lent *lent)
{
    while (lent->next > lent->given)
        free_content(lent_at(lent, --lent->next));
    lent->waiting_bytes = 0;
}

void lent_done(struct lent *lent)
{
    for (uint64_t place = 0; place < lent->room; place++) {
        free_content(&lent->loans[place]);
        rabbit_headers_done(&lent->loans[place].headers);
    }
    free(lent->loans);
    *lent = (struct lent){0};
}
