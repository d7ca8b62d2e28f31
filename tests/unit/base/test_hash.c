/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes: the same for the same bytes, and spread well over the low bits that a table uses. */
#include "base/hash.h"
#include "check_main.h"

#include <stdio.h>
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

START_TEST(names_that_only_count_up_are_spread_over_the_low_bits)
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

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/hash");
    TCase *tcase = tcase_create("hash");

    tcase_add_test(tcase, the_hash_depends_on_the_bytes_alone_and_not_on_where_they_are);
    tcase_add_test(tcase, every_byte_counts_at_every_length);
    tcase_add_test(tcase, names_that_only_count_up_are_spread_over_the_low_bits);
    tcase_add_test(tcase, a_number_beside_a_name_counts);
    suite_add_tcase(suite, tcase);
    return suite;
}
