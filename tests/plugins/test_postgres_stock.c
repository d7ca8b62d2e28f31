/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres_repository: load and apply on a server that others use too: what they cost, whom they wait for, and what
 * they see then. Run beside a server, by support/with_postgres. What any repository must do is in the port's contract
 * suite.
 */
#include "postgres_instance.h"

#include "check_main.h"

#include <stdio.h>
#include <stdlib.h>

#define T(string) gw_text_of(string)

enum { TIMEOUT_MS = 60000, PLENTY = 1 << 30 };

static struct instance repo;
static PGconn *beside;

static void setup(void)
{
    instance_open(&repo, TIMEOUT_MS);
    beside = sql_open(&repo);
}

static void teardown(void)
{
    PQfinish(beside);
    instance_close(&repo);
}

static enum gw_status ignore_product(void *context, const struct gw_product_snapshot *product)
{
    (void)context, (void)product;
    return GW_OK;
}

static enum gw_status ignore_batch(void *context, const struct gw_batch_snapshot *batch)
{
    (void)context, (void)batch;
    return GW_OK;
}

static enum gw_status count_line(void *context, const struct gw_line_snapshot *line)
{
    (void)line;
    ++*(int *)context;
    return GW_OK;
}

static enum gw_status load(const struct gw_load_request *request, int *ret_lines)
{
    struct gw_load_visitor visitor = {sizeof visitor, 0, ret_lines, ignore_product, ignore_batch, count_line, NULL};

    *ret_lines = 0;
    return repo.ops->load(repo.session, request, &visitor, &repo.error);
}

/* ---- what it costs --------------------------------------------------------------------------------------------- */

enum { VERSION = 1000000, MANY_LINES = 200000, MANY_BATCHES = 20000 };

/* A product at VERSION with one batch that holds so many lines, and others that are full; and as many other products.
 */
static void given_history(const char *sku, const char *ref, int lines, int full_batches)
{
    PGconn *pg = sql_open(&repo);
    char sql[512];

    instance_product(&repo, sku, ref);
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO allocations (number, seq, product, batch, qty, orderid)"
                   " SELECT -n, n + 1, product, id, 1, ref || '-' || n FROM batches, generate_series(1, %d) AS n"
                   " WHERE ref = '%s'",
                   lines, ref);
    (void)sql_value(pg, sql);
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO batches (product, ref, purchased, allocated, created)"
                   " SELECT product, 'full-' || n, 10, 10, n FROM batches, generate_series(2, %d) AS n"
                   " WHERE ref = '%s'",
                   full_batches, ref);
    (void)sql_value(pg, sql);
    (void)snprintf(sql, sizeof sql, "UPDATE products SET version = %d WHERE sku = '%s'", VERSION, sku);
    (void)sql_value(pg, sql);
    (void)snprintf(sql, sizeof sql, "UPDATE batches SET allocated = %d WHERE ref = '%s'", VERSION, ref);
    (void)sql_value(pg, sql);
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO products (sku, version) SELECT '%s-' || n, 1 FROM generate_series(2, %d) AS n", sku,
                   full_batches);
    (void)sql_value(pg, sql);
    sql_close(pg, beside);
}

