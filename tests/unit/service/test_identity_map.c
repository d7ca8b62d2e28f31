/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a repository's answer to products: what it reports, what it means by leaving something out, and what breaks the
 * contract.
 */
#include "check_main.h"
#include "service/identity_map.h"

#define T(string) gw_text_of(string)

static struct gw_arena *arena;
static struct gw_load_plan plan;
static struct gw_stock_source *source;
static struct gw_identity_map map;

/* What the repository answers: set by each test. */
static enum gw_status (*answer)(const struct gw_load_visitor *visitor);

static enum gw_status load(struct gw_session *session, const struct gw_load_request *request,
                           const struct gw_load_visitor *visitor, struct gw_error *reterr)
{
    (void)session, (void)request, (void)reterr;
    return answer(visitor);
}

static const struct gw_repository_ops ops = {.size = sizeof ops, .load = load};

static struct gw_identifier id(const char *string)
{
    return gw_identifier_make(string, strlen(string));
}

/* A turn that allocates four units of LAMP for o1, and names batch b1. */
static void set_up(void)
{
    struct gw_command allocate = {.type = GW_COMMAND_ALLOCATE, .orderid = id("o1"), .sku = id("LAMP"), .qty = 4};
    struct gw_command change = {.type = GW_COMMAND_CHANGE_BATCH_QUANTITY, .ref = id("b1"), .qty = 1};

    arena = gw_arena_new(1024 * 1024);
    gw_load_plan_init(&plan, arena);
    source = gw_stock_direct_new(&ops, NULL);
    ck_assert(gw_load_plan_add_command(&plan, &allocate));
    ck_assert(gw_load_plan_add_command(&plan, &change));
}

static void tear_down(void)
{
    gw_stock_source_free(source);
    gw_arena_free(arena);
}

static enum gw_status load_map(enum gw_status (*with)(const struct gw_load_visitor *visitor))
{
    struct gw_error error;

    enum gw_status status;

    answer = with;
    ck_assert(gw_identity_map_begin(&map, arena, &plan));
    status = source->load(source, &plan, &map.attempt, &error);
    return status == GW_OK ? gw_identity_map_complete(&map, &error) : status;
}

static enum gw_status tell_product(const struct gw_load_visitor *visitor, const char *sku, int64_t version)
{
    struct gw_product_snapshot product = {.sku = T(sku), .version = version};

    return visitor->product(visitor->context, &product);
}

/* A batch of ten units, of which so many are free. */
static enum gw_status tell_batch(const struct gw_load_visitor *visitor, const char *ref, int64_t created, int64_t free,
                                 uint32_t flags, int64_t room)
{
    struct gw_batch_snapshot batch = {.sku = T("LAMP"),
                                      .ref = T(ref),
                                      .purchased = 10,
                                      .allocated = 10 - free,
                                      .created = created,
                                      .flags = flags,
                                      .room = room};

    return visitor->batch(visitor->context, &batch);
}

static bool add_nothing(struct gw_event_sink *self, const struct gw_event *event)
{
    (void)self, (void)event;
    return true;
}

/* Allocates a line of which nothing is held. */
static enum gw_result allocate(int64_t qty, const struct gw_held_line **ret_line)
{
    struct gw_event_sink sink = {add_nothing};
    struct gw_product *product = gw_identity_map_product(&map, id("LAMP"))->product;

    ck_assert(gw_product_load_line(product, id("o1"), qty, NULL, 0));
    return gw_product_allocate(product, id("o1"), qty, &sink, ret_line);
}

/* ---- what is told ----------------------------------------------------------------------------------------------- */

static enum gw_status a_batch_that_nobody_named_and_its_newest_line(const struct gw_load_visitor *visitor)
{
    struct gw_line_snapshot line = {
        .sku = T("LAMP"), .orderid = T("o9"), .qty = 4, .ref = T("b9"), .seq = 5, .flags = GW_LINE_NEWEST};
    enum gw_status status = tell_product(visitor, "LAMP", 7);

