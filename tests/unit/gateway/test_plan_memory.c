/* SPDX-License-Identifier: Apache-2.0 */
/* A plan of everything that can change, with little memory: out of memory, or the whole plan. */
#include "check_main.h"
#include "failing_core.h"
#include "fake_plugins.h"
#include "gateway/plan_json.h"
#include "gateway/plan_text.h"
#include "plan_fixture.h"
#include "plan_summary.h"

#include <stdlib.h>
#include <string.h>

enum { ENOUGH = 4 * 1024 * 1024, STEP = 16 };

static const uint8_t key[GW_PLAN_KEY_BYTES] = {7};

static const char running_text[] =
    "repository: {plugin: memory_repository}\n"
    "entrypoints: {a: {plugin: jsonl_reader, path: x}, b: {plugin: jsonl_reader, path: y}}\n"
    "publishers: {events: {plugin: jsonl_writer, path: e}}\n"
    "notifiers:\n"
    "  console: {plugin: console_notifier}\n"
    "  mail: {plugin: smtp_notifier, url: u, password: {env: PLAN_HUSH}, to: [a@x, b@x]}\n"
    "routes: {Allocated: {publish: [events]}, OutOfStock: {notify: [console], fallback: [mail]}}\n";

static const char wanted_text[] =
    "service: other\n"
    "log: {level: debug}\n"
    "repository: {plugin: memory_repository, migrate: false}\n"
    "entrypoints: {a: {plugin: jsonl_reader, path: y}, c: {plugin: jsonl_reader, path: x}}\n"
    "publishers: {events: {plugin: jsonl_writer, path: f, batch: 5}, console: {plugin: jsonl_writer, path: c}}\n"
    "notifiers:\n"
    "  mail: {plugin: smtp_notifier, url: v, password: {env: PLAN_OTHER}, to: [b@x, 'c d@x'], text: '{sku}'}\n"
    "  other: {plugin: console_notifier}\n"
    "routes: {OutOfStock: {notify: [other], fallback: [mail]}, Deallocated: {publish: [events, console]}}\n";

static const char expected[] =
    "~repository migrate true>false settings; "
    "~a path* /x>/y elsewhere first after:b; +c after:a; -b; "
    "~events batch 1000>5 path /e>/f; +console; "
    "~mail url u>v password# to [a@x, b@x]>[b@x, \"c d@x\"] text ()>{sku}; +other; -console OutOfStock>other; "
    "Allocated publish[events>]; Deallocated publish[>events,console]; OutOfStock notify[console>other]; "
    "!service; !log.level; !repository; !!console; hash";

static struct gw_arena *models;
static const struct gw_bootstrap *running;
static const struct gw_bootstrap *wanted;
static struct gw_buffer summary;

static void set_up(void)
{
    models = gw_arena_new(ENOUGH);
    gw_buffer_init(&summary, SIZE_MAX);
    plan_secrets();
    running = plan_model(models, "/plugins", running_text, true);
    wanted = plan_model(models, "/plugins", wanted_text, true);
    ck_assert_ptr_eq(wanted->repository->plugin, fake_plugin("memory_repository"));
}

static void tear_down(void)
{
    gw_buffer_done(&summary);
    gw_arena_free(models);
}

static void assert_whole(const struct gw_plan *plan)
{
    gw_buffer_reset(&summary);
    plan_summary(plan, &summary);
    ck_assert_str_eq(summary.ptr, expected);
    ck_assert(!plan->is_empty);
}

START_TEST(an_arena_that_is_full_ends_the_plan)
{
    enum gw_status status = GW_NOMEM;
    size_t refusals = 0;

    for (size_t max_bytes = 0; status == GW_NOMEM && max_bytes < ENOUGH; max_bytes += STEP) {
        struct gw_arena *arena = gw_arena_new(max_bytes);
        struct gw_plan plan = {0};

        ck_assert_ptr_nonnull(arena);
        status = gw_plan_make(arena, running, wanted, key, &plan);
        refusals += status == GW_NOMEM;
        ck_assert(status == GW_OK || plan.running == NULL);
        if (status == GW_OK)
            assert_whole(&plan);
        gw_arena_free(arena);
    }
    ck_assert_int_eq(status, GW_OK);
    ck_assert_uint_gt(refusals, 100);
}
END_TEST

START_TEST(any_allocation_may_fail)
{
    enum gw_status status = GW_NOMEM;
    long refusals = 0;

    for (long number = 1; status == GW_NOMEM; number++) {
        struct gw_arena *arena = gw_arena_new(ENOUGH);
        struct gw_plan plan = {0};

        ck_assert_ptr_nonnull(arena);
        failing_core_begin(number);
        status = gw_plan_make(arena, running, wanted, key, &plan);
        (void)failing_core_end();
        refusals += status == GW_NOMEM;
        if (status == GW_OK)
            assert_whole(&plan);
        gw_arena_free(arena);
    }
    ck_assert_int_eq(status, GW_OK);
    ck_assert_int_gt(refusals, 5);
}
END_TEST

typedef void writer_fn(const struct gw_plan *plan, const struct gw_plan_figures *figures, struct gw_buffer *buffer);

static writer_fn *const writers[] = {gw_plan_append_text, gw_plan_append_json};

START_TEST(a_writer_says_that_its_text_is_not_whole)
{
    const struct gw_plan_figures none = {NULL, 0};
    struct gw_plan plan;
    bool has_failed = true;
    size_t whole;

    ck_assert_int_eq(gw_plan_make(models, running, wanted, key, &plan), GW_OK);
    writers[_i](&plan, &none, &summary);
    ck_assert(!summary.has_failed);
    whole = summary.len;
    for (long number = 1; has_failed; number++) {
        gw_buffer_done(&summary);
        failing_core_begin(number);
        writers[_i](&plan, &none, &summary);
        (void)failing_core_end();
        has_failed = summary.has_failed;
        ck_assert(has_failed == (summary.len < whole));
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("plan_memory");
    TCase *tests = tcase_create("limits");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_arena_that_is_full_ends_the_plan);
    tcase_add_test(tests, any_allocation_may_fail);
    tcase_add_loop_test(tests, a_writer_says_that_its_text_is_not_whole, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
