/* SPDX-License-Identifier: Apache-2.0 */
/* Which sources an attempt moves, and from where to where. */
#include "check_main.h"
#include "service/turn_source.h"

static struct gw_arena *arena;
static struct gw_turn_sources moved;
static struct gw_changes changes;
static struct gw_turn_source a;
static struct gw_turn_source b;

/* Another attempt of the same worker. */
static void begin(void)
{
    gw_arena_reset(arena, SIZE_MAX);
    moved = (struct gw_turn_sources){.arena = arena};
    changes = (struct gw_changes){.arena = arena};
}

static void set_up(void)
{
    arena = gw_arena_new(1024 * 1024);
    ck_assert_ptr_nonnull(arena);
    a = (struct gw_turn_source){.name = gw_text_of("a"), .position = 10};
    b = (struct gw_turn_source){.name = gw_text_of("b"), .position = GW_OFFSET_NONE};
    begin();
}

static void tear_down(void)
{
    gw_arena_free(arena);
}

static void assert_change(size_t index, const struct gw_turn_source *source, int64_t next, uint64_t mark)
{
    const struct gw_position_change *change = &changes.positions[index];

    ck_assert_uint_lt(index, changes.position_count);
    ck_assert(gw_text_equal(change->source, source->name));
    ck_assert_int_eq(change->expected, source->position);
    ck_assert_int_eq(change->next, next);
    ck_assert_uint_eq(change->mark, mark);
    ck_assert_uint_eq(change->has_mark, 1);
}

START_TEST(a_source_has_one_change_up_to_its_last_message)
{
    ck_assert(gw_turn_sources_note(&moved, &a, 11, 5));
    ck_assert(gw_turn_sources_note(&moved, &b, 1, 7));
    ck_assert(gw_turn_sources_note(&moved, &a, 13, 6));
    ck_assert(gw_turn_sources_add_changes(&moved, &changes));
    ck_assert_uint_eq(changes.position_count, 2);
    assert_change(0, &a, 13, 6);
    assert_change(1, &b, 1, 7);
}
END_TEST

START_TEST(a_source_moves_only_after_its_attempt_was_committed)
{
    ck_assert(gw_turn_sources_note(&moved, &a, 11, 5));
    begin();
    ck_assert(gw_turn_sources_note(&moved, &b, 1, 7));
    gw_turn_sources_move(&moved);
    ck_assert_int_eq(a.position, 10);
    ck_assert_int_eq(b.position, 1);
}
END_TEST

/* A source keeps its place of the attempt before, where another source may be now. */
START_TEST(an_attempt_knows_its_own_sources_from_those_of_the_attempt_before)
{
    ck_assert(gw_turn_sources_note(&moved, &a, 11, 5));
    begin();
    ck_assert(gw_turn_sources_note(&moved, &b, 1, 7));
    ck_assert(gw_turn_sources_note(&moved, &a, 12, 6));
    ck_assert(gw_turn_sources_add_changes(&moved, &changes));
    ck_assert_uint_eq(changes.position_count, 2);
    assert_change(0, &b, 1, 7);
    assert_change(1, &a, 12, 6);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("turn_source");
    TCase *tests = tcase_create("turn_source");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_source_has_one_change_up_to_its_last_message);
    tcase_add_test(tests, a_source_moves_only_after_its_attempt_was_committed);
    tcase_add_test(tests, an_attempt_knows_its_own_sources_from_those_of_the_attempt_before);
    suite_add_tcase(suite, tests);
    return suite;
}
