/* SPDX-License-Identifier: Apache-2.0 */
/* Views: the answers to queries about stock, as cells and as JSON. The repository has rows of the test's own. */
#include "check_main.h"
#include "service/views.h"

#include <string.h>

struct rows {
    const struct gw_view_row *items;
    size_t count;
    enum gw_status status; /* of the query */
    uint32_t asked_view;
    int64_t asked_qty;
};

static enum gw_status query(struct gw_session *session, uint32_t view, const struct gw_view_arguments *arguments,
                            const struct gw_view_visitor *visitor, struct gw_error *reterr)
{
    struct rows *rows = (struct rows *)session; /* the tests' own repository */

    rows->asked_view = view;
    rows->asked_qty = arguments->qty;
    if (rows->status != GW_OK)
        return gw_error_set(reterr, rows->status, "the database is away");
    for (size_t i = 0; i < rows->count; i++) {
        enum gw_status status = visitor->row(visitor->context, &rows->items[i]);

        if (status != GW_OK)
            return status;
    }
    return GW_OK;
}

static const struct gw_repository_ops repository = {.size = sizeof repository, .query = query};

static struct gw_view_row row(const char *sku, const char *ref, int64_t qty, int32_t eta)
{
    return (struct gw_view_row){.sku = gw_text_of(sku), .ref = gw_text_of(ref), .qty = qty, .eta = eta};
}

/* The answer to a question, as JSON; or the error's text. */
static const char *answer(struct rows *rows, const char *view, const char *argument, int64_t qty)
{
    static char text[1024];
    struct gw_view_question question = {gw_view_find(gw_text_of(view), qty != 0), gw_text_of(argument), qty};
    struct gw_error error = {0};
    struct gw_buffer buffer;

    ck_assert_ptr_nonnull(question.spec);
    gw_buffer_init(&buffer, sizeof text - 1);
    if (gw_view_answer(&question, &repository, (struct gw_session *)rows, &buffer, &error) == GW_OK)
        (void)snprintf(text, sizeof text, "%s", buffer.ptr);
    else
        (void)snprintf(text, sizeof text, "%s: %s", gw_status_word(error.status), error.text);
    gw_buffer_done(&buffer);
    return text;
}

START_TEST(allocations_are_a_list_of_sku_and_batch_in_the_order_of_the_repository)
{
    const struct gw_view_row items[] = {row("VASE", "b2", 1, 0), row("LAMP", "b1", 2, 20260131)};
    struct rows rows = {.items = items, .count = 2};

    ck_assert_str_eq(answer(&rows, "allocations", "o1", 0),
                     "[{\"sku\": \"VASE\", \"batchref\": \"b2\"}, {\"sku\": \"LAMP\", \"batchref\": \"b1\"}]");
    ck_assert_uint_eq(rows.asked_view, GW_VIEW_ALLOCATIONS);
}
END_TEST

START_TEST(availability_adds_up_the_batches_and_shows_each_with_its_eta)
{
    const struct gw_view_row items[] = {row("LAMP", "now", 2147483647, 0), row("LAMP", "later", 2147483647, 20260131)};
    struct rows rows = {.items = items, .count = 2};

    ck_assert_str_eq(answer(&rows, "availability", "LAMP", 0),
                     "{\"sku\": \"LAMP\", \"available\": 4294967294, \"batches\": ["
                     "{\"batchref\": \"now\", \"eta\": null, \"available\": 2147483647}, "
                     "{\"batchref\": \"later\", \"eta\": \"2026-01-31\", \"available\": 2147483647}]}");
}
END_TEST

START_TEST(availability_of_a_quantity_answers_that_quantity_and_not_what_the_batch_has)
{
    const struct gw_view_row items[] = {row("LAMP", "later", 90, 20260131)};
    struct rows rows = {.items = items, .count = 1};

    ck_assert_str_eq(answer(&rows, "availability", "LAMP", 4),
                     "{\"sku\": \"LAMP\", \"qty\": 4, \"batchref\": \"later\", \"eta\": \"2026-01-31\"}");
    ck_assert_int_eq(rows.asked_qty, 4);
    ck_assert_uint_eq(rows.asked_view, GW_VIEW_FIRST_FIT);
}
END_TEST

START_TEST(an_empty_answer_is_not_found_with_a_text)
{
    struct rows rows = {0};

    ck_assert_str_eq(answer(&rows, "allocations", "o1", 0), "not found: nothing is allocated for order o1");
    ck_assert_str_eq(answer(&rows, "availability", "LAMP", 0), "not found: nobody has the SKU LAMP");
    ck_assert_str_eq(answer(&rows, "availability", "LAMP", 9), "not found: no batch could take as many of LAMP");
}
END_TEST

