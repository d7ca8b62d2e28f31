/* SPDX-License-Identifier: Apache-2.0 */
/* Names are made once; each seed has its own mix of commands. */
#include "random_commands.h"

#include <stdio.h>

enum { NAMES = RANDOM_NAMES, END_MAX_BYTES = 64 * 1024 * 1024 };

static uint64_t random_state;
static char names[3][NAMES][8];
static uint8_t ids[NAMES][GW_ID_BYTES];

static void make_names(void)
{
    for (unsigned index = 0; index < NAMES; index++) {
        (void)snprintf(names[0][index], sizeof names[0][index], "S%u", index % 1000);
        (void)snprintf(names[1][index], sizeof names[1][index], "b%u", index % 1000);
        (void)snprintf(names[2][index], sizeof names[2][index], "o%u", index % 1000);
        memset(ids[index], (int)index % 251 + 1, sizeof ids[index]);
    }
}

void random_begin(uint64_t seed)
{
    random_state = seed;
    make_names();
}

/* splitmix64 */
int64_t random_below(int64_t below)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (int64_t)((z ^ (z >> 31)) % (uint64_t)below);
}

struct random_mix random_mix(void)
{
    return (struct random_mix){.skus = 1 + random_below(4),
                               .refs = 1 + random_below(random_below(2) == 0 ? 10 : NAMES - 1),
                               .orders = 1 + random_below(random_below(2) == 0 ? 10 : NAMES - 1),
                               .line_qty = 1 + random_below(random_below(2) == 0 ? 3 : 30),
                               .batch_qty = 1 + random_below(random_below(2) == 0 ? 3 : 60),
                               .ids = random_below(100)};
}

struct random_command random_command(const struct random_mix *mix)
{
    static const enum command_kind kinds[] = {CREATE,   CREATE,   CREATE,   ALLOCATE,   ALLOCATE, ALLOCATE,
                                              ALLOCATE, ALLOCATE, ALLOCATE, DEALLOCATE, CHANGE,   CHANGE};
    static const char *const etas[] = {NULL, NULL, "2026-01-31", "2026-02-01", "2026-03-01"};
    enum command_kind kind = random_below(50) == 0 ? REFUSED : kinds[random_below(12)];
    bool is_line = kind == ALLOCATE || kind == DEALLOCATE;

    return (struct random_command){.kind = kind,
                                   .ref = names[1][random_below(mix->refs)],
                                   .sku = names[0][random_below(mix->skus)],
                                   .orderid = names[2][random_below(mix->orders)],
                                   .eta = etas[random_below(5)],
                                   .qty = is_line ? 1 + random_below(mix->line_qty) : random_below(mix->batch_qty),
                                   .id = mix->ids > 50 && random_below(4) == 0 ? (int)(1 + random_below(mix->ids)) : 0,
                                   .is_answered = random_below(8) == 0};
}

void random_command_send(struct shop *shop, const struct random_command *command)
{
    static const uint8_t bodies[2][GW_DIGEST_BYTES] = {{1}, {2}};

    shop->next.id = command->id > 0 ? ids[command->id] : NULL;
    shop->next.fingerprint = bodies[command->qty % 2];
    shop->next.is_answered = command->is_answered;
    switch (command->kind) {
    case CREATE:
        shop_create(shop, command->ref, command->sku, command->qty, command->eta);
        return;
    case ALLOCATE:
        shop_allocate(shop, command->orderid, command->sku, command->qty);
        return;
    case DEALLOCATE:
        shop_deallocate(shop, command->orderid, command->sku, command->qty);
        return;
    case CHANGE:
        shop_change(shop, command->ref, command->qty);
        return;
    case REFUSED:
        shop_refused(shop, "no JSON");
        return;
    }
}

/* ---- everything that is in stock -------------------------------------------------------------------------------- */

static enum gw_status on_product(void *context, const struct gw_product_snapshot *product)
{
    gw_buffer_append_format(context, "%.*s at %lld\n", (int)product->sku.len, product->sku.ptr,
                            (long long)product->version);
    return GW_OK;
}

static enum gw_status on_batch(void *context, const struct gw_batch_snapshot *batch)
{
    if (batch->flags == 0)
        gw_buffer_append_format(context, "%.*s: %.*s %lld of %lld, created %lld, eta %d\n", (int)batch->sku.len,
                                batch->sku.ptr, (int)batch->ref.len, batch->ref.ptr, (long long)batch->allocated,
                                (long long)batch->purchased, (long long)batch->created, (int)batch->eta);
    return GW_OK;
}

static enum gw_status on_line(void *context, const struct gw_line_snapshot *line)
{
    gw_buffer_append_format(context, "%.*s: %.*s %lld in %.*s since %lld\n", (int)line->sku.len, line->sku.ptr,
                            (int)line->orderid.len, line->orderid.ptr, (long long)line->qty, (int)line->ref.len,
                            line->ref.ptr, (long long)line->seq);
    return GW_OK;
}

/* All batches, and all of their lines, newest first. */
static void append_stock(struct shop *shop, struct gw_buffer *end)
{
    struct gw_batch_request batches[NAMES];
    struct gw_load_request request = {.size = sizeof request, .batches = {batches, NAMES, sizeof *batches}};
    struct gw_load_visitor visitor = {
        .size = sizeof visitor, .context = end, .product = on_product, .batch = on_batch, .line = on_line};

    for (unsigned index = 0; index < NAMES; index++)
        batches[index] = (struct gw_batch_request){T(names[1][index]), 0};
    require(shop->ops.load(shop->session, &request, &visitor, &shop->error) == GW_OK);
}

const char *random_commands_end(struct shop *shop, struct gw_buffer *end)
{
    gw_buffer_init(end, END_MAX_BYTES);
    gw_buffer_append_string(end, "stock:\n");
    append_stock(shop, end);
    gw_buffer_append_string(end, "rows:\n");
    gw_buffer_append_string(end, shop_rows(shop, "events"));
    gw_buffer_append_string(end, "letters:\n");
    gw_buffer_append_string(end, shop_letters(shop));
    for (unsigned index = 0; index < NAMES; index++)
        gw_buffer_append_format(end, "%s: %s\n", names[2][index], shop_order(shop, names[2][index]));
    gw_buffer_append_byte(end, '\0');
    require(!end->has_failed);
    return end->ptr;
}
