/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres_repository: what becomes of a call when the server, the connection or the schema fails it. Run beside a
 * server, by support/with_postgres. What any repository must do is in the port's contract suite.
 */
#include "postgres_instance.h"

#include "check_main.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct instance repo;
static PGconn *beside;

/* Time enough for a test to meet a statement that waits, and little enough to wait for. */
enum { PATIENT_MS = 60000, IMPATIENT_MS = 6000 };

static void setup(void)
{
    instance_open(&repo, PATIENT_MS);
    beside = sql_open(&repo);
}

static void setup_impatient(void)
{
    instance_open(&repo, IMPATIENT_MS);
    beside = sql_open(&repo);
}

static void teardown(void)
{
    PQfinish(beside);
    instance_close(&repo);
}

static void assert_at(int64_t expected)
{
    int64_t next = 0;

    ck_assert_status(&repo, instance_get(&repo, &next), GW_OK);
    ck_assert_int_eq(next, expected);
}

/* ---- connections ----------------------------------------------------------------------------------------------- */

START_TEST(a_connection_that_ended_while_idle_is_replaced_before_anything_is_sent)
{
    ck_assert_status(&repo, instance_set(&repo, 1), GW_OK);
    sql_end_others(beside);
    ck_assert_status(&repo, instance_set(&repo, 2), GW_OK);
    assert_at(2);
    ck_assert(test_host_has_logged(&repo.host, GW_CODE_POSTGRES_RECONNECTED, ""));
}
END_TEST

static enum gw_status keep_product(void *context, const struct gw_product_snapshot *product)
{
    *(struct gw_product_snapshot *)context = *product;
    return GW_OK;
}

static enum gw_status skip_batch(void *context, const struct gw_batch_snapshot *batch)
{
    (void)context, (void)batch;
    return GW_OK;
}

static enum gw_status load_lamp(struct gw_product_snapshot *ret_product)
{
    struct gw_product_request product = {gw_text_of("LAMP"), 1, 1, 0};
    struct gw_load_request request = {.size = sizeof request, .products = {&product, 1, sizeof product}};
    struct gw_load_visitor visitor = {
        .size = sizeof visitor, .context = ret_product, .product = keep_product, .batch = skip_batch};

    return repo.ops->load(repo.session, &request, &visitor, &repo.error);
}

static enum gw_status apply_to_lamp(const struct gw_product_snapshot *seen)
{
    struct gw_product_change product = {
        .sku = gw_text_of("LAMP"), .expected = seen->version, .version = seen->version + 1, .stamp = seen->stamp};
    struct gw_changeset set = {.size = sizeof set, .stamp = 77, .products = {&product, 1, sizeof product}};

    return instance_apply(&repo, &set);
}

/* Behind a new connection may be another server, about which nothing is known. */
START_TEST(a_session_whose_connection_was_replaced_fails_once_before_it_loads_or_applies)
{
    struct gw_product_snapshot lamp = {0};

    instance_product(&repo, "LAMP", "b1");
    sql_end_others(beside);
    ck_assert_status(&repo, load_lamp(&lamp), GW_TRANSIENT);
    ck_assert_status(&repo, load_lamp(&lamp), GW_OK);
    sql_end_others(beside);
    ck_assert_status(&repo, apply_to_lamp(&lamp), GW_TRANSIENT);
    ck_assert_str_eq(sql_value(beside, "SELECT version FROM products"), "1");
    ck_assert_status(&repo, apply_to_lamp(&lamp), GW_OK);
}
END_TEST

/* A client is warned before its connection is closed, so that two things have come of which the first is no end. */
START_TEST(a_session_whose_server_crashed_fails_once_before_it_loads_or_applies)
{
    struct gw_product_snapshot lamp = {0};

    instance_product(&repo, "LAMP", "b1");
    ck_assert_status(&repo, load_lamp(&lamp), GW_OK);
    sql_crash_server(&repo, &beside);
    ck_assert_status(&repo, load_lamp(&lamp), GW_TRANSIENT);
    ck_assert_status(&repo, load_lamp(&lamp), GW_OK);
    sql_crash_server(&repo, &beside);
    ck_assert_status(&repo, apply_to_lamp(&lamp), GW_TRANSIENT);
    ck_assert_str_eq(sql_value(beside, "SELECT version FROM products"), "1");
    ck_assert_status(&repo, apply_to_lamp(&lamp), GW_OK);
}
END_TEST