/* Three lines have to go, one leaves, one comes. */
static void load_and_apply(const char *sku, const char *ref, const char *held)
{
    int lines = 0;
    struct gw_product_request product = {T(sku), 1, 16, 0};
    struct gw_batch_request batch = {T(ref), VERSION - 3};
    struct gw_line_request line_requests[2] = {{T(sku), T(held), 1}, {T(sku), T("nobody's"), 1}};
    struct gw_id_request id = {{1}};
    struct gw_load_request request = {
        .size = sizeof request,
        .products = {&product, 1, sizeof product},
        .batches = {&batch, 1, sizeof batch},
        .lines = {line_requests, 2, sizeof line_requests[0]},
        .ids = {&id, 1, sizeof id},
    };
    struct gw_position_change position = {.source = T(sku), .expected = GW_OFFSET_NONE, .next = 1};
    struct gw_product_change change = {.sku = T(sku), .expected = VERSION, .version = VERSION + 2};
    struct gw_batch_update update = {
        .ref = T(ref), .old_purchased = PLENTY, .old_allocated = VERSION, .purchased = PLENTY, .allocated = VERSION};
    struct gw_line_delete leaves = {0, 0, T(held), 1};
    struct gw_line_insert comes = {0, 0, T(held), 2, T(ref), VERSION + 2};
    struct gw_text absent = T("nowhere");
    struct gw_id_change known = {.outcome = GW_OUTCOME_APPLIED};
    struct gw_effect effect = {.destination = T("events")};
    struct gw_changeset set = {
        .size = sizeof set,
        .positions = {&position, 1, sizeof position},
        .products = {&change, 1, sizeof change},
        .absent_refs = {&absent, 1, sizeof absent},
        .ids = {&known, 1, sizeof known},
        .batch_updates = {&update, 1, sizeof update},
        .line_deletes = {&leaves, 1, sizeof leaves},
        .line_inserts = {&comes, 1, sizeof comes},
        .effects = {&effect, 1, sizeof effect},
    };

    known.id[0] = (uint8_t)ref[0];
    ck_assert_status(&repo, load(&request, &lines), GW_OK);
    ck_assert_int_eq(lines, 4);
    ck_assert_status(&repo, instance_apply(&repo, &set), GW_OK);
}

#define OF_STATISTICS "::bigint FROM pg_stat_user_"
#define OF_OURS       " WHERE schemaname = current_schema AND relname <> 'schema_state'"

static void leave_statistics_alone(void)
{
    static const char *const tables[] = {"products", "batches",     "allocations",  "positions",
                                         "inbox",    "inbox_turns", "outbox_blocks"};
    char sql[128];

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        (void)snprintf(sql, sizeof sql, "ALTER TABLE %s SET (autovacuum_enabled = off)", tables[i]);
        (void)sql_value(beside, sql);
    }
}

/* The session keeps plans that were made when the tables were almost empty. In the second run the planner gets new
 * statistics, and makes new plans. */
START_TEST(a_turn_reads_little_whatever_is_behind_it)
{
    static const char scans[] = /* the running time is one row, read as a whole */
        "SELECT sum(seq_scan)" OF_STATISTICS "tables" OF_OURS " AND relname <> 'running_time'";
    int64_t rows_before, scans_before;

    leave_statistics_alone();
    given_history("WARM", "warm", 20, 1);
    (void)sql_value(beside, "ANALYZE products, batches, allocations, positions, inbox, inbox_turns, outbox_blocks");
    load_and_apply("WARM", "warm", "warm-7");
    given_history("LARGE", "large", MANY_LINES, MANY_BATCHES);
    if (_i > 0)
        (void)sql_value(beside, "ANALYZE products, batches, allocations, positions, inbox, inbox_turns, outbox_blocks");
    rows_before = sql_rows_read(beside);
    scans_before = sql_number(beside, scans);
    load_and_apply("LARGE", "large", "large-7");
    sql_end_others(beside);
    ck_assert_int_gt(sql_rows_read(beside) - rows_before, 10);
    ck_assert_int_lt(sql_rows_read(beside) - rows_before, 150); /* the first turn's may be counted only now */
    ck_assert_int_eq(sql_number(beside, scans), scans_before);
}
END_TEST

enum { TURNS = 30, PRODUCTS = 100 };

