/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random turns on a product against a model that scans everything. The model is also the store: a product is loaded
 * from it in part, with truncated lists. Everything that the product reports missing is loaded, and the turn runs
 * again.
 *
 * GANGWAY_TEST_SEED in the environment repeats a run; the seed is printed.
 */
#include "product_fixture.h"

#include <stdlib.h>
#include <time.h>

enum { REFS = 12, ORDERS = 16, QTYS = 3, LINES = ORDERS * QTYS, REQUESTS = 40, OPS = 12, TURNS = 5000 };

static const int64_t line_qtys[QTYS] = {1, 3, 7};
static char ref_names[REFS][16];
static char order_names[ORDERS][16];

struct model_batch {
    bool exists;
    int64_t purchased, allocated, created;
    int32_t eta;
};

struct model {
    int64_t version;
    struct model_batch batches[REFS];
    int line_batch[LINES]; /* -1: not held */
    int64_t line_seq[LINES];
};

struct operation {
    int kind; /* 0 create, 1 and 2 allocate, 3 deallocate, 4 change */
    int ref, line;
    int64_t qty;
    int32_t eta;
};

/* What a turn has asked of the store so far. */
struct knowledge {
    bool ref[REFS];
    bool line[LINES];
    int64_t newest[REFS]; /* the lowest quantity that was requested; -1: none */
    struct {
        int64_t qty;
        int limit;
    } rooms[REQUESTS];
    int room_count;
};

static unsigned random_state;

static int below(int limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (int)((random_state >> 8) % (unsigned)limit);
}

static struct gw_identifier ref_id(int ref)
{
    return id(ref_names[ref]);
}

static struct gw_identifier order_id(int line)
{
    return id(order_names[line / QTYS]);
}

static int64_t qty_of(int line)
{
    return line_qtys[line % QTYS];
}

/* ---- the model ----------------------------------------------------------------------------------------------------
 */

static char model_text[4096];

static void model_event(const char *name, int line, int ref)
{
    size_t len = strlen(model_text);

    (void)snprintf(model_text + len, sizeof model_text - len, "%s%s %s %lld%s%s", len > 0 ? "; " : "", name,
                   order_names[line / QTYS], (long long)qty_of(line), ref >= 0 ? " " : "",
                   ref >= 0 ? ref_names[ref] : "");
}

static bool goes_first(const struct model_batch *a, const struct model_batch *b)
{
    return a->eta != b->eta ? a->eta < b->eta : a->created < b->created;
}

/* The first batch, in order, with this room behind the batch `behind` (-1: from the start), or -1. */
static int model_next(const struct model *model, int64_t room, int behind)
{
    int ref, best = -1;

    for (ref = 0; ref < REFS; ref++) {
        const struct model_batch *candidate = &model->batches[ref];

        if (!candidate->exists || candidate->purchased - candidate->allocated < room)
            continue;
        if (behind >= 0 && !goes_first(&model->batches[behind], candidate))
            continue;
        if (best < 0 || goes_first(candidate, &model->batches[best]))
            best = ref;
    }
    return best;
}

/* The line with the highest seq below `before` that the batch holds, or -1. */
static int model_newest(const struct model *model, int ref, int64_t before)
{
    int line, newest = -1;

    for (line = 0; line < LINES; line++)
        if (model->line_batch[line] == ref && model->line_seq[line] < before &&
            (newest < 0 || model->line_seq[line] > model->line_seq[newest]))
            newest = line;
    return newest;
}

static void model_release(struct model *model, int line)
{
    model->batches[model->line_batch[line]].allocated -= qty_of(line);
    model_event("Deallocated", line, model->line_batch[line]);
    model->line_batch[line] = -1;
    model->line_seq[line] = 0;
}

static enum gw_result model_create(struct model *model, const struct operation *op)
{
    if (model->batches[op->ref].exists)
        return GW_RESULT_SKIPPED;
    model->version++;
    model->batches[op->ref] = (struct model_batch){true, op->qty, 0, model->version, op->eta};
    return GW_RESULT_APPLIED;
}