START_TEST(a_connection_that_another_slot_replaced_is_still_reported)
{
    struct gw_product_snapshot lamp = {0};

    instance_product(&repo, "LAMP", "b1");
    ck_assert_status(&repo, instance_set(&repo, 1), GW_OK);
    sql_end_others(beside);
    assert_at(1);
    ck_assert_status(&repo, load_lamp(&lamp), GW_TRANSIENT);
    ck_assert_status(&repo, load_lamp(&lamp), GW_OK);
}
END_TEST

START_TEST(a_stamp_drawn_by_hand_is_a_conflict)
{
    struct gw_product_snapshot lamp = {0};

    instance_product(&repo, "LAMP", "b1");
    ck_assert_status(&repo, load_lamp(&lamp), GW_OK);
    ck_assert_str_eq(sql_value(beside, "SELECT touch('LAMP')"), "1");
    ck_assert_str_eq(sql_value(beside, "SELECT touch('NOBODY')"), "0");
    ck_assert_status(&repo, apply_to_lamp(&lamp), GW_CONFLICT);
    ck_assert_status(&repo, load_lamp(&lamp), GW_OK);
    ck_assert(lamp.stamp >= 1 && lamp.stamp <= GW_STAMP_MAX);
    ck_assert_status(&repo, apply_to_lamp(&lamp), GW_OK);
}
END_TEST

START_TEST(a_session_with_a_lease_gets_a_conflict_after_its_connection_ended)
{
    struct gw_text mail = gw_text_of("mail");
    struct gw_outbox_settlement done = {.number = 1, .to = 1};
    struct gw_array settlements = {&done, 1, sizeof done};
    enum gw_status status;

    ck_assert_status(&repo, repo.ops->lease(repo.session, mail, &repo.error), GW_OK);
    sql_end_others(beside);
    status = repo.ops->outbox_settle(repo.session, mail, &settlements, 1, &repo.error);
    ck_assert_msg(status == GW_TRANSIENT || status == GW_CONFLICT, "%s", gw_status_word((int)status));
    ck_assert_status(&repo, repo.ops->outbox_settle(repo.session, mail, &settlements, 1, &repo.error), GW_CONFLICT);
}
END_TEST

/* Ends the server process of the statement that waits for a lock. */
static void *end_blocked(void *context)
{
    PGconn *pg = sql_open(&repo);
    char sql[64];

    (void)context;
    (void)snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d)", sql_await_blocked(pg));
    (void)sql_value(pg, sql);
    PQfinish(pg);
    return NULL;
}

static void block_positions(void)
{
    (void)sql_value(beside, "BEGIN; LOCK TABLE positions IN ACCESS EXCLUSIVE MODE");
}

START_TEST(a_change_on_a_lost_connection_is_unknown_and_the_session_continues)
{
    pthread_t other;

    ck_assert_status(&repo, instance_set(&repo, 1), GW_OK);
    ck_assert_int_eq(atomic_load(&repo.host.connection_up), 1);
    block_positions();
    ck_assert_int_eq(pthread_create(&other, NULL, end_blocked, NULL), 0);
    ck_assert_status(&repo, instance_set(&repo, 2), GW_UNKNOWN);
    ck_assert_int_eq(atomic_load(&repo.host.connection_up), 0);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    (void)sql_value(beside, "ROLLBACK");
    assert_at(1);
    ck_assert_status(&repo, instance_set(&repo, 2), GW_OK);
    ck_assert_int_eq(atomic_load(&repo.host.connection_up), 1);
    assert_at(2);
}
END_TEST

START_TEST(a_read_on_a_lost_connection_is_repeated)
{
    pthread_t other;
    int64_t next;

    block_positions();
    ck_assert_int_eq(pthread_create(&other, NULL, end_blocked, NULL), 0);
    ck_assert_status(&repo, instance_get(&repo, &next), GW_TRANSIENT);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    (void)sql_value(beside, "ROLLBACK");
    assert_at(-1);
}
END_TEST

/* Stops the server process that waits for a lock, so that no timeout of its own helps. */
static void *stop_blocked(void *context)
{
    PGconn *pg = sql_open(&repo);
    pid_t *stopped = context;

    *stopped = sql_await_blocked(pg);
    ck_assert_int_eq(kill(*stopped, SIGSTOP), 0);
    PQfinish(pg);
    return NULL;
}

