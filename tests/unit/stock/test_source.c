/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache saves loads and nothing else: random turns through the direct source and through the cached one end in the
 * same changesets, outcomes and state. Each source has a repository of its own, on which another worker changes the
 * same products, before a turn is loaded and between its load and its apply.
 */
#include "changeset_text.h"
#include "random_commands.h"

#include <stdio.h>

enum { DIRECT, CACHED, SOURCES };
enum { BLOCKS = 12, SEQUENCES = 100, TURNS = 20, COMMANDS_MAX = 12, ATTEMPTS_MAX = 10, TEXT_MAX_BYTES = 1024 * 1024 };

/* A repository, the worker whose source is tested, and another one. */
struct world {
    struct shop shop;
    struct shop rival;
    struct gw_buffer changes; /* of the last turn */
};

static struct world worlds[SOURCES];
static const struct gw_repository_ops *plugin;
static uint64_t asked[SOURCES];     /* lists of batches in load requests */
static uint64_t conflicts[SOURCES]; /* of all turns */

static enum gw_status count_load(int source, struct gw_session *session, const struct gw_load_request *request,
                                 const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    asked[source] += request->products.count;
    return plugin->load(session, request, visitor, reterr);
}

static enum gw_status load_direct(struct gw_session *session, const struct gw_load_request *request,
                                  const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    return count_load(DIRECT, session, request, visitor, reterr);
}

static enum gw_status load_cached(struct gw_session *session, const struct gw_load_request *request,
                                  const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    return count_load(CACHED, session, request, visitor, reterr);
}

static void open_world(struct world *world, int source)
{
    shop_open(&world->shop);
    shop_open_beside(&world->rival, &world->shop);
    shop_new_cache(&world->rival, 0);
    plugin = world->shop.plugin.descriptor->ops;
    world->shop.ops.load = source == DIRECT ? load_direct : load_cached;
    shop_new_cache(&world->shop, source == DIRECT ? 0 : 8 * 1024 * 1024);
    gw_buffer_init(&world->changes, TEXT_MAX_BYTES);
}

static void close_world(struct world *world)
{
    gw_buffer_done(&world->changes);
    shop_close(&world->rival);
    shop_close(&world->shop);
}

static void send(struct shop *shop, const struct random_command *commands, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++)
        random_command_send(shop, &commands[index]);
}

/* The commands of one step. */
struct step {
    struct random_command before[COMMANDS_MAX];  /* the rival's, before the turn is loaded */
    struct random_command between[COMMANDS_MAX]; /* the rival's, between load and apply of the first attempt */
    struct random_command turn[COMMANDS_MAX];
    uint32_t before_count, between_count, turn_count;
};

static uint32_t random_commands(const struct random_mix *mix, struct random_command *commands, int64_t most)
{
    uint32_t count = (uint32_t)random_below(most + 1);

    for (uint32_t index = 0; index < count; index++)
        commands[index] = random_command(mix);
    return count;
}

/* rivalry: in so many steps of ten the rival works before the turn, and in half as many during it. */
static struct step random_step(const struct random_mix *mix, int64_t rivalry)
{
    struct step step = {.turn_count = 0};

    step.turn_count = random_commands(mix, step.turn, COMMANDS_MAX);
    if (random_below(10) < rivalry)
        step.before_count = random_commands(mix, step.before, 3);
    if (random_below(20) < rivalry)
        step.between_count = random_commands(mix, step.between, 3);
    return step;
}

static void run_rival(struct world *world, const struct random_command *commands, uint32_t count)
{
    if (count == 0)
        return;
    send(&world->rival, commands, count);
    shop_run(&world->rival);
    shop_next_turn(&world->rival);
}

/* Attempts until it is committed, as a worker does. ALREADY: the rival has applied messages with the same ids. */
static void run_turn(struct world *world, int source, const struct step *step)
{
    enum gw_status status = GW_CONFLICT;

    for (int attempt = 0; status == GW_CONFLICT; attempt++) {
        require(attempt < ATTEMPTS_MAX);
        if (shop_attempt(&world->shop) != GW_OK)
            ck_abort_msg("attempt: %s", world->shop.error.text);
        if (attempt == 0)
            run_rival(world, step->between, step->between_count);
        status = gw_turn_commit(world->shop.turn, &world->shop.error);
        conflicts[source] += status == GW_CONFLICT;
    }
    if (status != GW_OK && status != GW_ALREADY)
        ck_abort_msg("commit: %s", world->shop.error.text);
    gw_buffer_append_format(&world->changes, "%s\n", gw_status_word((int)status));
}

static void run_step(struct world *world, int source, const struct step *step)
{
    run_rival(world, step->before, step->before_count);
    send(&world->shop, step->turn, step->turn_count);
    gw_buffer_reset(&world->changes);
    run_turn(world, source, step);
    changeset_text_append(&world->changes, gw_turn_changeset(world->shop.turn));
    for (uint32_t index = 0; index < step->turn_count; index++)
        gw_buffer_append_format(&world->changes, "message %u %s\n", index, shop_result(&world->shop, index));
    gw_buffer_append_byte(&world->changes, '\0');
    require(!world->changes.has_failed);
    shop_next_turn(&world->shop);
}

static void compare_ends(void)
{
    struct gw_buffer ends[SOURCES];

    require_same_text(random_commands_end(&worlds[CACHED].shop, &ends[CACHED]),
                      random_commands_end(&worlds[DIRECT].shop, &ends[DIRECT]));
    gw_buffer_done(&ends[DIRECT]);
    gw_buffer_done(&ends[CACHED]);
}

static void compare_turns(int seed, int turn, const struct step *step)
{
    for (int source = 0; source < SOURCES; source++)
        run_step(&worlds[source], source, step);
    if (strcmp(worlds[CACHED].changes.ptr, worlds[DIRECT].changes.ptr) != 0)
        (void)fprintf(stderr, "sequence %d differs in turn %d\n", seed, turn);
    require_same_text(worlds[CACHED].changes.ptr, worlds[DIRECT].changes.ptr);
}

static void compare_sources(int seed)
{
    struct random_mix mix;
    int64_t rivalry;

    random_begin((uint64_t)seed);
    mix = random_mix();
    if (random_below(2) == 0)
        mix.orders = RANDOM_NAMES; /* so that most lines are new and can be presumed */
    rivalry = random_below(4);
    for (int source = 0; source < SOURCES; source++)
        open_world(&worlds[source], source);
    for (int turn = 0; turn < TURNS; turn++) {
        struct step step = random_step(&mix, rivalry);

        compare_turns(seed, turn, &step);
    }
    compare_ends();
    for (int source = 0; source < SOURCES; source++)
        close_world(&worlds[source]);
}

/* The figures show that the cache was used, and that it was wrong at times. */
START_TEST(a_cache_changes_nothing_but_loads_and_conflicts)
{
    for (int index = 0; index < SEQUENCES; index++)
        compare_sources(_i * SEQUENCES + index);
    ck_assert_uint_lt(asked[CACHED], asked[DIRECT] * 2 / 3);
    ck_assert_uint_gt(conflicts[DIRECT], 0);
    ck_assert_uint_gt(conflicts[CACHED], conflicts[DIRECT]);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("source");
    TCase *tests = tcase_create("random");

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_cache_changes_nothing_but_loads_and_conflicts, 0, BLOCKS);
    suite_add_tcase(suite, tests);
    return suite;
}
