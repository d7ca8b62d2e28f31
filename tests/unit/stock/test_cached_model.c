/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker with a cache differs from one without only in what it loads: random turns end the same, also when another
 * worker changes the same products between load and apply, and when the repository refuses, fails, or does not say
 * whether it has applied.
 */
#include "random_turn.h"

#include <gangway/scope.h>

enum { SEEDS = 60, TURNS = 120, TURN_MAX = 12, TEXT_MAX_BYTES = 64 * 1024 };
enum { WITH_RIVAL = 1, WITH_FAULTS = 2, WAYS = 4 };

/* ---- a repository that counts, and fails when it is told to ------------------------------------------------------ */

static const struct gw_repository_ops *plugin;
static bool is_failing;
static uint64_t products_asked;

static enum gw_status load(struct gw_session *session, const struct gw_load_request *request,
                           const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    if (is_failing && random_below(20) == 0)
        return GW_TRANSIENT;
    products_asked += request->products.count;
    return plugin->load(session, request, visitor, reterr);
}

/* An unknown commit is answered truthfully, sooner or later. */
static enum gw_status apply(struct gw_session *session, const struct gw_changeset *changeset,
                            struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    static const enum gw_status failures[] = {GW_UNKNOWN, GW_CONFLICT, GW_TRANSIENT, GW_PERMANENT, GW_NOMEM};
    static bool is_unknown;
    int64_t which = is_failing ? random_below(is_unknown ? 3 : 15) : -1;
    enum gw_status status;

    if (which == 0 || (!is_unknown && which > 0 && which < (int64_t)gw_array_length(failures))) {
        is_unknown = which == 0;
        return failures[which];
    }
    status = plugin->apply(session, changeset, ret_result, reterr);
    is_unknown = which == (int64_t)gw_array_length(failures);
    return is_unknown ? GW_UNKNOWN : status;
}

/* ---- a worker, and a world of two of them on one repository ------------------------------------------------------ */

struct worker {
    struct shop shop;
    struct gw_turn_source source;
};

struct world {
    struct worker workers[2];
    bool is_forgetful; /* its workers keep nothing from one turn to the next */
    uint64_t products_asked;
    struct gw_buffer outcomes[2]; /* of the last round */
};

/* What both workers do in one round, in either world. */
struct round {
    struct random_turn turns[2];
    bool is_restart; /* a worker with a cache restarts */
    bool is_meeting; /* the second worker's turn is run between the first one's load and apply */
};

/* How rounds are spread. */
struct rhythm {
    int64_t rival, restart; /* one round of so many, 0: none */
};

static void worker_init(struct worker *worker, const char *source)
{
    worker->shop.ops.load = load;
    worker->shop.ops.apply = apply;
    worker->source = (struct gw_turn_source){.name = T(source), .position = GW_OFFSET_NONE};
    worker->shop.next.source = &worker->source;
    require(shop_new_turn(&worker->shop, SHOP_TURN_MAX_BYTES) == GW_OK);
}

static void world_open(struct world *world, bool is_forgetful)
{
    *world = (struct world){.is_forgetful = is_forgetful};
    shop_open(&world->workers[0].shop);
    shop_open_beside(&world->workers[1].shop, &world->workers[0].shop);
    plugin = world->workers[0].shop.plugin.descriptor->ops;
    worker_init(&world->workers[0], "orders/0");
    worker_init(&world->workers[1], "orders/1");
    gw_buffer_init(&world->outcomes[0], TEXT_MAX_BYTES);
    gw_buffer_init(&world->outcomes[1], TEXT_MAX_BYTES);
}

static void world_close(struct world *world)
{
    gw_buffer_done(&world->outcomes[0]);
    gw_buffer_done(&world->outcomes[1]);
    shop_close(&world->workers[1].shop);
    shop_close(&world->workers[0].shop);
}

/* A turn of the second worker, while the first one's waits for its commit. */
struct visit {
    struct world *world;
    const struct round *round;
};

static void run_turn(struct world *world, const struct round *round, int which, const struct random_meeting *meeting)
{
    struct shop *shop = &world->workers[which].shop;
    uint32_t conflicts;

    if (world->is_forgetful || round->is_restart)
        require(shop_new_turn(shop, SHOP_TURN_MAX_BYTES) == GW_OK);
    shop_next_turn(shop);
    random_turn_send(shop, &round->turns[which]);
    (void)random_turn_run(shop, meeting, &conflicts);
    random_turn_append_results(&world->outcomes[which], shop, round->turns[which].count);
}

static void run_second(void *context)
{
    const struct visit *visit = context;

    run_turn(visit->world, visit->round, 1, NULL);
}

static void run_round(struct world *world, const struct round *round)
{
    struct visit visit = {world, round};
    struct random_meeting meeting = {run_second, &visit};

    products_asked = 0;
    gw_buffer_reset(&world->outcomes[0]);
    gw_buffer_reset(&world->outcomes[1]);
    run_turn(world, round, 0, round->is_meeting ? &meeting : NULL);
    if (!round->is_meeting && round->turns[1].count > 0)
        run_turn(world, round, 1, NULL);
    world->products_asked += products_asked;
}

/* ---- the comparison ---------------------------------------------------------------------------------------------- */

static bool is_due(int64_t one_of)
{
    return one_of > 0 && random_below(one_of) == 0;
}

static struct round random_round(const struct random_mix *mix, const struct rhythm *rhythm)
{
    struct round round = {.is_restart = is_due(rhythm->restart)};
    bool has_rival = is_due(rhythm->rival);

    random_turn_draw(&round.turns[0], mix, 1, TURN_MAX);
    if (has_rival) {
        random_turn_draw(&round.turns[1], mix, 1, TURN_MAX);
        round.is_meeting = random_below(3) == 0;
    }
    return round;
}

START_TEST(a_worker_with_a_cache_ends_in_the_same_state_as_one_without)
{
    static struct world remembering;
    static struct world forgetful;
    struct rhythm rhythm = {0};
    struct random_mix mix;

    random_begin((uint64_t)_i);
    mix = random_mix();
    if ((_i % WAYS & WITH_RIVAL) != 0)
        rhythm = (struct rhythm){1 + random_below(20), 5 + random_below(40)};
    world_open(&remembering, false);
    world_open(&forgetful, true);
    is_failing = (_i % WAYS & WITH_FAULTS) != 0;
    for (int number = 0; number < TURNS; number++) {
        struct round round = random_round(&mix, &rhythm);

        run_round(&remembering, &round);
        run_round(&forgetful, &round);
        for (int which = 0; which < 2; which++)
            random_turn_require_same(&remembering.outcomes[which], &forgetful.outcomes[which]);
    }
    is_failing = false;
    random_turn_require_same_end(&remembering.workers[0].shop, &forgetful.workers[0].shop);
    if (_i % WAYS == 0)
        ck_assert_uint_lt(remembering.products_asked * 2, forgetful.products_asked);
    world_close(&forgetful);
    world_close(&remembering);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("cached_model");
    TCase *tests = tcase_create("random");

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_worker_with_a_cache_ends_in_the_same_state_as_one_without, 0, SEEDS * WAYS);
    suite_add_tcase(suite, tests);
    return suite;
}