    if (status == GW_OK)
        status = tell_batch(visitor, "b9", 2, 6, 0, 0);
    return status == GW_OK ? visitor->line(visitor->context, &line) : status;
}

/* b1, which the turn names and would lower to one unit, is reported under another SKU, whose product is then known. */
static enum gw_status a_named_batch_of_another_sku(const struct gw_load_visitor *visitor)
{
    struct gw_batch_snapshot batch = {.sku = T("RUG"), .ref = T("b1"), .purchased = 9, .created = 3};
    enum gw_status status = tell_product(visitor, "LAMP", 7);

    if (status == GW_OK)
        status = tell_product(visitor, "RUG", 3);
    return status == GW_OK ? visitor->batch(visitor->context, &batch) : status;
}

START_TEST(a_batch_may_be_told_that_nobody_named)
{
    ck_assert_int_eq(load_map(a_batch_that_nobody_named_and_its_newest_line), GW_OK);
    ck_assert_ptr_nonnull(gw_product_batch(gw_identity_map_product(&map, id("LAMP"))->product, id("b9")));
    ck_assert_ptr_null(gw_identity_map_ref(&map, id("b9")));
}
END_TEST

START_TEST(a_named_batch_brings_its_product)
{
    ck_assert_int_eq(load_map(a_named_batch_of_another_sku), GW_OK);
    ck_assert_ptr_eq(gw_identity_map_ref(&map, id("b1"))->owner, gw_identity_map_product(&map, id("RUG")));
    ck_assert_int_eq(gw_product_version(gw_identity_map_product(&map, id("RUG"))->product), 3);
}
END_TEST

/* Loads into an arena that is too small, for every size of it. */
static void assert_all_or_no_memory(enum gw_status (*with)(const struct gw_load_visitor *visitor))
{
    struct gw_error error;
    enum gw_status status = GW_NOMEM;
    size_t refusals = 0;

    answer = with;
    for (size_t max_bytes = 0; status == GW_NOMEM; max_bytes += 16, refusals++) {
        struct gw_arena *small = gw_arena_new(max_bytes);

        if (gw_identity_map_begin(&map, small, &plan))
            status = source->load(source, &plan, &map.attempt, &error);
        if (status == GW_OK)
            status = gw_identity_map_complete(&map, &error);
        gw_arena_free(small);
    }
    ck_assert_int_eq(status, GW_OK);
    ck_assert_uint_gt(refusals, 20);
}

START_TEST(an_answer_is_taken_whole_or_memory_has_run_out)
{
    assert_all_or_no_memory(a_batch_that_nobody_named_and_its_newest_line);
    assert_all_or_no_memory(a_named_batch_of_another_sku);
}
END_TEST

/* ---- what is left out -------------------------------------------------------------------------------------------- */

static enum gw_status nothing_but_a_product(const struct gw_load_visitor *visitor)
{
    return tell_product(visitor, "LAMP", 7);
}

START_TEST(a_line_that_is_not_reported_is_not_held)
{
    const struct gw_held_line *line;

    ck_assert_int_eq(load_map(nothing_but_a_product), GW_OK);
    ck_assert_ptr_null(gw_identity_map_ref(&map, id("b1"))->owner);
    ck_assert_ptr_null(gw_identity_map_ref(&map, id("b2"))); /* which was not requested */
    ck_assert_ptr_null(gw_identity_map_product(&map, id("RUG")));
    ck_assert_int_eq(gw_product_version(gw_identity_map_product(&map, id("LAMP"))->product), 7);
    ck_assert_int_eq(allocate(4, &line), GW_RESULT_APPLIED); /* there is no batch with so much room, and it is known */
    ck_assert_ptr_null(line->batch);
    ck_assert_int_eq(allocate(3, &line), GW_RESULT_NOT_LOADED);
}
END_TEST

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static enum gw_status a_list_that_was_cut(const struct gw_load_visitor *visitor)
{
    enum gw_status status = tell_product(visitor, "LAMP", 7);

    if (status == GW_OK)
        status = tell_batch(visitor, "b2", 1, 4, GW_BATCH_FOUND, 4);
    return status == GW_OK ? tell_batch(visitor, "b3", 2, 5, GW_BATCH_FOUND | GW_BATCH_LAST, 4) : status;
}

