/* SPDX-License-Identifier: Apache-2.0 */
/* Which effects of a changeset are stored together. */
#include "check_main.h"

#include <gangway/sdk/effect_blocks.h>

#include <stdio.h>
#include <stdlib.h>

enum { EFFECTS_MAX = 2 * GW_BLOCK_EVENTS + 8 };

static struct gw_effect effects[EFFECTS_MAX];
static struct gw_product_change product;
static struct gw_changeset set;
static struct gw_effect_blocks blocks;
static struct gw_error error;
static char described[256];

/* A letter for each effect: its destination. */
static void given(const char *destinations)
{
    product = (struct gw_product_change){.sku = gw_text_of("LAMP")};
    set = (struct gw_changeset){.size = sizeof set, .products = {&product, 1, sizeof product}};
    set.effects = (struct gw_array){effects, (uint32_t)strlen(destinations), sizeof *effects};
    for (uint32_t i = 0; i < set.effects.count; i++)
        effects[i] = (struct gw_effect){.destination = gw_text_span(destinations + i, 1), .id = gw_text_of("id")};
}

/* "0 2,1" for a block of the effects 0 and 2 and one of effect 1. */
static const char *divided(void)
{
    size_t len = 0;

    described[0] = '\0';
    ck_assert_uint_eq(gw_effect_blocks_make(&set, &blocks, &error), GW_OK);
    for (uint32_t i = 0; i < blocks.count; i++)
        for (uint32_t at = blocks.items[i].first, k = 0; k < blocks.items[i].count; at = blocks.next[at], k++)
            len += (size_t)snprintf(described + len, sizeof described - len, "%s%u",
                                    k > 0   ? " "
                                    : i > 0 ? ","
                                            : "",
                                    at);
    gw_effect_blocks_done(&blocks);
    return described;
}

START_TEST(each_destination_has_a_block_with_its_effects_in_their_order)
{
    given("");
    ck_assert_str_eq(divided(), "");
    given("a");
    ck_assert_str_eq(divided(), "0");
    given("abacba");
    ck_assert_str_eq(divided(), "0 2 5,1 4,3");
}
END_TEST

START_TEST(a_block_has_at_most_a_thousand_effects)
{
    static char destinations[EFFECTS_MAX + 1];

    memset(destinations, 'a', 2 * GW_BLOCK_EVENTS + 1);
    destinations[3] = 'b';
    given(destinations);
    ck_assert_uint_eq(gw_effect_blocks_make(&set, &blocks, &error), GW_OK);
    ck_assert_uint_eq(blocks.count, 3);
    ck_assert_uint_eq(blocks.items[0].count, GW_BLOCK_EVENTS);
    ck_assert_uint_eq(blocks.items[1].first, 3);
    ck_assert_uint_eq(blocks.items[2].first, GW_BLOCK_EVENTS + 1);
    ck_assert_uint_eq(blocks.items[2].count, GW_BLOCK_EVENTS);
    gw_effect_blocks_done(&blocks);
}
END_TEST

START_TEST(a_block_has_at_most_a_mebibyte_unless_one_effect_has_more)
{
    static char bytes[2 * GW_BLOCK_BYTES];

    given("aaaabaa");
    effects[1].payload = gw_text_span(bytes, GW_BLOCK_BYTES - 100);
    effects[2].payload = gw_text_span(bytes, sizeof bytes);
    effects[6].payload = gw_text_span(bytes, 200);
    ck_assert_str_eq(divided(), "0 1,2,3 5 6,4");
    effects[5].payload = gw_text_span(bytes, GW_BLOCK_BYTES - 100);
    ck_assert_str_eq(divided(), "0 1,2,3 5,4,6");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("effect_blocks");
    TCase *tests = tcase_create("effect_blocks");

    tcase_add_test(tests, each_destination_has_a_block_with_its_effects_in_their_order);
    tcase_add_test(tests, a_block_has_at_most_a_thousand_effects);
    tcase_add_test(tests, a_block_has_at_most_a_mebibyte_unless_one_effect_has_more);
    suite_add_tcase(suite, tests);
    return suite;
}