START_TEST(a_server_that_does_not_answer_is_given_up)
{
    int64_t begun = repo.host.host.monotonic_ms(&repo.host.host);
    pthread_t other;
    pid_t stopped = 0;

    block_positions();
    ck_assert_int_eq(pthread_create(&other, NULL, stop_blocked, &stopped), 0);
    ck_assert_status(&repo, instance_set(&repo, 1), GW_UNKNOWN);
    ck_assert_says(&repo, "did not answer in time");
    ck_assert_int_lt(repo.host.host.monotonic_ms(&repo.host.host) - begun, 20000);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    ck_assert_int_eq(kill(stopped, SIGCONT), 0);
    (void)sql_value(beside, "ROLLBACK");
    ck_assert_status(&repo, instance_set(&repo, 2), GW_OK);
}
END_TEST

START_TEST(a_wait_for_a_lock_ends_and_the_connection_is_kept)
{
    char before[32];

    (void)snprintf(before, sizeof before, "%s",
                   sql_value(beside, "SELECT max(pid) FROM pg_stat_activity WHERE application_name LIKE 'gangway %'"));
    block_positions();
    ck_assert_status(&repo, instance_set(&repo, 1), GW_TRANSIENT);
    ck_assert_says(&repo, "lock timeout");
    (void)sql_value(beside, "ROLLBACK");
    ck_assert_status(&repo, instance_set(&repo, 1), GW_OK);
    ck_assert_str_eq(sql_value(beside, "SELECT max(pid) FROM pg_stat_activity WHERE application_name LIKE 'gangway %'"),
                     before);
}
END_TEST

static void *cancel_when_blocked(void *context)
{
    PGconn *pg = sql_open(&repo);

    (void)context;
    (void)sql_await_blocked(pg);
    PQfinish(pg);
    test_host_cancel(&repo.host);
    return NULL;
}

START_TEST(a_shutdown_ends_a_wait)
{
    pthread_t other;

    block_positions();
    ck_assert_int_eq(pthread_create(&other, NULL, cancel_when_blocked, NULL), 0);
    ck_assert_status(&repo, instance_set(&repo, 1), GW_CANCELLED);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
}
END_TEST

struct refusal {
    const char *sqlstate;
    enum gw_status status;
};

static const struct refusal refusals[] = {
    {"40001", GW_TRANSIENT}, {"40P01", GW_TRANSIENT}, {"55P03", GW_TRANSIENT}, {"57014", GW_TRANSIENT},
    {"53100", GW_TRANSIENT}, {"53200", GW_NOMEM},     {"53300", GW_TRANSIENT}, {"22003", GW_PERMANENT},
    {"22021", GW_PERMANENT}, {"23514", GW_PERMANENT}, {"23502", GW_PERMANENT}, {"54000", GW_PERMANENT},
    {"23505", GW_PERMANENT}, {"GW002", GW_CONFLICT},  {"GW004", GW_MOVED},     {"42501", GW_CONFIG},
    {"42P01", GW_CONFIG},    {"42883", GW_CONFIG},    {"25006", GW_TRANSIENT}, {"0A000", GW_CONFIG},
    {"XX001", GW_CONFIG},    {"P0001", GW_CONFIG},    {"ZZZZZ", GW_CONFIG},    {"55000", GW_TRANSIENT},
    {"58030", GW_TRANSIENT},
};

START_TEST(a_refusal_has_the_status_of_its_sqlstate_and_the_session_continues)
{
    const struct refusal *refusal = &refusals[_i];
    char sql[512];

    (void)snprintf(sql, sizeof sql,
                   "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                   " $$BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '%s', DETAIL = 'because'; END$$;"
                   "CREATE TRIGGER refuse BEFORE INSERT ON positions FOR EACH ROW EXECUTE FUNCTION refuse()",
                   refusal->sqlstate);
    (void)sql_value(beside, sql);
    ck_assert_status(&repo, instance_set(&repo, 1), refusal->status);
    ck_assert_says(&repo, "no: because");
    ck_assert_says(&repo, refusal->sqlstate);
    assert_at(-1);
    (void)sql_value(beside, "DROP TRIGGER refuse ON positions");
    ck_assert_status(&repo, instance_set(&repo, 1), GW_OK);
}
END_TEST

