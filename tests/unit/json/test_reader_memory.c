/* SPDX-License-Identifier: Apache-2.0 */
/* A warm JSON reader allocates nothing. The allocator of this program is its own, so it is not built with sanitizers.
 */
#include "base/arena.h"
#include "check_main.h"
#include "failing_memory.h"
#include "json/json.h"

/* More keys and members than the reader's arrays begin with, some of them escaped. */
static const char json[] =
    "{\"a\\n\":{\"x\\t\":[1,\"\\n\"]},\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,"
    "\"j\":1,\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1,\"r\":1,\"s\":1,\"t\":1,"
    "\"u\":1,\"v\":1,\"w\":1,\"x\":1,\"y\":1,\"z\":1,\"0\":1,\"1\":1,\"2\":1,\"3\":1,\"4\":1,"
    "\"5\":1,\"6\":1,\"7\":1,\"8\":\"\\u00e9\",\"9\":1}";

START_TEST(a_warm_json_reader_allocates_nothing)
{
    struct gw_arena *arena = gw_arena_new(1024 * 1024);
    struct gw_json_reader *reader = gw_json_reader_new(64 * 1024);
    struct gw_json_object object;
    int refused = 0;
    long asked = 0;

    for (int turn = 0; turn < 3; turn++) {
        failing_memory_begin(0);
        for (int message = 0; message < 50; message++)
            refused += gw_json_read_object(reader, arena, gw_text_of(json), &object, NULL) != GW_OK;
        asked = failing_memory_end();
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
    TCase *tests = tcase_create("reader");

    tcase_add_test(tests, a_warm_json_reader_allocates_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
