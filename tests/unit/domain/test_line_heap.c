/* SPDX-License-Identifier: Apache-2.0 */
/* The newest line of a batch, however its lines came and went. */
#include "check_main.h"
#include "domain/line_heap.h"

enum { LINES = 1000 };

static struct gw_arena *arena;
static struct gw_line_heap heap;
static struct gw_held_line lines[LINES];

static void set_up(void)
{
    arena = gw_arena_new(1024 * 1024);
    heap = (struct gw_line_heap){0};
}

static void tear_down(void)
{
    gw_arena_free(arena);
}

static void add(int i, int64_t seq)
{
    lines[i].seq = seq;
    ck_assert(gw_line_heap_add(&heap, arena, &lines[i]));
}

START_TEST(a_batch_without_lines_has_no_newest)
{
    ck_assert_ptr_null(gw_line_heap_newest(&heap));
    ck_assert_ptr_null(gw_line_heap_take(&heap));
}
END_TEST

START_TEST(lines_come_off_newest_first_in_whatever_order_they_came)
{
    int i;

    for (i = 0; i < LINES; i++)
        add(i, 1 + i * 617 % LINES); /* 617 and 1000 have no divisor in common: every number from 1 to 1000 */
    for (i = LINES; i > 0; i--) {
        struct gw_held_line *newest = gw_line_heap_newest(&heap);

        ck_assert_int_eq(newest->seq, i);
        ck_assert_ptr_eq(gw_line_heap_newest(&heap), newest);
        newest->seq = 0;
    }
    ck_assert_ptr_null(gw_line_heap_newest(&heap));
}
END_TEST

START_TEST(a_line_that_left_from_the_middle_is_passed_over)
{
    add(0, 1);
    add(1, 2);
    add(2, 3);
    lines[1].seq = 0;
    lines[2].seq = 0;
    ck_assert_ptr_eq(gw_line_heap_newest(&heap), &lines[0]);
}
END_TEST

START_TEST(a_line_that_came_back_counts_from_its_return)
{
    add(0, 1);
    add(1, 2);
    lines[0].seq = 0;
    add(0, 3);
    ck_assert_ptr_eq(gw_line_heap_newest(&heap), &lines[0]);
    lines[0].seq = 0;
    ck_assert_ptr_eq(gw_line_heap_newest(&heap), &lines[1]);
    lines[1].seq = 0;
    ck_assert_ptr_null(gw_line_heap_newest(&heap));
}
END_TEST

START_TEST(a_heap_without_memory_fails_and_keeps_its_lines)
{
    struct gw_arena *small = gw_arena_new(200);
    int i = 0;

    do
        lines[i].seq = i + 1;
    while (gw_line_heap_add(&heap, small, &lines[i]) && ++i < LINES);
    ck_assert_int_lt(i, LINES);
    ck_assert_ptr_eq(gw_line_heap_newest(&heap), &lines[i - 1]);
    gw_arena_free(small);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("domain/line_heap");
    TCase *tcase = tcase_create("line_heap");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_batch_without_lines_has_no_newest);
    tcase_add_test(tcase, lines_come_off_newest_first_in_whatever_order_they_came);
    tcase_add_test(tcase, a_line_that_left_from_the_middle_is_passed_over);
    tcase_add_test(tcase, a_line_that_came_back_counts_from_its_return);
    tcase_add_test(tcase, a_heap_without_memory_fails_and_keeps_its_lines);
    suite_add_tcase(suite, tcase);
    return suite;
}
