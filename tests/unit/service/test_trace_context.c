/* SPDX-License-Identifier: Apache-2.0 */
/* What goes from a message to its effects, by W3C Trace Context, and the text that the repository gets of it. */
#include "check_main.h"
#include "service/header_text.h"
#include "service/trace_context.h"

#include <string.h>

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#define OTHER  "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"

static struct gw_arena *arena;
static struct gw_header items[80];
static struct gw_array headers;

static void set_up(void)
{
    arena = gw_arena_new(1 << 20);
    ck_assert_ptr_nonnull(arena);
    headers = (struct gw_array){items, 0, sizeof items[0]};
}

static void tear_down(void)
{
    gw_arena_free(arena);
}

static void add(const char *name, const char *value)
{
    items[headers.count++] = (struct gw_header){gw_text_of(name), gw_text_of(value)};
}

/* What effects of the headers carry into the database. */
static struct gw_text carried(void)
{
    struct gw_array context;
    struct gw_buffer scratch;
    struct gw_text text;

    gw_buffer_init(&scratch, 1 << 20);
    ck_assert(gw_trace_context_extract(arena, &headers, &context));
    ck_assert_uint_eq(context.stride, sizeof(struct gw_header));
    ck_assert(gw_header_text_write(arena, &scratch, &context, GW_HEADER_OBJECT, &text));
    gw_buffer_done(&scratch);
    return text;
}

static void assert_written(const char *expected)
{
    struct gw_text text = carried();

    ck_assert_msg(gw_text_is(text, expected), "%.*s", (int)text.len, text.ptr != NULL ? text.ptr : "");
}

static void assert_parent(const char *value, bool is_carried)
{
    headers.count = 0;
    add("traceparent", value);
    add("tracestate", "a=1");
    if (is_carried) {
        struct gw_text text = carried();

        ck_assert_msg(text.len > 0 && memmem(text.ptr, (size_t)text.len, value, strlen(value)) != NULL, "%s", value);
    } else {
        assert_written("");
    }
}