START_TEST(two_instances_share_nothing)
{
    static struct instance second;

    instance_open(&second, PATIENT_MS);
    ck_assert_status(&repo, instance_set(&repo, 1), GW_OK);
    ck_assert_status(&second, instance_set(&second, 2), GW_OK);
    assert_at(1);
    instance_close(&second);
    assert_at(1);
}
END_TEST

START_TEST(warnings_of_the_server_are_logged)
{
    (void)sql_value(beside, "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS"
                            " $$BEGIN RAISE WARNING 'mind the gap'; RETURN NEW; END$$;"
                            "CREATE TRIGGER shout BEFORE INSERT ON positions FOR EACH ROW EXECUTE FUNCTION shout()");
    ck_assert_status(&repo, instance_set(&repo, 1), GW_OK);
    ck_assert(test_host_has_logged(&repo.host, GW_CODE_POSTGRES_WARNING, "mind the gap"));
}
END_TEST

/* ---- the schema ------------------------------------------------------------------------------------------------ */

static enum gw_status reopen(void)
{
    repo.ops->close_session(repo.session);
    repo.session = NULL;
    return repo.ops->open_session(repo.self, &repo.host.host, &repo.session, &repo.error);
}

START_TEST(a_dropped_schema_needs_an_operator_and_is_restored_by_migrate)
{
    char sql[64];
    int64_t from;
    int64_t to;

    (void)snprintf(sql, sizeof sql, "DROP SCHEMA %s CASCADE", repo.schema);
    (void)sql_value(beside, sql);
    ck_assert_status(&repo, instance_set(&repo, 1), GW_CONFIG);
    ck_assert_status(&repo, instance_set(&repo, 1), GW_CONFIG);
    ck_assert_says(&repo, "run `gangway migrate`");
    ck_assert_status(&repo, instance_migrate(&repo, &from, &to), GW_OK);
    ck_assert_int_eq(from, 0);
    ck_assert_int_gt(to, 0);
    ck_assert_status(&repo, instance_set(&repo, 1), GW_OK);
}
END_TEST

START_TEST(an_older_schema_is_refused_until_it_is_migrated)
{
    (void)sql_value(beside, "UPDATE schema_state SET version = 1, readable_from = 1");
    ck_assert_status(&repo, reopen(), GW_CONFIG);
    ck_assert_says(&repo, "has version 1, this gateway needs version");
    ck_assert_says(&repo, "run `gangway migrate`");
}
END_TEST

START_TEST(a_newer_schema_that_can_be_read_is_used_as_it_is)
{
    int64_t from;
    int64_t to;

    (void)sql_value(beside, "UPDATE schema_state SET version = 900");
    ck_assert_status(&repo, reopen(), GW_OK);
    ck_assert_status(&repo, instance_migrate(&repo, &from, &to), GW_OK);
    ck_assert_int_eq(from, 900);
    ck_assert_int_eq(to, 900);
}
END_TEST

START_TEST(a_newer_schema_that_cannot_be_read_is_refused)
{
    int64_t from;
    int64_t to;

    (void)sql_value(beside, "UPDATE schema_state SET version = 900, readable_from = 890");
    ck_assert_status(&repo, reopen(), GW_CONFIG);
    ck_assert_says(&repo, "has version 900 and is for gateways that know version 890");
    ck_assert_status(&repo, instance_migrate(&repo, &from, &to), GW_CONFIG);
}
END_TEST

/* The outbox as version 5 had it, with these rows. */
#define OUTBOX_5(rows)                                                                                                \
    "DROP VIEW outbox_events; DROP TABLE outbox_blocks, notices, sent_notices;"                                       \
    " DROP FUNCTION event_line(bigint, text, text, text, text, bytea, bytea);"                                        \
    " CREATE TABLE outbox (destination text COLLATE \"C\" NOT NULL, number bigint NOT NULL, recipient text NOT NULL," \
    " id text NOT NULL, type text NOT NULL, sku text NOT NULL, payload bytea NOT NULL, headers bytea NOT NULL,"       \
    " created_at timestamptz NOT NULL, due_at timestamptz, attempts integer NOT NULL DEFAULT 0, last_error text,"     \
    " stamp bigint NOT NULL DEFAULT 0, sequence bigint NOT NULL DEFAULT 0, event_at timestamptz,"                     \
    " PRIMARY KEY (destination, number));"                                                                            \
    " CREATE INDEX outbox_later ON outbox (destination, due_at) WHERE due_at IS NOT NULL;"                            \
    " INSERT INTO outbox (destination, number, stamp, recipient, id, type, sku, payload, headers,"                    \
    " sequence, created_at, event_at, due_at, attempts, last_error) VALUES " rows                                     \
    "; UPDATE schema_state SET version = 5"

