/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache saves loads and nothing else: random turns through the direct source and through the cached one end in the
 * same changesets, outcomes and state. Each source has a repository of its own, on which another worker changes the
 * same products, before a turn is loaded and between its load and its apply.
 */
#include "changeset_text.h"
#include "random_turn.h"

enum { DIRECT, CACHED, SOURCES };
enum { BLOCKS = 12, SEQUENCES = 100, TURNS = 20, TEXT_MAX_BYTES = 1024 * 1024 };
enum { COMMANDS_MAX = 12, RIVAL_MAX = 3, CONFLICTS_MAX = 9 };

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

/* What happens in one step. */
struct step {
    struct random_turn before;  /* the rival's, before the turn is loaded */
    struct random_turn between; /* the rival's, between load and apply of the first attempt */
    struct random_turn turn;
};

/* rivalry: in so many steps of ten the rival works before the turn, and in half as many during it. */
static void random_step(struct step *step, const struct random_mix *mix, int64_t rivalry)
{
    random_turn_draw(&step->turn, mix, 0, COMMANDS_MAX);
    step->before.count = step->between.count = 0;
    if (random_below(10) < rivalry)
        random_turn_draw(&step->before, mix, 0, RIVAL_MAX);
    if (random_below(20) < rivalry)
        random_turn_draw(&step->between, mix, 0, RIVAL_MAX);
}

static void run_rival(struct world *world, const struct random_turn *turn)
{
    if (turn->count == 0)
        return;
    random_turn_send(&world->rival, turn);
    shop_run(&world->rival);
    shop_next_turn(&world->rival);
}

/* The rival, while the turn waits for its commit. */
struct visit {
    struct world *world;
    const struct step *step;
};

static void run_rival_between(void *context)
{
    const struct visit *visit = context;

    run_rival(visit->world, &visit->step->between);
}

/* ALREADY: the rival has applied messages with the same ids. */
static void run_turn(struct world *world, int source, const struct step *step)
{
    struct visit visit = {world, step};
    struct random_meeting meeting = {run_rival_between, &visit};
    uint32_t count;
    enum gw_status status = random_turn_run(&world->shop, &meeting, &count);

    require(count <= CONFLICTS_MAX);
    conflicts[source] += count;
    gw_buffer_append_format(&world->changes, "%s\n", gw_status_word((int)status));
}

static void run_step(struct world *world, int source, const struct step *step)
{
    run_rival(world, &step->before);
    random_turn_send(&world->shop, &step->turn);
    gw_buffer_reset(&world->changes);
    run_turn(world, source, step);
    changeset_text_append(&world->changes, gw_turn_changeset(world->shop.turn));
    random_turn_append_results(&world->changes, &world->shop, step->turn.count);
    shop_next_turn(&world->shop);
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
        struct step step;

        random_step(&step, &mix, rivalry);
        for (int source = 0; source < SOURCES; source++)
            run_step(&worlds[source], source, &step);
        random_turn_require_same(&worlds[CACHED].changes, &worlds[DIRECT].changes);
    }
    random_turn_require_same_end(&worlds[CACHED].shop, &worlds[DIRECT].shop);
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