START_TEST(updates_stay_within_their_page)
{
    struct gw_product_change products[PRODUCTS];
    struct gw_batch_update updates[PRODUCTS];
    struct gw_position_change position = {.source = T("orders")};
    struct gw_changeset set = {
        .size = sizeof set,
        .positions = {&position, 1, sizeof position},
        .products = {products, PRODUCTS, sizeof products[0]},
        .batch_updates = {updates, PRODUCTS, sizeof updates[0]},
    };
    char skus[PRODUCTS][16];

    for (uint32_t i = 0; i < PRODUCTS; i++) {
        (void)snprintf(skus[i], sizeof skus[i], "SKU-%04u", i);
        instance_product(&repo, skus[i], skus[i]);
    }
    for (int turn = 0; turn < TURNS; turn++) {
        position.expected = turn - 1;
        position.next = turn;
        for (uint32_t i = 0; i < PRODUCTS; i++) {
            products[i] = (struct gw_product_change){.sku = T(skus[i]), .expected = turn + 1, .version = turn + 2};
            updates[i] = (struct gw_batch_update){.product = i,
                                                  .ref = T(skus[i]),
                                                  .old_purchased = PLENTY,
                                                  .old_allocated = turn,
                                                  .purchased = PLENTY,
                                                  .allocated = turn + 1};
        }
        ck_assert_status(&repo, instance_apply(&repo, &set), GW_OK);
    }
    sql_end_others(beside);
    ck_assert_int_eq(sql_number(beside, "SELECT sum(n_tup_upd)" OF_STATISTICS "tables" OF_OURS),
                     2 * TURNS * PRODUCTS + TURNS - 1);
    ck_assert_str_eq(sql_value(beside, "SELECT string_agg(relname || ' ' || n_tup_hot_upd || '/' || n_tup_upd, ' ')"
                                       " FROM pg_stat_user_tables" OF_OURS " AND n_tup_hot_upd * 100 < n_tup_upd * 95"),
                     "");
}
END_TEST

/* ---- numbers --------------------------------------------------------------------------------------------------- */

enum { BLOCK = 65536 };

static enum gw_status apply_effects(uint32_t count, int64_t *ret_first)
{
    struct gw_effect *effects = calloc(count, sizeof *effects);
    struct gw_product_change product = {.sku = T("LAMP"), .expected = 1, .version = 1};
    struct gw_changeset set = {
        .size = sizeof set,
        .products = {&product, 1, sizeof product},
        .effects = {effects, count, sizeof *effects},
    };
    struct gw_apply_result result = {.size = sizeof result};
    enum gw_status status;

    ck_assert_ptr_nonnull(effects);
    for (uint32_t i = 0; i < count; i++)
        effects[i].destination = T("events");
    status = repo.ops->apply(repo.session, &set, &result, &repo.error);
    free(effects);
    *ret_first = result.first_effect;
    return status;
}

#define LAST_BLOCK "SELECT last_value FROM blocks"

START_TEST(a_turn_takes_as_many_blocks_as_it_needs)
{
    int64_t first, second, next;

    instance_product(&repo, "LAMP", "b1");
    ck_assert_status(&repo, apply_effects(BLOCK, &first), GW_OK);
    ck_assert_int_eq(sql_number(beside, LAST_BLOCK), first);
    ck_assert_status(&repo, apply_effects(BLOCK + 1, &second), GW_OK);
    ck_assert_int_eq(second, first + BLOCK);
    ck_assert_int_eq(sql_number(beside, LAST_BLOCK), second + BLOCK);
    ck_assert_status(&repo, apply_effects(1, &next), GW_OK);
    ck_assert_int_eq(next, second + 2 * BLOCK);
    ck_assert_int_eq(sql_number(beside, "SELECT sum(count) FROM outbox_blocks"), 2 * BLOCK + 2);
}
END_TEST

