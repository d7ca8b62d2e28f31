/* SPDX-License-Identifier: Apache-2.0 */
/* What a turn may expect of its memory. */
#include "base/arena.h"
#include "check_main.h"

#include <stdint.h>
#include <string.h>

static struct gw_arena *arena;

static void set_up(void)
{
    arena = gw_arena_new(64 * 1024 * 1024);
    ck_assert_ptr_nonnull(arena);
}

static void tear_down(void)
{
    gw_arena_free(arena);
}

START_TEST(allocations_are_aligned_for_any_type_and_do_not_overlap)
{
    char *ptrs[200];
    size_t i, at;

    for (i = 0; i < 200; i++) {
        ptrs[i] = gw_arena_alloc(arena, i);
        ck_assert_ptr_nonnull(ptrs[i]);
        ck_assert_uint_eq((uintptr_t)ptrs[i] % _Alignof(max_align_t), 0);
        memset(ptrs[i], (int)i, i);
    }
    for (i = 0; i < 200; i++)
        for (at = 0; at < i; at++)
            ck_assert_int_eq((unsigned char)ptrs[i][at], (int)i);
}
END_TEST

START_TEST(an_allocation_may_be_larger_than_any_block)
{
    char *small = gw_arena_alloc(arena, 16);
    char *large = gw_arena_alloc(arena, 5 * 1024 * 1024);
    char *behind = gw_arena_alloc(arena, 16);

    ck_assert(small != NULL && large != NULL && behind != NULL);
    memset(large, 'x', 5 * 1024 * 1024);
    strcpy(small, "small");
    strcpy(behind, "behind");
    ck_assert_int_eq(large[0], 'x');
    ck_assert_int_eq(large[5 * 1024 * 1024 - 1], 'x');
}
END_TEST

START_TEST(no_more_than_the_maximum_is_handed_out_between_two_resets)
{
    struct gw_arena *small = gw_arena_new(1024);
    size_t count = 0;

    while (gw_arena_alloc(small, 16) != NULL)
        count++;
    ck_assert_uint_eq(count, 64);
    ck_assert_uint_eq(gw_arena_used(small), 1024);
    ck_assert(gw_arena_is_full(small));
    gw_arena_reset(small, SIZE_MAX);
    ck_assert(!gw_arena_is_full(small));
    ck_assert_uint_eq(gw_arena_used(small), 0);
    ck_assert_ptr_null(gw_arena_alloc(small, 1025));
    ck_assert_ptr_nonnull(gw_arena_alloc(small, 1024));
    gw_arena_free(small);
}
END_TEST

START_TEST(a_size_near_the_end_of_the_address_space_is_refused)
{
    struct gw_arena *boundless = gw_arena_new(SIZE_MAX);

    ck_assert_ptr_null(gw_arena_alloc(boundless, SIZE_MAX - 8));
    ck_assert_ptr_null(gw_arena_alloc(boundless, SIZE_MAX / 2 + 1));
    ck_assert_ptr_null(gw_arena_alloc(arena, SIZE_MAX));
    ck_assert_ptr_null(gw_arena_copy(arena, "", SIZE_MAX));
    ck_assert_ptr_nonnull(gw_arena_alloc(arena, 1));
    gw_arena_free(boundless);
}
END_TEST

START_TEST(a_cleared_allocation_is_clear_on_memory_that_was_used_before)
{
    char *ptr = gw_arena_alloc(arena, 256);
    static const char zeros[256];

    memset(ptr, 0xff, 256);
    gw_arena_reset(arena, SIZE_MAX);
    ptr = gw_arena_alloc_zero(arena, 256);
    ck_assert_mem_eq(ptr, zeros, 256);
}
END_TEST

START_TEST(a_copy_ends_with_a_nul_byte)
{
    char *copy = gw_arena_copy(arena, "LAMP and more", 4);

    ck_assert_str_eq(copy, "LAMP");
    ck_assert_str_eq(gw_arena_copy(arena, NULL, 0), "");
}
END_TEST

START_TEST(a_worker_in_steady_state_gets_the_same_memory_again)
{
    void *first = gw_arena_alloc(arena, 100);

    gw_arena_reset(arena, SIZE_MAX);
    ck_assert_ptr_eq(gw_arena_alloc(arena, 100), first);
}
END_TEST

START_TEST(after_a_reset_all_blocks_serve_again_in_any_order_of_sizes)
{
    int turn, i;

    for (turn = 0; turn < 3; turn++) {
        for (i = 0; i < 40; i++) {
            char *ptr = gw_arena_alloc(arena, (size_t)(i % 3 == turn ? 300000 : 100));

            ck_assert_ptr_nonnull(ptr);
            memset(ptr, i, 100);
        }
        gw_arena_reset(arena, turn == 1 ? 500000 : SIZE_MAX);
    }
}
END_TEST

START_TEST(a_reset_that_keeps_nothing_leaves_a_usable_arena)
{
    gw_arena_alloc(arena, 100);
    gw_arena_reset(arena, 0);
    ck_assert_ptr_nonnull(gw_arena_alloc(arena, 100));
    gw_arena_free(NULL);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/arena");
    TCase *tcase = tcase_create("arena");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, allocations_are_aligned_for_any_type_and_do_not_overlap);
    tcase_add_test(tcase, an_allocation_may_be_larger_than_any_block);
    tcase_add_test(tcase, no_more_than_the_maximum_is_handed_out_between_two_resets);
    tcase_add_test(tcase, a_size_near_the_end_of_the_address_space_is_refused);
    tcase_add_test(tcase, a_cleared_allocation_is_clear_on_memory_that_was_used_before);
    tcase_add_test(tcase, a_copy_ends_with_a_nul_byte);
    tcase_add_test(tcase, a_worker_in_steady_state_gets_the_same_memory_again);
    tcase_add_test(tcase, after_a_reset_all_blocks_serve_again_in_any_order_of_sizes);
    tcase_add_test(tcase, a_reset_that_keeps_nothing_leaves_a_usable_arena);
    suite_add_tcase(suite, tcase);
    return suite;
}
