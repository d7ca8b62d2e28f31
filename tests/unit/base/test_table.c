/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table of pointers: it finds the entries that were added, and no others. */
#include "base/hash.h"
#include "base/table.h"
#include "check_main.h"

#include <string.h>

static struct gw_arena *arena;
static struct gw_table table;

static void set_up(void)
{
    arena = gw_arena_new(16 * 1024 * 1024);
    gw_table_init(&table, arena);
}

static void tear_down(void)
{
    gw_arena_free(arena);
}

static bool is_number(const void *entry, const void *key)
{
    return *(const int *)entry == *(const int *)key;
}

START_TEST(an_empty_table_has_no_memory_and_finds_nothing)
{
    int key = 1;

    ck_assert_ptr_null(gw_table_find(&table, 1, is_number, &key));
    ck_assert_uint_eq(gw_arena_used(arena), 0);
}
END_TEST

START_TEST(every_entry_of_many_is_found_and_no_other)
{
    static int numbers[50000];
    int i;

    for (i = 0; i < 50000; i++) {
        numbers[i] = 2 * i;
        ck_assert(gw_table_add(&table, gw_hash_with(0, (uint64_t)(2 * i)), &numbers[i]));
    }
    ck_assert_uint_eq(table.count, 50000);
    for (i = 0; i < 100000; i++) {
        const int *found = gw_table_find(&table, gw_hash_with(0, (uint64_t)i), is_number, &i);

        ck_assert_ptr_eq(found, i % 2 == 0 ? &numbers[i / 2] : NULL);
    }
}
END_TEST

START_TEST(entries_with_the_same_hash_are_distinguished_by_key)
{
    static int numbers[100];
    int i;

    for (i = 0; i < 100; i++) {
        numbers[i] = i;
        ck_assert(gw_table_add(&table, UINT32_MAX, &numbers[i]));
    }
    for (i = 0; i < 100; i++)
        ck_assert_ptr_eq(gw_table_find(&table, UINT32_MAX, is_number, &i), &numbers[i]);
    ck_assert_ptr_null(gw_table_find(&table, UINT32_MAX, is_number, &i));
}
END_TEST

START_TEST(a_table_that_cannot_grow_fails_and_keeps_its_entries)
{
    struct gw_arena *small = gw_arena_new(128);
    static int numbers[7] = {0, 1, 2, 3, 4, 5, 6};
    int i;

    gw_table_init(&table, small);
    for (i = 0; i < 6; i++)
        ck_assert(gw_table_add(&table, (uint32_t)i, &numbers[i]));
    ck_assert(!gw_table_add(&table, 6, &numbers[6]));
    for (i = 0; i < 6; i++)
        ck_assert_ptr_eq(gw_table_find(&table, (uint32_t)i, is_number, &i), &numbers[i]);
    gw_arena_free(small);
}
END_TEST

START_TEST(a_table_of_the_largest_size_takes_no_more)
{
    enum { LARGEST = 1 << 30 };
    int number = 0;

    table.capacity = LARGEST; /* the number of slots is 0, so the slots are not read */
    table.count = LARGEST - LARGEST / 4;
    ck_assert(!gw_table_add(&table, 0, &number));
    ck_assert_uint_eq(table.capacity, LARGEST);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/table");
    TCase *tcase = tcase_create("table");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, an_empty_table_has_no_memory_and_finds_nothing);
    tcase_add_test(tcase, every_entry_of_many_is_found_and_no_other);
    tcase_add_test(tcase, entries_with_the_same_hash_are_distinguished_by_key);
    tcase_add_test(tcase, a_table_that_cannot_grow_fails_and_keeps_its_entries);
    tcase_add_test(tcase, a_table_of_the_largest_size_takes_no_more);
    suite_add_tcase(suite, tcase);
    return suite;
}
