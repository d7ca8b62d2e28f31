/* SPDX-License-Identifier: Apache-2.0 */
/* What may name a product, an order or a batch. */
#include "check_main.h"
#include "domain/identifier.h"

#include <string.h>

static bool is_valid(const char *text)
{
    return gw_identifier_is_valid(text, strlen(text));
}

static struct gw_identifier make(const char *text)
{
    return gw_identifier_make(text, strlen(text));
}

START_TEST(an_identifier_may_have_any_format)
{
    ck_assert(is_valid("COMFY-CHAISE-LONGUE"));
    ck_assert(is_valid("CHEAP-CARPET-2"));
    ck_assert(is_valid(" "));
    ck_assert(is_valid("\"quoted\" \\ and <tagged>"));
    ck_assert(is_valid("\xc3\x84PFEL \xf0\x9f\x9a\xa2 \xc2\xa0"));
}
END_TEST

START_TEST(it_has_1_to_255_bytes)
{
    char text[257];

    memset(text, 'x', sizeof text);
    ck_assert(!gw_identifier_is_valid("", 0));
    ck_assert(gw_identifier_is_valid(text, 1));
    ck_assert(gw_identifier_is_valid(text, 255));
    ck_assert(!gw_identifier_is_valid(text, 256));
    ck_assert(!gw_identifier_is_valid(text, 257));
}
END_TEST

START_TEST(control_characters_and_invalid_utf8_are_refused)
{
    ck_assert(!is_valid("a\nb"));
    ck_assert(!is_valid("a-long-name-with-a-tab\t"));
    ck_assert(!is_valid("\x7f"));
    ck_assert(!is_valid("\xc2\x80"));
    ck_assert(!is_valid("\xc2\x9f"));
    ck_assert(!gw_identifier_is_valid("a\0b", 3));
    ck_assert(!is_valid("a-long-name-with-latin-1-\xe9"));
    ck_assert(!is_valid("\xed\xa0\x80"));
}
END_TEST

START_TEST(identifiers_are_equal_when_every_byte_is)
{
    char a[255], b[255];

    memset(a, 'x', sizeof a);
    memset(b, 'x', sizeof b);
    ck_assert(gw_identifier_equal(gw_identifier_make(a, 255), gw_identifier_make(b, 255)));
    ck_assert(!gw_identifier_equal(gw_identifier_make(a, 254), gw_identifier_make(b, 255)));
    b[254] = 'y';
    ck_assert(!gw_identifier_equal(gw_identifier_make(a, 255), gw_identifier_make(b, 255)));
    ck_assert(gw_identifier_equal(make("L"), make("L")));
}
END_TEST

START_TEST(identifiers_of_one_hash_are_told_apart_by_their_bytes)
{
    struct gw_identifier lamp = make("LAMP");
    struct gw_identifier sofa = make("SOFA");
    struct gw_identifier lamps = make("LAMPS");

    sofa.hash = lamps.hash = lamp.hash;
    ck_assert(!gw_identifier_equal(lamp, sofa));
    ck_assert(!gw_identifier_equal(lamp, lamps));
}
END_TEST

START_TEST(nothing_is_folded_trimmed_or_normalised)
{
    ck_assert(!gw_identifier_equal(make("LAMP"), make("lamp")));
    ck_assert(!gw_identifier_equal(make("LAMP"), make("LAMP ")));
    ck_assert(!gw_identifier_equal(make("\xc3\x84"), make("A\xcc\x88")));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("domain/identifier");
    TCase *tcase = tcase_create("identifier");

    tcase_add_test(tcase, an_identifier_may_have_any_format);
    tcase_add_test(tcase, it_has_1_to_255_bytes);
    tcase_add_test(tcase, control_characters_and_invalid_utf8_are_refused);
    tcase_add_test(tcase, identifiers_are_equal_when_every_byte_is);
    tcase_add_test(tcase, identifiers_of_one_hash_are_told_apart_by_their_bytes);
    tcase_add_test(tcase, nothing_is_folded_trimmed_or_normalised);
    suite_add_tcase(suite, tcase);
    return suite;
}