static void apply_id(const char *id, enum gw_status expected)
{
    struct gw_id_change change = {.outcome = GW_OUTCOME_APPLIED};
    struct gw_changeset set = {.size = sizeof set, .ids = {&change, 1, sizeof change}};

    memcpy(change.id, id, sizeof change.id);
    ck_assert_status(&repo, instance_apply(&repo, &set), expected);
}

START_TEST(message_ids_of_an_older_schema_stay_known_and_expire_by_their_age)
{
    int64_t from;
    int64_t to;
    uint32_t count = 0;

    (void)sql_value(beside, INBOX_14
                    "UPDATE schema_state SET version = 14;"
                    " INSERT INTO inbox SELECT decode(md5(i::text), 'hex'), decode(md5(i::text), 'hex'), 1, '',"
                    " 1000 FROM generate_series(1, 2500) AS i;"
                    " INSERT INTO inbox VALUES ('0123456789abcdef', '', 5, 'why', 2000), ('short', '', 1, '', 9)");
    ck_assert_status(&repo, instance_migrate(&repo, &from, &to), GW_OK);
    ck_assert_int_eq(from, 14);
    ck_assert_status(&repo, reopen(), GW_OK);
    ck_assert_str_eq(sql_value(beside,
                               "SELECT string_agg(running_ms || ' ' || cardinality(ids), ', ' ORDER BY running_ms,"
                               " cardinality(ids)) FROM inbox_turns"),
                     "1000 500, 1000 1000, 1000 1000, 2000 1");
    ck_assert_int_eq(sql_number(beside, "SELECT count(*) FROM inbox i WHERE running_ms = 1000 AND id = fingerprint"
                                        " AND EXISTS (SELECT FROM inbox_turns t WHERE t.running_ms = i.running_ms"
                                        " AND i.id = ANY (t.ids))"),
                     2500);
    apply_id("0123456789abcdef", GW_ALREADY);
    ck_assert_status(&repo, repo.ops->expire(repo.session, 2000, 9999, &count, &repo.error), GW_OK);
    ck_assert_uint_eq(count, 2500);
    ck_assert_str_eq(sql_value(beside, "SELECT outcome || reason FROM inbox"), "5why");
    ck_assert_status(&repo, repo.ops->expire(repo.session, 2001, 9999, &count, &repo.error), GW_OK);
    ck_assert_uint_eq(count, 1);
    apply_id("0123456789abcdef", GW_OK);
}
END_TEST

START_TEST(rows_that_wait_for_delivery_become_blocks_of_one_event)
{
    int64_t from;
    int64_t to;

    (void)sql_value(beside, INBOX_14 OUTBOX_5("('events', 7, 8, 'r', 'k\"', 'Allocated', 'LAMP', '{\"a\": 1}', 'h', 9, "
                                              "'2026-01-01', '2025-12-31', '2026-01-02', 3, 'busy'),"
                                              " ('mail', 8, 9, '', 'l', 'Allocated', 'LAMP', '\\x7b0a7d', '\\xff', 10, "
                                              "'2026-01-01', NULL, NULL, 0, NULL)"));
    ck_assert_status(&repo, instance_migrate(&repo, &from, &to), GW_OK);
    ck_assert_int_eq(from, 5);
    ck_assert_str_eq(sql_value(beside, "SELECT concat_ws(' ', destination, number, index, sequence, type, sku, id,"
                                       " recipient, payload, created_at::date, event_at::date, due_at::date,"
                                       " attempts, last_error) FROM outbox_events WHERE destination = 'events'"),
                     "events 7 0 9 Allocated LAMP k\" r {\"a\": 1} 2026-01-01 2025-12-31 2026-01-02 3 busy");
    ck_assert_str_eq(sql_value(beside, "SELECT stamp || events FROM outbox_blocks WHERE destination = 'events'"),
                     "8{\"event\":9,\"type\":\"Allocated\",\"sku\":\"LAMP\",\"id\":\"k\\\"\",\"recipient\":\"r\","
                     "\"headers\":\"h\",\"payload\":{\"a\": 1}}\n");
    ck_assert_str_eq(sql_value(beside, "SELECT stamp || events FROM outbox_blocks WHERE destination = 'mail'"),
                     "9{\"event\":10,\"type\":\"Allocated\",\"sku\":\"LAMP\",\"id\":\"l\","
                     "\"header_bytes\":\"ff\",\"bytes\":\"7b0a7d\"}\n");
}
END_TEST

