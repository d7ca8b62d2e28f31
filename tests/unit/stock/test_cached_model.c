/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker that remembers products cannot be told from one that does not, but by what it asks the repository for: the
 * same turns, at random, end the same, also when another worker changes the same products between load and apply, and
 * when the repository refuses, breaks off, or does not say whether it has applied.
 */
#include "random_commands.h"

#include <gangway/scope.h>

#include <stdio.h>

enum { SEEDS = 60, TURNS = 120, TURN_MAX = 12, TRIES_MAX = 200 };
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

/* What nobody knows the end of is answered truly, sooner or later. */
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
    bool is_forgetful; /* its workers remember nothing from one turn to the next */
    uint64_t products_asked;
    char outcomes[2][TURN_MAX][256];
};

/* What both workers do in one round, in either world. */
struct round {
    struct random_command commands[2][TURN_MAX];
    uint32_t counts[2];
    bool is_restart; /* a worker that remembered begins anew */
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
}

static void world_close(struct world *world)
{
    shop_close(&world->workers[1].shop);
    shop_close(&world->workers[0].shop);
}

static void begin_turn(struct world *world, const struct round *round, int which)
{
    struct worker *worker = &world->workers[which];

    if (world->is_forgetful || round->is_restart)
        require(shop_new_turn(&worker->shop, SHOP_TURN_MAX_BYTES) == GW_OK);
    shop_next_turn(&worker->shop);
    for (uint32_t index = 0; index < round->counts[which]; index++) {
        worker->shop.next.source = &worker->source;
        worker->shop.next.next = worker->shop.sent + 1;
        random_command_send(&worker->shop, &round->commands[which][index]);
    }
}

static void run_turn(struct world *world, const struct round *round, int which);

/* As a worker does: again after whatever passes, and the very same changeset after UNKNOWN. */
static void finish_turn(struct world *world, const struct round *round, int which, bool is_meeting)
{
    struct shop *shop = &world->workers[which].shop;
    enum gw_status status = GW_CONFLICT;

    for (int tries = 0; status != GW_OK && status != GW_ALREADY; tries++) {
        require(tries < TRIES_MAX);
        if (status != GW_UNKNOWN)
            status = shop_attempt(shop);
        else
            status = GW_OK;
        if (status != GW_OK) {
            require(status == GW_TRANSIENT);
            continue;
        }
        if (is_meeting)
            run_turn(world, round, 1);
        is_meeting = false;
        status = gw_turn_commit(shop->turn, &shop->error);
    }
}

static void run_turn(struct world *world, const struct round *round, int which)
{
    struct shop *shop = &world->workers[which].shop;

    begin_turn(world, round, which);
    finish_turn(world, round, which, which == 0 && round->is_meeting);
    for (uint32_t index = 0; index < round->counts[which]; index++)
        (void)snprintf(world->outcomes[which][index], sizeof world->outcomes[which][index], "%s",
                       shop_result(shop, index));
}

static void run_round(struct world *world, const struct round *round)
{
    products_asked = 0;
    run_turn(world, round, 0);
    if (!round->is_meeting && round->counts[1] > 0)
        run_turn(world, round, 1);
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

    round.counts[0] = (uint32_t)(1 + random_below(TURN_MAX));
    if (is_due(rhythm->rival)) {
        round.counts[1] = (uint32_t)(1 + random_below(TURN_MAX));
        round.is_meeting = random_below(3) == 0;
    }
    for (int which = 0; which < 2; which++)
        for (uint32_t index = 0; index < round.counts[which]; index++)
            round.commands[which][index] = random_command(mix);
    return round;
}

static void require_same_outcomes(const struct world *one, const struct world *other, const struct round *round)
{
    for (int which = 0; which < 2; which++)
        for (uint32_t index = 0; index < round->counts[which]; index++)
            require_same_text(one->outcomes[which][index], other->outcomes[which][index]);
}

START_TEST(a_worker_that_remembers_ends_where_one_that_does_not_ends)
{
    static struct world remembering;
    static struct world forgetful;
    struct gw_buffer ends[2];
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
        require_same_outcomes(&remembering, &forgetful, &round);
    }
    is_failing = false;
    require_same_text(random_commands_end(&remembering.workers[0].shop, &ends[0]),
                      random_commands_end(&forgetful.workers[0].shop, &ends[1]));
    if (_i % WAYS == 0)
        ck_assert_uint_lt(remembering.products_asked * 2, forgetful.products_asked);
    gw_buffer_done(&ends[0]);
    gw_buffer_done(&ends[1]);
    world_close(&forgetful);
    world_close(&remembering);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("cached_model");
    TCase *tests = tcase_create("random");

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_worker_that_remembers_ends_where_one_that_does_not_ends, 0, SEEDS * WAYS);
    suite_add_tcase(suite, tests);
    return suite;
}
