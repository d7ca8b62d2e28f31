/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes: the same for the same bytes, spread well over the low bits that a table uses, and keyed. */
#include "base/hash.h"
#include "check_main.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(the_hash_depends_on_the_bytes_alone_and_not_on_where_they_are)
{
    char place[300];
    size_t len, shift;

    for (len = 0; len <= 40; len++)
        for (shift = 0; shift < 8; shift++) {
            memset(place, 'x', sizeof place);
            memcpy(place + shift, "0123456789012345678901234567890123456789", len);
            ck_assert_uint_eq(gw_hash_bytes(place + shift, len),
                              gw_hash_bytes("0123456789012345678901234567890123456789", len));
        }
}
END_TEST

START_TEST(every_byte_counts_at_every_length)
{
    char bytes[64];
    size_t len, at;

    for (len = 1; len <= sizeof bytes; len++)
        for (at = 0; at < len; at++) {
            uint32_t hash;

            memset(bytes, 'a', sizeof bytes);
            hash = gw_hash_bytes(bytes, len);
            bytes[at] = 'b';
            ck_assert_msg(gw_hash_bytes(bytes, len) != hash, "byte %zu of %zu does not count", at, len);
        }
}
END_TEST

/* How many of 65,536 buckets as many names fill; chance fills about 63 %. Each is a number with text around it. */
static int filled_buckets(const char *before, const char *behind)
{
    static unsigned char buckets[65536];
    int i, filled = 0;

    memset(buckets, 0, sizeof buckets);
    for (i = 0; i < 65536; i++) {
        char name[128];
        int len = snprintf(name, sizeof name, "%s%d%s", before, i, behind);
        unsigned char *bucket = &buckets[gw_hash_bytes(name, (size_t)len) & 0xffff];

        filled += *bucket == 0;
        *bucket = 1;
    }
    return filled;
}

START_TEST(consecutive_names_are_distributed_over_the_low_bits)
{
    ck_assert_int_gt(filled_buckets("", ""), 40000);
    ck_assert_int_gt(filled_buckets("order-", ""), 40000);
    ck_assert_int_gt(filled_buckets("SMALL-TABLE-", ""), 40000);
    ck_assert_int_gt(filled_buckets("", "-warehouse-north"), 40000);
    ck_assert_int_gt(filled_buckets("a-rather-long-reference-of-a-batch-with-", "-inside-of-it"), 40000);
}
END_TEST

START_TEST(a_number_beside_a_name_counts)
{
    static unsigned char buckets[65536];
    uint32_t hash = gw_hash_bytes("order-1", 7);
    int i, filled = 0;

    for (i = 0; i < 65536; i++) {
        unsigned char *bucket = &buckets[gw_hash_with(hash, (uint64_t)i) & 0xffff];

        filled += *bucket == 0;
        *bucket = 1;
    }
    ck_assert_int_gt(filled, 40000);
}
END_TEST

/* ---- names that a stranger chose ---- */

enum { CHOSEN = 500, CHOSEN_LEN = 24 };

/* The step of wyhash, with its public constants. */
static uint64_t public_step(uint64_t state, uint64_t word)
{
    __extension__ unsigned __int128 product =
        (unsigned __int128)(state ^ word ^ UINT64_C(0xa0761d6478bd642f)) * UINT64_C(0xe7037ed1a0b428db);

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static bool is_printable(const char *bytes, size_t len)
{
    for (size_t at = 0; at < len; at++)
        if (bytes[at] < '!' || bytes[at] > '~')
            return false;
    return true;
}

/* The next name whose second word cancels the effect of the first on the state: without a key, all of them collide. */
static void next_chosen_name(uint32_t *counter, char name[CHOSEN_LEN + 1])
{
    uint64_t second;

    do {
        uint64_t first;

        (void)snprintf(name, CHOSEN_LEN + 1, "%08x", (*counter)++);
        memcpy(&first, name, sizeof first);
        second = public_step(CHOSEN_LEN * UINT64_C(0x9e3779b97f4a7c15), first) ^ UINT64_C(0x4242424242424242);
        memcpy(name + 8, &second, sizeof second);
    } while (!is_printable(name + 8, sizeof second));
    memcpy(name + 16, "the-same", 9);
}

static int compare_hashes(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

START_TEST(names_that_were_chosen_to_collide_do_not)
{
    static uint32_t hashes[CHOSEN];
    uint32_t counter = 0;
    int at, distinct = 1;

    for (at = 0; at < CHOSEN; at++) {
        char name[CHOSEN_LEN + 1];

        next_chosen_name(&counter, name);
        hashes[at] = gw_hash_bytes(name, CHOSEN_LEN);
    }
    qsort(hashes, CHOSEN, sizeof hashes[0], compare_hashes);
    for (at = 1; at < CHOSEN; at++)
        distinct += hashes[at] != hashes[at - 1];
    ck_assert_int_ge(distinct, CHOSEN - 2);
}
END_TEST

START_TEST(hashes_depend_on_the_key)
{
    uint32_t before[3] = {gw_hash_bytes("order-1", 7), gw_hash_bytes("a-reference-of-a-batch", 22), gw_hash_with(1, 2)};
    uint32_t same;

    gw_hash_draw_key();
    same = (uint32_t)(gw_hash_bytes("order-1", 7) == before[0]) +
           (uint32_t)(gw_hash_bytes("a-reference-of-a-batch", 22) == before[1]) +
           (uint32_t)(gw_hash_with(1, 2) == before[2]);
    ck_assert_uint_lt(same, 2);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/hash");
    TCase *tcase = tcase_create("hash");

    tcase_add_test(tcase, the_hash_depends_on_the_bytes_alone_and_not_on_where_they_are);
    tcase_add_test(tcase, every_byte_counts_at_every_length);
    tcase_add_test(tcase, consecutive_names_are_distributed_over_the_low_bits);
    tcase_add_test(tcase, a_number_beside_a_name_counts);
    tcase_add_test(tcase, names_that_were_chosen_to_collide_do_not);
    tcase_add_test(tcase, hashes_depend_on_the_key);
    suite_add_tcase(suite, tcase);
    return suite;
}
