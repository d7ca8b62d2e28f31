/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for the YAML and JSON readers: every allocation that can fail does, once each, and nothing leaks; a warm JSON
 * reader allocates nothing. The allocator of this program is its own, so it is not built with sanitizers.
 */
#include "base/arena.h"
#include "check_main.h"
#include "yaml/yaml.h"
#include "json/json.h"

#include <stdlib.h>

/* glibc's own allocator, for whoever replaces malloc. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void __libc_free(void *ptr);

static bool is_watching;
static long asked;   /* allocations since the watch began */
static long fail_at; /* the one of them that fails; 0 for none */
static long alive;

static bool fails(void)
{
    return is_watching && ++asked == fail_at;
}

static void *handed_out(void *ptr)
{
    alive += is_watching && ptr != NULL;
    return ptr;
}

#pragma GCC visibility push(default) /* the libraries are to call these, too */
void *malloc(size_t size)
{
    return fails() ? NULL : handed_out(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : handed_out(__libc_calloc(count, size));
}

void *realloc(void *ptr, size_t size)
{
    if (fails())
        return NULL;
    return ptr == NULL ? handed_out(__libc_malloc(size)) : __libc_realloc(ptr, size);
}

void free(void *ptr)
{
    alive -= is_watching && ptr != NULL;
    __libc_free(ptr);
}
#pragma GCC visibility pop

static void watch(long fail_number)
{
    asked = 0;
    alive = 0;
    fail_at = fail_number;
    is_watching = true;
}

static const char yaml[] = "service: stock\n"
                           "entrypoints:\n"
                           "  orders: {plugin: kafka_consumer, brokers: [a, b, \"c\\n\"], url: {env: URL}}\n"
                           "  'more': |\n"
                           "    literal\n"
                           "routes: {Allocated: {publish: [a]}, OutOfStock: {notify: [b], fallback: [c]}}\n";

static enum gw_status parse_yaml(void)
{
    struct gw_arena *arena = gw_arena_new(1024 * 1024);
    const struct gw_yaml_node *root = NULL;
    enum gw_status status = GW_NOMEM;

    if (arena != NULL)
        status = gw_yaml_parse(arena, "f.yaml", gw_text_of(yaml), &root, NULL);
    gw_arena_free(arena);
    return status;
}

/* More keys and members than the reader's arrays begin with, some of them escaped. */
static const char json[] =
    "{\"a\\n\":{\"x\\t\":[1,\"\\n\"]},\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,"
    "\"j\":1,\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1,\"r\":1,\"s\":1,\"t\":1,"
    "\"u\":1,\"v\":1,\"w\":1,\"x\":1,\"y\":1,\"z\":1,\"0\":1,\"1\":1,\"2\":1,\"3\":1,\"4\":1,"
    "\"5\":1,\"6\":1,\"7\":1,\"8\":\"\\u00e9\",\"9\":1}";

static enum gw_status read_json(void)
{
    struct gw_arena *arena = gw_arena_new(1024 * 1024);
    struct gw_json_reader *reader = gw_json_reader_new(64 * 1024);
    struct gw_json_object object;
    enum gw_status status = GW_NOMEM;

    if (arena != NULL && reader != NULL)
        status = gw_json_read_object(reader, arena, gw_text_of(json), &object, NULL);
    gw_json_reader_free(reader);
    gw_arena_free(arena);
    return status;
}

/* Lets every allocation of read fail once: it says so or does without, and gives everything back. */
static void assert_survives(enum gw_status (*read)(void))
{
    long number = 0;

    ck_assert_int_eq(read(), GW_OK); /* what a library sets up once is not ours to count */
    do {
        enum gw_status status;

        watch(++number);
        status = read();
        is_watching = false;
        ck_assert_int_eq(alive, 0);
        ck_assert(status == GW_NOMEM || status == GW_OK);
    } while (asked >= number);
    ck_assert_int_gt(number, 10);
}

START_TEST(reading_yaml_survives_every_failing_allocation)
{
    assert_survives(parse_yaml);
}
END_TEST

START_TEST(reading_json_survives_every_failing_allocation)
{
    assert_survives(read_json);
}
END_TEST

START_TEST(a_warm_json_reader_allocates_nothing)
{
    struct gw_arena *arena = gw_arena_new(1024 * 1024);
    struct gw_json_reader *reader = gw_json_reader_new(64 * 1024);
    struct gw_json_object object;
    int refused = 0;

    for (int turn = 0; turn < 3; turn++) {
        watch(0);
        for (int message = 0; message < 50; message++)
            refused += gw_json_read_object(reader, arena, gw_text_of(json), &object, NULL) != GW_OK;
        is_watching = false;
        gw_arena_reset(arena, 1024 * 1024);
    }
    ck_assert_int_eq(refused, 0);
    ck_assert_int_eq(asked, 0);
    gw_json_reader_free(reader);
    gw_arena_free(arena);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("reader_memory");
    TCase *torture = tcase_create("torture");

    tcase_add_test(torture, reading_yaml_survives_every_failing_allocation);
    tcase_add_test(torture, reading_json_survives_every_failing_allocation);
    tcase_add_test(torture, a_warm_json_reader_allocates_nothing);
    suite_add_tcase(suite, torture);
    return suite;
}
