/* SPDX-License-Identifier: Apache-2.0 */
/* The stock, the turns, and the state as one text. */
#include "hard_turn.h"

#include <gangway/message.h>
#include <gangway/scope.h>

#include <stdio.h>
#include <stdlib.h>

enum { LINES = 30, OPEN_BATCHES = 60 };

static struct gw_turn_source source;
static char names[2][100][8];
static const uint8_t bodies[2][GW_DIGEST_BYTES] = {{4}, {5}};

static void make_names(void)
{
    for (unsigned index = 0; index < gw_array_length(names[0]); index++) {
        (void)snprintf(names[0][index], sizeof names[0][index], "b%u", index);
        (void)snprintf(names[1][index], sizeof names[1][index], "o%u", index);
    }
}

/* A message that is known when the turns begin: skipped, for a reason. */
static void send_known(struct shop *shop, const uint8_t *body)
{
    static const uint8_t id[GW_ID_BYTES] = {9};

    shop->next.id = id;
    shop->next.fingerprint = body;
    shop_create(shop, "rug1", "RUG", 11, NULL);
    shop->next.id = NULL;
    shop->next.fingerprint = NULL;
}

void hard_turn_open(struct shop *shop)
{
    make_names();
    shop_open(shop);
    source = (struct gw_turn_source){.name = T("orders/0"), .position = GW_OFFSET_NONE};
    shop_create(shop, "main", "LAMP", 1000, NULL);
    for (int index = 1; index <= LINES; index++)
        shop_allocate(shop, names[1][index], "LAMP", index);
    for (int index = 0; index < OPEN_BATCHES; index++)
        shop_create(shop, names[0][index], "LAMP", 1 + index % LINES, "2026-01-31");
    shop_create(shop, "rug1", "RUG", 10, NULL);
    shop_allocate(shop, "o1", "RUG", 6);
    shop_allocate(shop, "o1", "SOFA", 1);
    send_known(shop, bodies[0]);
    shop_run(shop);
    shop_next_turn(shop);
}

/* Messages that are refused: for a field, by the repository, for an id with another body, for another's reference. */
static void send_refused(struct shop *shop)
{
    shop_allocate(shop, "", "RUG", 5);
    shop_allocate(shop, "o9", "RUG", 1);
    if (shop->added == GW_OK)
        shop->added = gw_turn_refuse(shop->turn, gw_turn_count(shop->turn) - 1, T("not stored"));
    send_known(shop, bodies[0]);
    send_known(shop, bodies[1]);
    shop_create(shop, "main", "RUG", 5, NULL);
}

static void send_a_little_of_everything(struct shop *shop)
{
    static const uint8_t ids[2][GW_ID_BYTES] = {{1}, {2}};
    static const uint8_t body[GW_DIGEST_BYTES] = {3};
    static char value[4096]; /* more than a buffer begins with */
    static struct gw_header header;
    static struct gw_message origin;

    memset(value, 'x', sizeof value);
    header = (struct gw_header){T("baggage"), gw_text_span(value, sizeof value)};
    origin = (struct gw_message){
        .size = sizeof origin, .payload = T("{}"), .source = T("orders/0"), .headers = {&header, 1, sizeof header}};
    shop->next.origin = &origin;
    shop->next.headers = origin.headers;
    shop->next.source = &source;
    shop->next.next = 7;
    shop_create(shop, "sofa1", "SOFA", 3, "2026-02-01");
    shop_allocate(shop, "o2", "RUG", 5);
    shop_deallocate(shop, "o1", "RUG", 6);
    shop->next.id = ids[0];
    shop->next.fingerprint = body;
    shop_allocate(shop, "o2", "RUG", 5);
    shop_allocate(shop, "o2", "RUG", 5);
    shop->next.id = ids[1];
    shop_change(shop, "nobody's", 5);
    shop->next.id = NULL;
    shop_change(shop, "rug1", 1);
    shop_refused(shop, "no JSON");
    send_refused(shop);
    shop_create(shop, "rug1", "RUG", 9, NULL);
    shop->next.replays = 1;
    shop_allocate(shop, "o1", "SOFA", 1);
    shop->next = (struct gw_turn_message){0};
}

static void send_little_that_needs_much(struct shop *shop)
{
    shop_change(shop, "main", 0);
    shop_allocate(shop, "o1", "LAMP", 29);
}

void hard_turn_send(struct shop *shop, int which)
{
    if (which == 0)
        send_a_little_of_everything(shop);
    else
        send_little_that_needs_much(shop);
}

static void append(char *state, size_t size, const char *name, const char *text)
{
    size_t len = strlen(state);

    (void)snprintf(state + len, size - len, "%s: %s\n", name, text);
}

char *hard_turn_state(struct shop *shop)
{
    enum { STATE_BYTES = 64 * 1024 };
    static const char *const skus[] = {"LAMP", "RUG", "SOFA"};
    char *state = calloc(1, STATE_BYTES);

    require(state != NULL);
    for (size_t index = 0; index < gw_array_length(skus); index++) {
        append(state, STATE_BYTES, skus[index], shop_stock(shop, skus[index]));
        (void)snprintf(state + strlen(state), 64, "at %lld\n", (long long)shop_version(shop, skus[index]));
    }
    for (size_t index = 1; index <= LINES; index++)
        append(state, STATE_BYTES, names[1][index], shop_order(shop, names[1][index]));
    append(state, STATE_BYTES, "letters", shop_letters(shop));
    append(state, STATE_BYTES, "rows", shop_rows(shop, "events"));
    (void)snprintf(state + strlen(state), 64, "position %lld, %lld in the turn\n",
                   (long long)shop_position(shop, "orders/0"), (long long)source.position);
    return state;
}