START_TEST(an_invalid_identifier_is_refused_without_a_query)
{
    struct rows rows = {0};

    ck_assert_ptr_nonnull(strstr(answer(&rows, "allocations", "", 0), "invalid: ORDERID must be 1 to 255 bytes"));
    ck_assert_ptr_nonnull(strstr(answer(&rows, "availability", "a\nb", 0), "invalid: SKU must be"));
    ck_assert_ptr_nonnull(strstr(answer(&rows, "availability", "LAMP", -1), "a whole number from 1 to 2147483647"));
    ck_assert_ptr_nonnull(strstr(answer(&rows, "availability", "LAMP", INT64_C(1) << 31), "from 1 to 2147483647"));
    ck_assert_uint_eq(rows.asked_view, 0);
}
END_TEST

START_TEST(the_error_of_an_unreachable_repository_is_passed_on)
{
    struct rows rows = {.status = GW_TRANSIENT};

    ck_assert_str_eq(answer(&rows, "allocations", "o1", 0), "transient: the database is away");
}
END_TEST

START_TEST(names_from_outside_are_escaped)
{
    const struct gw_view_row items[] = {row("a\"b\\c", "b1", 1, 0)};
    struct rows rows = {.items = items, .count = 1};

    ck_assert_str_eq(answer(&rows, "allocations", "o1", 0), "[{\"sku\": \"a\\\"b\\\\c\", \"batchref\": \"b1\"}]");
}
END_TEST

START_TEST(an_answer_above_the_limit_fails)
{
    const struct gw_view_row items[] = {row("LAMP", "b1", 1, 0)};
    struct rows rows = {.items = items, .count = 1};
    struct gw_view_question question = {gw_view_find(gw_text_of("allocations"), false), gw_text_of("o1"), 0};
    struct gw_error error = {0};
    struct gw_buffer buffer;

    static const char expected[] = "[{\"sku\": \"LAMP\", \"batchref\": \"b1\"}]";

    for (size_t max = 1; max < sizeof expected; max++) {
        bool is_enough = max == sizeof expected - 1;

        gw_buffer_init(&buffer, max);
        ck_assert_int_eq(gw_view_answer(&question, &repository, (struct gw_session *)&rows, &buffer, &error),
                         is_enough ? GW_OK : GW_NOMEM);
        if (is_enough)
            ck_assert_str_eq(buffer.ptr, expected);
        gw_buffer_done(&buffer);
    }
}
END_TEST

static enum gw_status keep_row(void *context, const char *const *cells)
{
    char *kept = context;

    (void)sprintf(kept + strlen(kept), "%s %s %s;", cells[0], cells[1] != NULL ? cells[1] : "-", cells[2]);
    return GW_OK;
}

START_TEST(a_batch_is_a_row_of_cells_and_warehouse_stock_has_no_eta)
{
    const struct gw_view_row items[] = {row("LAMP", "now", 5, 0), row("LAMP", "later", 7, 20260131)};
    struct rows rows = {.items = items, .count = 2};
    struct gw_view_question question = {gw_view_find(gw_text_of("availability"), false), gw_text_of("LAMP"), 0};
    char kept[128] = "";
    struct gw_view_table_visitor visitor = {kept, keep_row};
    struct gw_error error = {0};

    ck_assert_int_eq(gw_view_tell(&question, &repository, (struct gw_session *)&rows, &visitor, &error), GW_OK);
    ck_assert_str_eq(kept, "now - 5;later 2026-01-31 7;");
}
END_TEST

START_TEST(only_existing_views_are_found)
{
    ck_assert_ptr_null(gw_view_find(gw_text_of("stock"), false));
    ck_assert_ptr_null(gw_view_find(gw_text_of("allocations"), true));
    ck_assert(gw_view_is_list(gw_view_find(gw_text_of("allocations"), false)));
    ck_assert(!gw_view_is_list(gw_view_find(gw_text_of("availability"), false)));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("views");
    TCase *tcase = tcase_create("views");

    tcase_add_test(tcase, allocations_are_a_list_of_sku_and_batch_in_the_order_of_the_repository);
    tcase_add_test(tcase, availability_adds_up_the_batches_and_shows_each_with_its_eta);
    tcase_add_test(tcase, availability_of_a_quantity_answers_that_quantity_and_not_what_the_batch_has);
    tcase_add_test(tcase, an_empty_answer_is_not_found_with_a_text);
    tcase_add_test(tcase, an_invalid_identifier_is_refused_without_a_query);
    tcase_add_test(tcase, the_error_of_an_unreachable_repository_is_passed_on);
    tcase_add_test(tcase, names_from_outside_are_escaped);
    tcase_add_test(tcase, an_answer_above_the_limit_fails);
    tcase_add_test(tcase, a_batch_is_a_row_of_cells_and_warehouse_stock_has_no_eta);
    tcase_add_test(tcase, only_existing_views_are_found);
    suite_add_tcase(suite, tcase);
    return suite;
}