static enum gw_result model_allocate(struct model *model, int line)
{
    int chosen;

    if (model->line_batch[line] >= 0)
        return GW_RESULT_SKIPPED;
    chosen = model_next(model, qty_of(line), -1);
    if (chosen < 0) {
        model_event("OutOfStock", line, -1);
        return GW_RESULT_APPLIED;
    }
    model->version++;
    model->batches[chosen].allocated += qty_of(line);
    model->line_batch[line] = chosen;
    model->line_seq[line] = model->version;
    model_event("Allocated", line, chosen);
    return GW_RESULT_APPLIED;
}

static enum gw_result model_deallocate(struct model *model, int line)
{
    if (model->line_batch[line] < 0)
        return GW_RESULT_SKIPPED;
    model->version++;
    model_release(model, line);
    return GW_RESULT_APPLIED;
}

static enum gw_result model_change(struct model *model, const struct operation *op)
{
    struct model_batch *changed = &model->batches[op->ref];
    int shed[LINES], count = 0, i;

    if (!changed->exists)
        return GW_RESULT_UNKNOWN_BATCH;
    if (changed->purchased == op->qty)
        return GW_RESULT_SKIPPED;
    model->version++;
    changed->purchased = op->qty;
    for (; changed->allocated > changed->purchased; count++) {
        shed[count] = model_newest(model, op->ref, INT64_MAX);
        model_release(model, shed[count]);
    }
    for (i = 0; i < count; i++)
        model_event("AllocationRequired", shed[i], -1);
    return GW_RESULT_APPLIED;
}

static enum gw_result model_run(struct model *model, const struct operation *op)
{
    switch (op->kind) {
    case 0:
        return model_create(model, op);
    case 3:
        return model_deallocate(model, op->line);
    case 4:
        return model_change(model, op);
    default:
        return model_allocate(model, op->line);
    }
}

/* ---- loading a product from the model -------------------------------------------------------------------------------
 */

static const struct gw_batch *load_batch(const struct model *stored, int ref)
{
    const struct model_batch *found = &stored->batches[ref];

    return gw_product_load_batch(product, ref_id(ref), found->purchased, found->allocated, found->eta, found->created);
}

static void load_line(const struct model *stored, int line)
{
    int ref = stored->line_batch[line];

    require(gw_product_load_line(product, order_id(line), qty_of(line), ref >= 0 ? load_batch(stored, ref) : NULL,
                                 stored->line_seq[line]));
}

static void load_room(const struct model *stored, int64_t room, int limit)
{
    const struct gw_batch *last = NULL;
    int ref = -1;

    for (; limit > 0; limit--) {
        ref = model_next(stored, room, ref);
        if (ref < 0)
            break;
        last = load_batch(stored, ref);
    }
    require(gw_product_load_room(product, room, limit > 0 ? NULL : last));
}

/* The newest lines that qty no longer fits, as a repository would find them. */
static void load_newest(const struct model *stored, int ref, int64_t qty)
{
    int64_t left = stored->batches[ref].allocated, seq = INT64_MAX;

    while (left > qty) {
        int line = model_newest(stored, ref, seq);

        seq = stored->line_seq[line];
        left -= qty_of(line);
        load_line(stored, line);
    }
    gw_product_load_newest(product, load_batch(stored, ref), left == 0 ? 0 : seq);
}

static void load(const struct model *stored, const struct knowledge *known)
{
    int i;

    product = gw_product_new(arena, id("SMALL-TABLE"), stored->version);
    for (i = 0; i < REFS; i++)
        if (known->ref[i] && stored->batches[i].exists)
            load_batch(stored, i);
        else if (known->ref[i])
            require(gw_product_load_absent_batch(product, ref_id(i)));
    for (i = 0; i < REFS; i++)
        if (known->newest[i] >= 0 && stored->batches[i].exists)
            load_newest(stored, i, known->newest[i]);
    for (i = 0; i < LINES; i++)
        if (known->line[i])
            load_line(stored, i);
    for (i = 0; i < known->room_count; i++)
        load_room(stored, known->rooms[i].qty, known->rooms[i].limit);
}