/* Another session draws numbers all the time: blocks that are taken together are still exclusive. */
START_TEST(blocks_that_are_taken_together_follow_each_other_whatever_others_take)
{
    enum { TAKEN = 200, WANTED = 5 };
    static const char take[] =
        "DO $$ DECLARE first bigint; BEGIN FOR i IN 1..200 LOOP first := take_blocks(5 * 65536 - 1);"
        " INSERT INTO taken SELECT first + j * 65536 FROM generate_series(0, 4) j; END LOOP; END $$";
    PGconn *other = sql_open(&repo);

    (void)sql_value(beside, "CREATE TABLE taken (block bigint PRIMARY KEY)");
    ck_assert_int_eq(PQsendQuery(other, take), 1);
    (void)sql_value(beside, "DO $$ BEGIN FOR i IN 1..20000 LOOP INSERT INTO taken VALUES (nextval('blocks'));"
                            " END LOOP; END $$");
    for (PGresult *result = PQgetResult(other); result != NULL; result = PQgetResult(other)) {
        ck_assert_msg(PQresultStatus(result) == PGRES_COMMAND_OK, "%s", PQresultErrorMessage(result));
        PQclear(result);
    }
    PQfinish(other);
    ck_assert_int_eq(sql_number(beside, "SELECT count(*) FROM taken"), TAKEN * WANTED + 20000);
}
END_TEST

/* ---- keys that are taken --------------------------------------------------------------------------------------- */

static enum gw_status apply_new_product(const char *sku, const char *ref)
{
    struct gw_product_change product = {.sku = T(sku), .expected = 0, .version = 1};
    struct gw_batch_insert batch = {.ref = T(ref), .purchased = 1, .created = 1};
    struct gw_changeset set = {
        .size = sizeof set,
        .products = {&product, 1, sizeof product},
        .batch_inserts = {&batch, 1, sizeof batch},
    };

    return instance_apply(&repo, &set);
}

/* For example a restore of rows alone, while the gateway runs. */
START_TEST(a_sequence_that_falls_behind_its_table_is_named_until_it_is_repaired)
{
    const char *repair;

    instance_product(&repo, "LAMP", "b1");
    (void)sql_value(beside, "SELECT setval('products_id_seq', 1, false)");
    ck_assert_status(&repo, apply_new_product("VASE", "v1"), GW_CONFIG);
    ck_assert_says(&repo, "products_id_seq");
    (void)sql_value(beside, "SELECT setval('products_id_seq', 1, false)"); /* the refused one has drawn a number */
    ck_assert_status(&repo, apply_new_product("VASE", "v1"), GW_CONFIG);
    ck_assert_says(&repo, "products_id_seq");
    repair = strstr(repo.error.text, "SELECT setval(");
    ck_assert_ptr_nonnull(repair);
    (void)sql_value(beside, repair);
    ck_assert_status(&repo, apply_new_product("VASE", "v1"), GW_OK);
}
END_TEST

START_TEST(a_key_that_somebody_else_has_added_refuses_data_and_is_no_conflict)
{
    (void)sql_value(beside, "CREATE UNIQUE INDEX one_of_each ON batches (purchased)");
    ck_assert_status(&repo, apply_new_product("LAMP", "b1"), GW_OK);
    ck_assert_status(&repo, apply_new_product("VASE", "v1"), GW_PERMANENT);
    ck_assert_says(&repo, "one_of_each");
}
END_TEST

/* ---- what the server refuses ----------------------------------------------------------------------------------- */

START_TEST(a_session_continues_after_a_load_that_the_server_refused)
{
    struct gw_product_request product = {T("LAMP"), 1, 16, 0};
    struct gw_line_request line = {T("LAMP"), gw_text_span("o\0", 2), 1};
    struct gw_load_request request = {
        .size = sizeof request,
        .products = {&product, 1, sizeof product},
        .lines = {&line, 1, sizeof line},
    };
    int lines;

    ck_assert_status(&repo, load(&request, &lines), GW_PERMANENT);
    line.orderid = T("o1");
    ck_assert_status(&repo, load(&request, &lines), GW_OK);
    instance_product(&repo, "LAMP", "b1");
    ck_assert_int_eq(sql_number(beside, "SELECT count(*) FROM products"), 1);
}
END_TEST

