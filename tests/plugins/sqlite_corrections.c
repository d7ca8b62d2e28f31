/* SPDX-License-Identifier: Apache-2.0 */
/* Corrections by hand, with SQL, while a session has loaded the rows: its next change is a conflict. */
#include "scratch.h"
#include "sqlite_cases.h"
#include "sqlite_instance.h"

#include <stdio.h>

/* As the plugin's README has it. */
#define STAMP_OF(drawn) "(" drawn " & 4611686018427387903) + 1"
#define DRAW_STAMP      "UPDATE products SET stamp = " STAMP_OF("random()") " WHERE sku = 'LAMP';"

static struct instance instance;
static struct gw_session *session;
static const char *path;

static void begin(void)
{
    scratch_begin();
    path = scratch_path("gangway.db");
    instance_open(&instance, path, NULL);
    session = instance_begin(&instance);
    ck_assert_status(&instance, instance_step(&instance, session, 0, 0), GW_OK);
}

static void end(void)
{
    instance.ops->close_session(session);
    instance_close(&instance);
    scratch_end();
}

START_TEST(a_product_that_was_given_a_new_stamp_is_a_conflict_until_it_is_loaded_again)
{
    struct gw_product_snapshot product;

    ck_assert_int_eq(
        sql_run(path, "BEGIN IMMEDIATE; UPDATE batches SET eta = '2031-01-01' WHERE ref = 'b1';" DRAW_STAMP "COMMIT;"),
        SQLITE_OK);
    ck_assert_status(&instance, instance_step(&instance, session, 1, 0), GW_CONFLICT);
    ck_assert_says(&instance, "product LAMP");
    ck_assert_int_eq(instance_steps(&instance, session), 1);
    product = instance_product(&instance, session);
    ck_assert_int_eq(product.version, 1);
    ck_assert_int_ne(product.stamp, instance_stamp(1));
    ck_assert_status(&instance, instance_step_on(&instance, session, 1, product.stamp, 0), GW_OK);
    ck_assert_int_eq(instance_steps(&instance, session), 2);
    ck_assert_int_eq(sql_number(path, "SELECT eta = '2031-01-01' FROM batches"), 1);
}
END_TEST

START_TEST(whatever_number_is_drawn_by_hand_the_stamp_is_in_its_range)
{
    static const struct {
        const char *drawn;
        int64_t stamp;
    } draws[] = {
        {"-9223372036854775807 - 1", 1},
        {"0", 1},
        {"4611686018427387904", 1},
        {"9223372036854775807", GW_STAMP_MAX},
        {"-1", GW_STAMP_MAX},
    };

    for (size_t i = 0; i < sizeof draws / sizeof draws[0]; i++) {
        char sql[128];

        (void)snprintf(sql, sizeof sql, "SELECT " STAMP_OF("(%s)"), draws[i].drawn);
        ck_assert_int_eq(sql_number(path, sql), draws[i].stamp);
    }
}
END_TEST

START_TEST(a_quantity_that_was_changed_without_a_new_stamp_is_a_conflict_that_names_the_batch)
{
    ck_assert_int_eq(sql_run(path, "UPDATE batches SET purchased = 5"), SQLITE_OK);
    ck_assert_status(&instance, instance_step(&instance, session, 1, 0), GW_CONFLICT);
    ck_assert_says(&instance, "batch b1");
    ck_assert_int_eq(sql_number(path, "SELECT purchased FROM batches"), 5);
    ck_assert_int_eq(sql_number(path, "SELECT allocated FROM batches"), 1);
}
END_TEST

START_TEST(a_batch_that_was_deleted_is_a_conflict_that_names_it)
{
    ck_assert_int_eq(sql_run(path, "DELETE FROM batches"), SQLITE_OK);
    ck_assert_status(&instance, instance_step(&instance, session, 1, 0), GW_CONFLICT);
    ck_assert_says(&instance, "batch b1");
}
END_TEST

START_TEST(an_allocation_that_was_added_by_hand_is_a_conflict_that_names_its_order)
{
    ck_assert_int_eq(sql_run(path, "INSERT INTO allocations VALUES (99, 'o1', 'LAMP', 1, 'b1', 9, 0)"), SQLITE_OK);
    ck_assert_status(&instance, instance_step(&instance, session, 1, 0), GW_CONFLICT);
    ck_assert_says(&instance, "order o1");
}
END_TEST

TCase *sqlite_corrections_case(void)
{
    TCase *tests = tcase_create("corrections");

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_product_that_was_given_a_new_stamp_is_a_conflict_until_it_is_loaded_again);
    tcase_add_test(tests, whatever_number_is_drawn_by_hand_the_stamp_is_in_its_range);
    tcase_add_test(tests, a_quantity_that_was_changed_without_a_new_stamp_is_a_conflict_that_names_the_batch);
    tcase_add_test(tests, a_batch_that_was_deleted_is_a_conflict_that_names_it);
    tcase_add_test(tests, an_allocation_that_was_added_by_hand_is_a_conflict_that_names_its_order);
    return tests;
}