static int line_of(struct gw_identifier orderid, int64_t qty)
{
    int line;

    for (line = 0; line < LINES; line++)
        if (gw_identifier_equal(order_id(line), orderid) && qty_of(line) == qty)
            return line;
    ck_abort_msg("a line that nobody named");
}

static int ref_of(struct gw_identifier name)
{
    int ref;

    for (ref = 0; ref < REFS; ref++)
        if (gw_identifier_equal(ref_id(ref), name))
            return ref;
    ck_abort_msg("a reference that nobody named");
}

static void learn_room(struct knowledge *known, int64_t qty)
{
    int i;

    for (i = 0; i < known->room_count; i++)
        if (known->rooms[i].qty == qty) {
            known->rooms[i].limit *= 2;
            return;
        }
    require(known->room_count < REQUESTS);
    known->rooms[known->room_count].qty = qty;
    known->rooms[known->room_count++].limit = 1 + below(3);
}

static void learn(struct knowledge *known, const struct gw_missing *missing)
{
    int ref;

    switch (missing->kind) {
    case GW_MISSING_LINE:
        require(!known->line[line_of(missing->orderid, missing->qty)]);
        known->line[line_of(missing->orderid, missing->qty)] = true;
        return;
    case GW_MISSING_ROOM:
        learn_room(known, missing->qty);
        return;
    case GW_MISSING_BATCH:
        require(!known->ref[ref_of(missing->ref)]);
        known->ref[ref_of(missing->ref)] = true;
        return;
    case GW_MISSING_LINES:
        ref = ref_of(missing->ref);
        require(known->newest[ref] < 0 || missing->qty < known->newest[ref]);
        known->newest[ref] = missing->qty;
        return;
    default:
        ck_abort_msg("nothing is missing");
    }
}

/* ---- a turn ---------------------------------------------------------------------------------------------------------
 */

static enum gw_result product_run(const struct operation *op)
{
    struct gw_identifier ref = ref_id(op->ref), orderid = order_id(op->line);

    switch (op->kind) {
    case 0:
        return gw_product_create_batch(product, ref, op->qty, op->eta, NULL);
    case 3:
        return gw_product_deallocate(product, orderid, qty_of(op->line), &events);
    case 4:
        return gw_product_change_batch_quantity(product, ref, op->qty, &events);
    default:
        return gw_product_allocate(product, orderid, qty_of(op->line), &events, NULL);
    }
}

static void assert_same(const struct model *model)
{
    int ref;

    require(gw_product_version(product) == model->version);
    for (ref = 0; ref < REFS; ref++) {
        const struct gw_batch *found = gw_product_batch(product, ref_id(ref));

        if (found == NULL)
            continue;
        require(model->batches[ref].exists);
        require(found->purchased == model->batches[ref].purchased);
        require(found->allocated == model->batches[ref].allocated);
        require(found->eta == model->batches[ref].eta);
        require(found->created == model->batches[ref].created);
    }
}

/* The touched rows are exactly those that the unit of work must write to turn `before` into `after`. */
static void assert_written(const struct model *before, const struct model *after)
{
    struct model written = *before;
    const struct gw_batch *const *touched_batches;
    const struct gw_held_line *const *touched_lines;
    size_t batch_count, line_count, i;

    gw_product_touched(product, &touched_batches, &batch_count, &touched_lines, &line_count);
    for (i = 0; i < batch_count; i++) {
        const struct gw_batch *touched = touched_batches[i];
        int ref = ref_of(touched->ref);

        require(touched->is_new == !before->batches[ref].exists);
        if (touched->is_new || touched->is_changed)
            written.batches[ref] =
                (struct model_batch){true, touched->purchased, touched->allocated, touched->created, touched->eta};
    }
    for (i = 0; i < line_count; i++) {
        int line = line_of(touched_lines[i]->orderid, touched_lines[i]->qty);

        require(touched_lines[i]->loaded_seq == before->line_seq[line]);
        require((touched_lines[i]->loaded_batch != NULL) == (before->line_batch[line] >= 0));
        written.line_batch[line] = touched_lines[i]->batch != NULL ? ref_of(touched_lines[i]->batch->ref) : -1;
        written.line_seq[line] = touched_lines[i]->seq;
    }
    for (i = 0; i < REFS; i++) {
        require(written.batches[i].exists == after->batches[i].exists);
        require(written.batches[i].purchased == after->batches[i].purchased);
        require(written.batches[i].allocated == after->batches[i].allocated);
    }
    require(memcmp(written.line_batch, after->line_batch, sizeof written.line_batch) == 0);
    require(memcmp(written.line_seq, after->line_seq, sizeof written.line_seq) == 0);
}