START_TEST(a_quantity_that_no_column_takes_is_refused_and_not_cut)
{
    struct gw_product_change product = {.sku = T("LAMP"), .expected = 1, .version = 2};
    struct gw_batch_update update = {.ref = T("b1"), .old_purchased = 1 << 30, .purchased = (INT64_C(1) << 32) + 5};
    struct gw_changeset set = {
        .size = sizeof set,
        .products = {&product, 1, sizeof product},
        .batch_updates = {&update, 1, sizeof update},
    };

    instance_product(&repo, "LAMP", "b1");
    ck_assert_status(&repo, instance_apply(&repo, &set), GW_PERMANENT);
    ck_assert_int_eq(sql_number(beside, "SELECT version FROM products"), 1);
}
END_TEST

/* Gateways of schema versions 9 to 12 call apply so, while a newer one has migrated the database. */
START_TEST(a_call_without_the_batches_of_its_lines_finds_them_by_reference)
{
    instance_product(&repo, "LAMP", "b1");
    (void)sql_value(beside,
                    "SELECT apply(7, NULL, NULL, NULL, NULL, ARRAY['LAMP'], ARRAY[1], ARRAY[2],"
                    " (SELECT array_agg(stamp) FROM products), ARRAY[0], NULL, NULL, NULL, NULL, NULL,"
                    " NULL, NULL, NULL, NULL, NULL, NULL,"
                    " ARRAY[1], ARRAY['b1'], ARRAY[1 << 30], ARRAY[0], ARRAY[1 << 30], ARRAY[3], NULL, NULL, NULL,"
                    " ARRAY[1, 1], ARRAY['o1', 'o2'], ARRAY[1, 2], ARRAY['b1', 'b1'], ARRAY[2, 2],"
                    " NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
                    " 0, NULL, NULL, NULL, NULL, NULL, NULL)");
    ck_assert_str_eq(sql_value(beside,
                               "SELECT string_agg(concat_ws(' ', a.orderid, a.qty, b.ref), ', ' ORDER BY number)"
                               "  FROM allocations a JOIN batches b ON b.id = a.batch"),
                     "o1 1 b1, o2 2 b1");
}
END_TEST

START_TEST(a_dead_letter_is_stored_whatever_its_sender_wrote)
{
    struct gw_dead_letter letter = {
        .entrypoint = T("orders"),
        .type = gw_text_span("All\0cate\xff", 9),
        .key = gw_text_span("\0\xff", 2),
        .headers = gw_text_span("\0\xff", 2),
        .payload = gw_text_span("\0\xff", 2),
        .reason = gw_text_span("found \"\xc3\"", 9),
    };
    struct gw_changeset set = {.size = sizeof set, .dead_letters = {&letter, 1, sizeof letter}};

    ck_assert_status(&repo, instance_apply(&repo, &set), GW_OK);
    ck_assert_str_eq(sql_value(beside, "SELECT concat_ws(' ', type, key, headers, payload, reason) FROM dead_letters"),
                     "All?cate? \\x00ff \\x00ff \\x00ff found \"?\"");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("postgres_stock");
    TCase *tests = tcase_create("stock");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, a_turn_reads_little_whatever_is_behind_it, 0, 2);
    tcase_add_test(tests, updates_stay_within_their_page);
    tcase_add_test(tests, a_turn_takes_as_many_blocks_as_it_needs);
    tcase_add_test(tests, blocks_that_are_taken_together_follow_each_other_whatever_others_take);
    tcase_add_test(tests, a_sequence_that_falls_behind_its_table_is_named_until_it_is_repaired);
    tcase_add_test(tests, a_key_that_somebody_else_has_added_refuses_data_and_is_no_conflict);
    tcase_add_test(tests, a_session_continues_after_a_load_that_the_server_refused);
    tcase_add_test(tests, a_quantity_that_no_column_takes_is_refused_and_not_cut);
    tcase_add_test(tests, a_call_without_the_batches_of_its_lines_finds_them_by_reference);
    tcase_add_test(tests, a_dead_letter_is_stored_whatever_its_sender_wrote);
    suite_add_tcase(suite, tests);
    return suite;
}