START_TEST(a_migration_that_failed_midway_continues_where_it_stopped)
{
    char sql[128];
    int64_t from;
    int64_t to;

    (void)snprintf(sql, sizeof sql, "DROP SCHEMA %s CASCADE; CREATE SCHEMA %s; CREATE TABLE inbox (x int)", repo.schema,
                   repo.schema);
    (void)sql_value(beside, sql);
    ck_assert_status(&repo, instance_migrate(&repo, &from, &to), GW_CONFIG);
    ck_assert_says(&repo, "002_delivery.sql");
    ck_assert_str_eq(sql_value(beside, "SELECT version FROM schema_state"), "1");
    (void)sql_value(beside, "DROP TABLE inbox");
    ck_assert_status(&repo, instance_migrate(&repo, &from, &to), GW_OK);
    ck_assert_int_eq(from, 1);
    ck_assert_status(&repo, instance_set(&repo, 1), GW_OK);
}
END_TEST

/* ---- the suite ------------------------------------------------------------------------------------------------- */

static TCase *add_case(Suite *suite, const char *name, SFun begin)
{
    TCase *made = tcase_create(name);

    tcase_set_timeout(made, 60);
    tcase_add_checked_fixture(made, begin, teardown);
    suite_add_tcase(suite, made);
    return made;
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("postgres_repository");
    TCase *connections = add_case(suite, "connections", setup);
    TCase *timeouts = add_case(suite, "timeouts", setup_impatient);
    TCase *schema = add_case(suite, "schema", setup);

    tcase_add_test(connections, a_connection_that_ended_while_idle_is_replaced_before_anything_is_sent);
    tcase_add_test(connections, a_session_whose_connection_was_replaced_fails_once_before_it_loads_or_applies);
    tcase_add_test(connections, a_session_whose_server_crashed_fails_once_before_it_loads_or_applies);
    tcase_add_test(connections, a_connection_that_another_slot_replaced_is_still_reported);
    tcase_add_test(connections, a_stamp_drawn_by_hand_is_a_conflict);
    tcase_add_test(connections, a_session_with_a_lease_gets_a_conflict_after_its_connection_ended);
    tcase_add_test(connections, a_change_on_a_lost_connection_is_unknown_and_the_session_continues);
    tcase_add_test(connections, a_read_on_a_lost_connection_is_repeated);
    tcase_add_loop_test(connections, a_refusal_has_the_status_of_its_sqlstate_and_the_session_continues, 0,
                        sizeof refusals / sizeof refusals[0]);
    tcase_add_test(connections, a_shutdown_ends_a_wait);
    tcase_add_test(connections, two_instances_share_nothing);
    tcase_add_test(connections, warnings_of_the_server_are_logged);
    tcase_add_test(timeouts, a_server_that_does_not_answer_is_given_up);
    tcase_add_test(timeouts, a_wait_for_a_lock_ends_and_the_connection_is_kept);
    tcase_add_test(schema, a_dropped_schema_needs_an_operator_and_is_restored_by_migrate);
    tcase_add_test(schema, an_older_schema_is_refused_until_it_is_migrated);
    tcase_add_test(schema, a_newer_schema_that_can_be_read_is_used_as_it_is);
    tcase_add_test(schema, a_newer_schema_that_cannot_be_read_is_refused);
    tcase_add_test(schema, a_migration_that_failed_midway_continues_where_it_stopped);
    tcase_add_test(schema, rows_that_wait_for_delivery_become_blocks_of_one_event);
    tcase_add_test(schema, message_ids_of_an_older_schema_stay_known_and_expire_by_their_age);
    return suite;
}