/* Runs the operations on a fresh product and a copy of the model. False when something was missing. */
static bool try_turn(const struct model *stored, struct knowledge *known, const struct operation *ops, int count,
                     struct model *ret_after)
{
    int i;

    gw_arena_reset(arena, SIZE_MAX);
    load(stored, known);
    *ret_after = *stored;
    for (i = 0; i < count; i++) {
        enum gw_result result, expected;

        event_text[0] = model_text[0] = '\0';
        result = product_run(&ops[i]);
        if (result == GW_RESULT_NOT_LOADED) {
            struct gw_missing missing = gw_product_missing(product);

            learn(known, &missing);
            return false;
        }
        expected = model_run(ret_after, &ops[i]);
        require(result == expected);
        require(strcmp(event_text, model_text) == 0);
        assert_same(ret_after);
    }
    assert_written(stored, ret_after);
    return true;
}

static struct operation random_operation(void)
{
    struct operation op = {below(5), below(REFS), below(LINES), below(25), below(3) == 0 ? 0 : 20260101 + below(4)};

    if (op.kind == 0 && below(4) != 0) /* most batches exist soon: creating is rare */
        op.kind = 1;
    return op;
}

static void random_knowledge(struct knowledge *ret_known)
{
    int i;

    memset(ret_known, 0, sizeof *ret_known);
    for (i = 0; i < REFS; i++) {
        ret_known->ref[i] = below(4) == 0;
        ret_known->newest[i] = below(8) == 0 ? below(20) : -1;
    }
    for (i = 0; i < LINES; i++)
        ret_known->line[i] = below(2) == 0;
    for (i = below(3); i > 0; i--)
        learn_room(ret_known, line_qtys[below(QTYS)]);
}

static unsigned chosen_seed(void)
{
    const char *text = getenv("GANGWAY_TEST_SEED");
    unsigned seed = text != NULL ? (unsigned)strtoul(text, NULL, 10) : (unsigned)time(NULL);

    printf("GANGWAY_TEST_SEED=%u\n", seed);
    fflush(stdout);
    return seed;
}

static void reset_model(struct model *model)
{
    int i;

    memset(model, 0, sizeof *model);
    for (i = 0; i < LINES; i++)
        model->line_batch[i] = -1;
}

START_TEST(a_partly_loaded_product_gives_the_results_of_the_whole_in_random_turns)
{
    struct model stored, after;
    int turn, i;

    random_state = chosen_seed();
    for (i = 0; i < REFS; i++)
        (void)snprintf(ref_names[i], sizeof ref_names[i], "b%d", i);
    for (i = 0; i < ORDERS; i++)
        (void)snprintf(order_names[i], sizeof order_names[i], "o%d", i);
    for (turn = 0; turn < TURNS; turn++) {
        struct operation ops[OPS];
        struct knowledge known;
        int attempts = 0;

        if (turn % 200 == 0)
            reset_model(&stored);
        for (i = 0; i < OPS; i++)
            ops[i] = random_operation();
        random_knowledge(&known);
        while (!try_turn(&stored, &known, ops, OPS, &after))
            require(++attempts < 200);
        stored = after;
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("domain/product, at random");
    TCase *tcase = tcase_create("model");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_partly_loaded_product_gives_the_results_of_the_whole_in_random_turns);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return suite;
}
