/* SPDX-License-Identifier: Apache-2.0 */
/* How long the figures of removed components are kept. Times are the test's. */
#include "check_main.h"
#include "gateway/component_figures.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE = 60 * 1000 };

static struct gw_component_figures *list;

static void leave(const char *id, uint64_t sent, int64_t now_ms)
{
    struct gw_component_figures *figures = gw_component_figures_new(id, GW_SECTION_PUBLISHERS);

    ck_assert_ptr_nonnull(figures);
    figures->sent = sent;
    gw_component_figures_keep(&list, figures, now_ms);
}

/* context: the id of the only component that is there; NULL: none is. */
static bool is_present(const void *context, const char *id)
{
    return context != NULL && strcmp(context, id) == 0;
}

static void expire(int64_t now_ms, const char *present)
{
    gw_component_figures_expire(&list, now_ms, is_present, present);
}

static size_t count_of_list(void)
{
    size_t count = 0;

    for (const struct gw_component_figures *at = list; at != NULL; at = at->next)
        count++;
    return count;
}

static uint64_t sent_by(const char *id)
{
    const struct gw_component_figures *found = gw_component_figures_find(list, id);

    ck_assert_ptr_nonnull(found);
    return found->sent;
}

static void forget_list(void)
{
    gw_component_figures_free(list);
    list = NULL;
}

START_TEST(figures_of_one_id_are_added_up)
{
    leave("events", 3, 0);
    leave("more", 1, MINUTE);
    leave("events", 4, 2 * MINUTE);
    ck_assert_uint_eq(sent_by("events"), 7);
    ck_assert_uint_eq(count_of_list(), 2);
}
END_TEST

START_TEST(a_replacement_continues_the_rate_of_the_component_before_it)
{
    struct gw_component_figures *before = gw_component_figures_new("events", GW_SECTION_PUBLISHERS);
    struct gw_relay_figures old = {.sent = 300};
    struct gw_relay_figures new = {.sent = 200};
    struct gw_component_figures total = {0};
    double per_s = 0;

    gw_rate_begin(&old.sending, 1000);
    gw_rate_note(&old.sending, 300, 97500);
    gw_component_figures_add_relay(before, &old);
    gw_component_figures_keep(&list, before, 98000);
    gw_rate_begin(&new.sending, 98000);
    gw_rate_note(&new.sending, 200, 99000);
    gw_component_figures_add_relay(&total, &new);
    gw_component_figures_add(&total, list);
    ck_assert(gw_rate_per_s(&total.rate, 100000, &per_s));
    ck_assert_double_eq(per_s, 100.0);
}
END_TEST

START_TEST(figures_of_a_removed_id_are_dropped_an_hour_after_its_last_component_left)
{
    leave("events", 3, 0);
    leave("events", 4, 30 * MINUTE);
    expire(89 * MINUTE, NULL);
    ck_assert_uint_eq(sent_by("events"), 7);
    expire(90 * MINUTE, NULL);
    ck_assert_ptr_null(list);
}
END_TEST

START_TEST(figures_are_kept_as_long_as_there_is_a_component_of_their_id)
{
    leave("events", 3, 0);
    leave("more", 1, 0);
    expire(1000 * MINUTE, "events");
    ck_assert_uint_eq(sent_by("events"), 3);
    ck_assert_uint_eq(count_of_list(), 1);
}
END_TEST

START_TEST(of_many_removed_ids_the_last_64_are_kept)
{
    char id[16];

    leave("events", 3, 0);
    for (int number = 0; number < 10000; number++) {
        (void)snprintf(id, sizeof id, "id_%d", number);
        leave(id, 1, number);
        expire(number, "events");
        ck_assert_uint_le(count_of_list(), GW_GONE_MAX + 1);
    }
    ck_assert_uint_eq(sent_by("events"), 3);
    ck_assert_uint_eq(sent_by("id_9936"), 1);
    ck_assert_ptr_null(gw_component_figures_find(list, "id_9935"));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("component_figures");
    TCase *tests = tcase_create("component_figures");

    tcase_add_checked_fixture(tests, NULL, forget_list);
    tcase_add_test(tests, figures_of_one_id_are_added_up);
    tcase_add_test(tests, a_replacement_continues_the_rate_of_the_component_before_it);
    tcase_add_test(tests, figures_of_a_removed_id_are_dropped_an_hour_after_its_last_component_left);
    tcase_add_test(tests, figures_are_kept_as_long_as_there_is_a_component_of_their_id);
    tcase_add_test(tests, of_many_removed_ids_the_last_64_are_kept);
    suite_add_tcase(suite, tests);
    return suite;
}
