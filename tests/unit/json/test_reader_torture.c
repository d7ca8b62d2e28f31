/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for the YAML and JSON readers: every allocation that can fail does, once each, and nothing leaks. The
 * allocator of this program is its own, so it is not built with sanitizers.
 */
#include "base/arena.h"
#include "check_main.h"
#include "failing_memory.h"
#include "yaml/yaml.h"
#include "json/json.h"

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

START_TEST(reading_yaml_survives_every_failing_allocation)
{
    ck_assert_int_gt(failing_memory_torture(parse_yaml), 5);
}
END_TEST

START_TEST(reading_json_survives_every_failing_allocation)
{
    ck_assert_int_gt(failing_memory_torture(read_json), 5);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("reader_torture");
    TCase *torture = tcase_create("torture");

    tcase_add_test(torture, reading_yaml_survives_every_failing_allocation);
    tcase_add_test(torture, reading_json_survives_every_failing_allocation);
    suite_add_tcase(suite, torture);
    return suite;
}