START_TEST(a_truncated_list_proves_that_stock_exists_never_that_it_does_not)
{
    const struct gw_held_line *line;

    ck_assert_int_eq(load_map(a_list_that_was_cut), GW_OK);
    ck_assert_int_eq(allocate(4, &line), GW_RESULT_APPLIED);
    ck_assert(gw_identifier_equal(line->batch->ref, id("b2")));
    ck_assert_int_eq(allocate(5, &line), GW_RESULT_APPLIED);
    ck_assert(gw_identifier_equal(line->batch->ref, id("b3")));
    ck_assert_int_eq(allocate(6, &line), GW_RESULT_NOT_LOADED);
}
END_TEST

/* b1 is named, so its product is answered with a list of room 1 too, which comes first or last, truncated or not. */
static enum gw_status short_list(const struct gw_load_visitor *visitor)
{
    enum gw_status status = tell_batch(visitor, "b1", 1, 1, 0, 0);

    return status == GW_OK ? tell_batch(visitor, "b1", 1, 1, GW_BATCH_FOUND | GW_BATCH_LAST, 1) : status;
}

static enum gw_status long_list(const struct gw_load_visitor *visitor)
{
    enum gw_status status = tell_batch(visitor, "b1", 1, 1, GW_BATCH_FOUND, 1);

    return status == GW_OK ? tell_batch(visitor, "b2", 2, 4, GW_BATCH_FOUND, 1) : status;
}

static enum gw_status short_before_long(const struct gw_load_visitor *visitor)
{
    enum gw_status status = tell_product(visitor, "LAMP", 7);

    if (status == GW_OK)
        status = short_list(visitor);
    return status == GW_OK ? long_list(visitor) : status;
}

static enum gw_status long_before_short(const struct gw_load_visitor *visitor)
{
    enum gw_status status = tell_product(visitor, "LAMP", 7);

    if (status == GW_OK)
        status = long_list(visitor);
    return status == GW_OK ? short_list(visitor) : status;
}

START_TEST(the_longer_of_two_lists_decides_whether_more_follow)
{
    const struct gw_held_line *line;

    ck_assert_int_eq(load_map(_i == 0 ? short_before_long : long_before_short), GW_OK);
    ck_assert_int_eq(allocate(3, &line), GW_RESULT_APPLIED); /* what has room 4 is known beside: ask for less */
    ck_assert(gw_identifier_equal(line->batch->ref, id("b2")));
    ck_assert_int_eq(allocate(2, &line), GW_RESULT_APPLIED);
    ck_assert_ptr_null(line->batch);
    ck_assert_ptr_eq(gw_identity_map_ref(&map, id("b1"))->owner, gw_identity_map_product(&map, id("LAMP")));
}
END_TEST

/* ---- lines and ids ----------------------------------------------------------------------------------------------- */

static enum gw_status a_held_line(const struct gw_load_visitor *visitor)
{
    struct gw_line_snapshot line = {.sku = T("LAMP"), .orderid = T("o1"), .qty = 4, .ref = T("b2"), .seq = 5};
    struct gw_id_snapshot known = {
        .index = 1, .outcome = GW_OUTCOME_DEAD, .fingerprint = {9}, .reason = T("Invalid sku LAMP")};
    enum gw_status status = tell_product(visitor, "LAMP", 7);

    if (status == GW_OK)
        status = tell_batch(visitor, "b2", 1, 0, 0, 0);
    if (status == GW_OK)
        status = visitor->line(visitor->context, &line);
    return status == GW_OK ? visitor->id(visitor->context, &known) : status;
}

