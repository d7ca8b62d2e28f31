/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How commands are cut into turns must not be seen: the same commands, at random, one a turn in one shop and many a
 * turn in another, end in the same outcomes, events, dead letters and stock, to the last sequence number.
 */
#include "shop.h"

#include <stdio.h>

enum { SEEDS = 150, COMMANDS = 400, NAMES = 400, TURN_MAX = 60 };

static uint64_t random_state;

/* From 0 to below - 1; splitmix64. */
static int64_t random_below(int64_t below)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (int64_t)((z ^ (z >> 31)) % (uint64_t)below);
}

/* ---- random commands -------------------------------------------------------------------------------------------- */

enum kind { CREATE, ALLOCATE, DEALLOCATE, CHANGE, REFUSED };

struct command {
    enum kind kind;
    const char *ref, *sku, *orderid, *eta;
    int64_t qty;
    int id; /* 0: the message has none */
    bool is_answered;
};

/* How a seed's commands are spread. */
struct mix {
    int64_t skus, refs, orders, line_qty, batch_qty, ids;
};

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

static struct mix random_mix(void)
{
    return (struct mix){.skus = 1 + random_below(4),
                        .refs = 1 + random_below(random_below(2) == 0 ? 10 : NAMES - 1),
                        .orders = 1 + random_below(random_below(2) == 0 ? 10 : NAMES - 1),
                        .line_qty = 1 + random_below(random_below(2) == 0 ? 3 : 30),
                        .batch_qty = 1 + random_below(random_below(2) == 0 ? 3 : 60),
                        .ids = random_below(100)};
}

static struct command random_command(const struct mix *mix)
{
    static const enum kind kinds[] = {CREATE,   CREATE,   CREATE,   ALLOCATE,   ALLOCATE, ALLOCATE,
                                      ALLOCATE, ALLOCATE, ALLOCATE, DEALLOCATE, CHANGE,   CHANGE};
    static const char *const etas[] = {NULL, NULL, "2026-01-31", "2026-02-01", "2026-03-01"};
    enum kind kind = random_below(50) == 0 ? REFUSED : kinds[random_below(12)];
    bool is_line = kind == ALLOCATE || kind == DEALLOCATE;

    return (struct command){.kind = kind,
                            .ref = names[1][random_below(mix->refs)],
                            .sku = names[0][random_below(mix->skus)],
                            .orderid = names[2][random_below(mix->orders)],
                            .eta = etas[random_below(5)],
                            .qty = is_line ? 1 + random_below(mix->line_qty) : random_below(mix->batch_qty),
                            .id = mix->ids > 50 && random_below(4) == 0 ? (int)(1 + random_below(mix->ids)) : 0,
                            .is_answered = random_below(8) == 0};
}

static void send_command(struct shop *shop, const struct command *command)
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
static const char *state_of(struct shop *shop)
{
    struct gw_batch_request batches[NAMES];
    struct gw_load_request request = {.size = sizeof request, .batches = {batches, NAMES, sizeof *batches}};
    struct gw_load_visitor visitor = {
        .size = sizeof visitor, .context = &shop->answer, .product = on_product, .batch = on_batch, .line = on_line};

    for (unsigned index = 0; index < NAMES; index++)
        batches[index] = (struct gw_batch_request){T(names[1][index]), 0};
    gw_buffer_reset(&shop->answer);
    gw_buffer_append_string(&shop->answer, "state:\n");
    require(shop->ops.load(shop->session, &request, &visitor, &shop->error) == GW_OK);
    return shop->answer.ptr;
}

/* ---- the comparison --------------------------------------------------------------------------------------------- */

static void compare_turns(struct shop *one, struct shop *many, const struct mix *mix)
{
    struct command commands[TURN_MAX];
    uint32_t count = (uint32_t)(1 + random_below(TURN_MAX));
    char outcomes[TURN_MAX][256];

    for (uint32_t index = 0; index < count; index++) {
        commands[index] = random_command(mix);
        send_command(many, &commands[index]);
        send_command(one, &commands[index]);
        shop_run(one);
        (void)snprintf(outcomes[index], sizeof outcomes[index], "%s", shop_result(one, 0));
        shop_next_turn(one);
    }
    shop_run(many);
    for (uint32_t index = 0; index < count; index++)
        if (strcmp(shop_result(many, index), outcomes[index]) != 0)
            ck_abort_msg("message %u of %u: %s instead of %s", index, count, shop_result(many, index), outcomes[index]);
    shop_next_turn(many);
}

START_TEST(how_commands_are_cut_into_turns_cannot_be_seen)
{
    struct shop one;
    struct shop many;
    struct mix mix;

    random_state = (uint64_t)_i;
    mix = random_mix();
    make_names();
    shop_open(&one);
    shop_open(&many);
    while (one.sent < COMMANDS)
        compare_turns(&one, &many, &mix);
    require_same_text(state_of(&many), state_of(&one));
    require_same_text(shop_rows(&many, "events"), shop_rows(&one, "events"));
    require_same_text(shop_letters(&many), shop_letters(&one));
    for (unsigned index = 0; index < NAMES; index++)
        require_same_text(shop_order(&many, names[2][index]), shop_order(&one, names[2][index]));
    shop_close(&many);
    shop_close(&one);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("turn_model");
    TCase *tests = tcase_create("random");

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, how_commands_are_cut_into_turns_cannot_be_seen, 0, SEEDS);
    suite_add_tcase(suite, tests);
    return suite;
}