START_TEST(a_valid_traceparent_is_passed_on_and_an_invalid_one_drops_tracestate_too)
{
    assert_parent(PARENT, true);
    assert_parent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true);
    assert_parent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes", true);
    assert_parent(PARENT "-what-comes", false);
    assert_parent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what", false);
    assert_parent("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false);
    assert_parent("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false);
    assert_parent("00-00000000000000000000000000000000-b7ad6b7169203331-01", false);
    assert_parent("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false);
    assert_parent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false);
    assert_parent("", false);
}
END_TEST

/* One byte of a valid parent is replaced: digits and their neighbours in ASCII, at every place. */
START_TEST(a_parent_is_digits_and_hyphens_each_in_its_place)
{
    static const char others[] = "/:`gG. ";
    char value[] = PARENT;

    for (size_t at = 0; at < strlen(PARENT); at++)
        for (const char *other = others; *other != '\0'; other++) {
            value[at] = *other;
            assert_parent(value, false);
            value[at] = PARENT[at];
        }
    assert_parent("000af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-00", false);
    assert_parent("f0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true);
    assert_parent(PARENT, true);
}
END_TEST

START_TEST(a_parent_that_is_longer_than_any_version_stays_behind)
{
    char value[2 * 55 + 2];

    memset(value, 'x', sizeof value);
    memcpy(value, "cc", 2);
    memcpy(value + 2, &PARENT[2], 53);
    value[55] = '-';
    value[2 * 55] = '\0';
    assert_parent(value, true);
    value[2 * 55] = 'x';
    value[2 * 55 + 1] = '\0';
    assert_parent(value, false);
}
END_TEST

START_TEST(the_last_of_several_traceparents_counts)
{
    add("traceparent", PARENT);
    add("other", PARENT);
    add("traceparent", OTHER);
    assert_written("{\"traceparent\": \"" OTHER "\"}");
    add("traceparent", "00-0");
    assert_written("");
}
END_TEST

START_TEST(states_are_joined_in_their_order)
{
    add("tracestate", "a=1 , b=\"2\"");
    add("traceparent", PARENT);
    add("tracestate", "");
    add("tracestate", ",c=3,");
    assert_written("{\"traceparent\": \"" PARENT "\", \"tracestate\": \"a=1,b=\\\"2\\\",c=3\"}");
}
END_TEST

START_TEST(blanks_around_the_members_of_a_state_are_left_out)
{
    add("traceparent", PARENT);
    add("tracestate", "\ta=1\t, \t ,\tb=2 ~");
    assert_written("{\"traceparent\": \"" PARENT "\", \"tracestate\": \"a=1,b=2 ~\"}");
}
END_TEST

static void add_state(size_t len)
{
    static char value[100001];

    memset(value, 'x', len);
    memcpy(value, "a=", 2);
    value[len] = '\0';
    add("tracestate", value);
}

START_TEST(a_context_without_memory_says_so)
{
    size_t max = 0;
    bool is_done;

    add("traceparent", PARENT);
    add_state(100);
    do {
        struct gw_arena *small = gw_arena_new(max);
        struct gw_array context = headers;

        is_done = gw_trace_context_extract(small, &headers, &context);
        ck_assert_uint_eq(context.count, is_done ? 2 : 0);
        gw_arena_free(small);
    } while (!is_done && max++ < 1024);
    ck_assert(is_done);
    ck_assert_uint_gt(max, 100);
}
END_TEST

START_TEST(a_tracestate_without_traceparent_is_dropped)
{
    add("tracestate", "a=1");
    assert_written("");
}
END_TEST

/* The length of the state that is carried on; the parent must be. */
static size_t state_length(void)
{
    struct gw_text text = carried();
    const char *state;

    ck_assert_ptr_nonnull(memmem(text.ptr, (size_t)text.len, PARENT, strlen(PARENT)));
    state = memmem(text.ptr, (size_t)text.len, "tracestate\": \"", 14);
    return state == NULL ? 0 : (size_t)(text.ptr + text.len - 2 - (state + 14));
}

START_TEST(a_tracestate_of_512_bytes_is_passed_on_and_a_longer_one_keeps_the_traceparent)
{
    static const struct {
        size_t len, carried;
    } cases[] = {
        {512, 512}, {GW_TRACESTATE_MAX_BYTES, GW_TRACESTATE_MAX_BYTES}, {GW_TRACESTATE_MAX_BYTES + 1, 0}, {100000, 0}};

    for (size_t at = 0; at < sizeof cases / sizeof *cases; at++) {
        headers.count = 0;
        add("traceparent", PARENT);
        add_state(cases[at].len);
        ck_assert_uint_eq(state_length(), cases[at].carried);
    }
}
END_TEST

START_TEST(a_long_tracestate_loses_whole_members_long_ones_first_then_the_last)
{
    add("traceparent", PARENT);
    add("tracestate", "first=1");
    add_state(800);
    add("tracestate", "last=2");
    assert_written("{\"traceparent\": \"" PARENT "\", \"tracestate\": \"first=1,last=2\"}");
    for (int member = 0; member < 40; member++)
        add("tracestate", "m=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    ck_assert_uint_gt(state_length(), 512);
    ck_assert_uint_le(state_length(), GW_TRACESTATE_MAX_BYTES);
    ck_assert_uint_eq((state_length() - strlen("first=1,last=2")) % 58, 0);
}
END_TEST

START_TEST(an_invalid_tracestate_is_dropped_alone)
{
    add("traceparent", PARENT);
    add("tracestate", "a=1");
    add("tracestate", "b=\xff");
    ck_assert_uint_eq(state_length(), 0);
    for (int byte = 1; byte < 256; byte++) {
        char value[] = {'b', '=', (char)byte, '\0'};

        headers.count = 2;
        add("tracestate", value);
        ck_assert_int_eq(state_length() > 0, byte == '\t' || (byte >= ' ' && byte <= '~'));
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("trace_context");
    TCase *tests = tcase_create("trace_context");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_valid_traceparent_is_passed_on_and_an_invalid_one_drops_tracestate_too);
    tcase_add_test(tests, a_parent_is_digits_and_hyphens_each_in_its_place);
    tcase_add_test(tests, a_parent_that_is_longer_than_any_version_stays_behind);
    tcase_add_test(tests, blanks_around_the_members_of_a_state_are_left_out);
    tcase_add_test(tests, a_context_without_memory_says_so);
    tcase_add_test(tests, the_last_of_several_traceparents_counts);
    tcase_add_test(tests, states_are_joined_in_their_order);
    tcase_add_test(tests, a_tracestate_without_traceparent_is_dropped);
    tcase_add_test(tests, a_tracestate_of_512_bytes_is_passed_on_and_a_longer_one_keeps_the_traceparent);
    tcase_add_test(tests, a_long_tracestate_loses_whole_members_long_ones_first_then_the_last);
    tcase_add_test(tests, an_invalid_tracestate_is_dropped_alone);
    suite_add_tcase(suite, tests);
    return suite;
}