START_TEST(a_reported_line_is_held_and_a_reported_id_is_known)
{
    static const uint8_t ids[2][GW_ID_BYTES] = {{1}, {2}};
    const struct gw_held_line *line;
    struct gw_event_sink sink = {add_nothing};
    uint32_t index;

    ck_assert(gw_load_plan_add_id(&plan, ids[0], &index));
    ck_assert(gw_load_plan_add_id(&plan, ids[1], &index));
    ck_assert_int_eq(load_map(a_held_line), GW_OK);
    ck_assert_int_eq(gw_product_allocate(gw_identity_map_product(&map, id("LAMP"))->product, id("o1"), 4, &sink, &line),
                     GW_RESULT_SKIPPED);
    ck_assert_int_eq(line->seq, 5);
    ck_assert_uint_eq(map.ids[0].outcome, 0);
    ck_assert_uint_eq(map.ids[1].outcome, GW_OUTCOME_DEAD);
    ck_assert_uint_eq(map.ids[1].fingerprint[0], 9);
    ck_assert(gw_text_is(map.ids[1].reason, "Invalid sku LAMP"));
}
END_TEST

/* ---- a repository that breaks its contract ----------------------------------------------------------------------- */

static enum gw_status nothing_at_all(const struct gw_load_visitor *visitor)
{
    (void)visitor;
    return GW_OK;
}

static enum gw_status a_batch_before_its_product(const struct gw_load_visitor *visitor)
{
    return tell_batch(visitor, "b2", 1, 4, 0, 0);
}

static enum gw_status a_line_before_its_batch(const struct gw_load_visitor *visitor)
{
    struct gw_line_snapshot line = {.sku = T("LAMP"), .orderid = T("o1"), .qty = 4, .ref = T("b2"), .seq = 5};
    enum gw_status status = tell_product(visitor, "LAMP", 7);

    return status == GW_OK ? visitor->line(visitor->context, &line) : status;
}

static enum gw_status a_batch_of_a_sku_that_was_not_told(const struct gw_load_visitor *visitor)
{
    struct gw_batch_snapshot batch = {.sku = T("RUG"), .ref = T("b1"), .purchased = 1};

    return visitor->batch(visitor->context, &batch);
}

static enum gw_status a_line_of_a_product_that_was_not_told(const struct gw_load_visitor *visitor)
{
    struct gw_line_snapshot line = {.sku = T("LAMP"), .orderid = T("o1"), .qty = 4, .ref = T("b1"), .seq = 5};

    return visitor->line(visitor->context, &line);
}

static enum gw_status a_line_of_a_sku_that_was_not_told(const struct gw_load_visitor *visitor)
{
    struct gw_line_snapshot line = {.sku = T("RUG"), .orderid = T("o1"), .qty = 4, .ref = T("b1"), .seq = 5};

    return visitor->line(visitor->context, &line);
}

START_TEST(an_answer_that_breaks_the_contract_is_refused)
{
    ck_assert_int_eq(load_map(a_batch_of_a_sku_that_was_not_told), GW_INTERNAL);
    ck_assert_int_eq(load_map(a_line_of_a_product_that_was_not_told), GW_INTERNAL);
    ck_assert_int_eq(load_map(a_line_of_a_sku_that_was_not_told), GW_INTERNAL);
    ck_assert_int_eq(load_map(nothing_at_all), GW_INTERNAL);
    ck_assert_int_eq(load_map(a_batch_before_its_product), GW_INTERNAL);
    ck_assert_int_eq(load_map(a_line_before_its_batch), GW_INTERNAL);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("identity_map");
    TCase *tests = tcase_create("answers");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_line_that_is_not_reported_is_not_held);
    tcase_add_test(tests, a_truncated_list_proves_that_stock_exists_never_that_it_does_not);
    tcase_add_loop_test(tests, the_longer_of_two_lists_decides_whether_more_follow, 0, 2);
    tcase_add_test(tests, a_reported_line_is_held_and_a_reported_id_is_known);
    tcase_add_test(tests, a_batch_may_be_told_that_nobody_named);
    tcase_add_test(tests, a_named_batch_brings_its_product);
    tcase_add_test(tests, an_answer_is_taken_whole_or_memory_has_run_out);
    tcase_add_test(tests, an_answer_that_breaks_the_contract_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
