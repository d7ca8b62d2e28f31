/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox of postgres_repository while others write to it: no row is skipped, a product's rows keep their order, and
 * a long queue costs no more per row at its end than at its beginning.
 */
#include "check_main.h"
#include "postgres_relay.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { TIMEOUT_MS = 60000, TEST_SECONDS = 240 };

static struct instance instance;
static struct look look;
static PGconn *pg;

static void set_up(void)
{
    instance_open(&instance, TIMEOUT_MS);
    pg = sql_open(&instance);
    ck_assert_status(&instance, relay_lease(&instance, instance.session), GW_OK);
}

static void tear_down(void)
{
    PQfinish(pg);
    instance_close(&instance);
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void next(uint32_t limit)
{
    relay_look(&instance, instance.session, limit, &look);
}

static void settle_delivered(void)
{
    ck_assert_status(&instance, relay_delivered(&instance, instance.session, &look), GW_OK);
}

static void settle_failed(int64_t delay_ms)
{
    ck_assert_status(&instance, relay_failed(&instance, instance.session, &look, delay_ms), GW_OK);
}

/* By a relay that knows the rows: it wants no more than numbers. */
static void next_numbers(void)
{
    relay_look_for_numbers(&instance, instance.session, LOOK_MAX, &look);
}

/* Rows of another product come and go, each of them at once, for so long: every second one is known. */
static void deliver_others_for(int64_t ms)
{
    int64_t until = now_us() + ms * 1000;

    while (now_us() < until) {
        (void)sql_value(pg, INSERT_EVENT("other", "OTHER"));
        next(LOOK_MAX);
        ck_assert_str_eq(look_ids(&look), "other");
        settle_delivered();
        (void)sql_value(pg, INSERT_EVENT("known", "OTHER"));
        next_numbers();
        ck_assert_uint_eq(look.count, 1);
        ck_assert_str_eq(look_ids(&look), "");
        settle_delivered();
    }
}

/* ---- who commits late ------------------------------------------------------------------------------------------ */

START_TEST(a_transaction_that_commits_late_is_delivered_at_once_and_before_what_follows_it)
{
    PGconn *late = sql_open(&instance);
    int64_t numbers[2];

    (void)sql_value(late, "BEGIN");
    (void)sql_value(late, INSERT_EVENT("late-1", "LAMP"));
    deliver_others_for(1500);
    (void)sql_value(late, "COMMIT");
    (void)sql_value(late, INSERT_EVENT("late-2", "LAMP"));
    next_numbers();
    ck_assert_uint_eq(look.count, 2);
    numbers[0] = look.numbers[0];
    numbers[1] = look.numbers[1];
    next(LOOK_MAX);
    ck_assert_str_eq(look_ids(&look), "late-1 late-2");
    ck_assert_int_eq(look.numbers[0], numbers[0]);
    ck_assert_int_eq(look.numbers[1], numbers[1]);
    PQfinish(late);
}
END_TEST

START_TEST(a_failed_transaction_with_a_number_blocks_no_delivery)
{
    PGconn *late = sql_open(&instance);

    (void)sql_value(late, "BEGIN");
    (void)sql_value(late, INSERT_EVENT("never", "LAMP"));
    deliver_others_for(300);
    (void)sql_value(late, "ROLLBACK");
    deliver_others_for(300);
    next(LOOK_MAX);
    ck_assert_str_eq(look_ids(&look), "");
    PQfinish(late);
}
END_TEST

static void *commit_once_waited_for(void *argument)
{
    PGconn *looking = sql_open(&instance);

    (void)sql_await_blocked(looking);
    (void)sql_value(argument, "COMMIT");
    PQfinish(looking);
    return NULL;
}

/* Looks would miss commits that happen meanwhile, and turns that only have to wait would fail. */
START_TEST(a_configured_isolation_level_is_overridden)
{
    PGconn *other = sql_open(&instance);
    pthread_t thread;
    struct gw_session *session;

    ck_assert_int_eq(setenv("PGOPTIONS", "-c default_transaction_isolation=serializable", 1), 0);
    session = relay_open(&instance);
    (void)sql_value(other, "INSERT INTO positions (source, next) VALUES ('orders', 1)");
    (void)sql_value(other, "BEGIN; UPDATE positions SET next = 2");
    ck_assert_int_eq(pthread_create(&thread, NULL, commit_once_waited_for, other), 0);
    ck_assert_status(&instance, instance.ops->set_position(session, gw_text_of("orders"), 3, &instance.error), GW_OK);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    instance.ops->close_session(session);
    PQfinish(other);
}
END_TEST

enum { WRITERS = 6, PRODUCTS = 4, WRITE_MS = 5000 };

static atomic_bool writers_end;

/* Acts like applies, some of them slow: lock a product, take a number, insert a row, wait, end. The id of the row says
 * which change of its product it is. */
static void *write_rows(void *argument)
{
    PGconn *writer = argument;
    unsigned seed = (unsigned)PQbackendPID(writer);
    char sql[512];

    while (!atomic_load(&writers_end)) {
        int product = rand_r(&seed) % PRODUCTS;
        int wait_ms = rand_r(&seed) % 20 == 0 ? 400 : rand_r(&seed) % 20;
        bool is_given_up = rand_r(&seed) % 10 == 0;

        (void)snprintf(sql, sizeof sql,
                       "BEGIN; UPDATE products SET version = version + 1 WHERE sku = 'P%d';"
                       " INSERT INTO outbox_blocks (destination, number, stamp, created_at, count, counters, events)"
                       " SELECT 'events', nextval('blocks'), 0, now(), 1, '{}',"
                       " event_line(0, '', sku, sku || ' ' || version, '', '', '{}')"
                       " FROM products WHERE sku = 'P%d'; SELECT pg_sleep(0.001 * %d); %s",
                       product, product, wait_ms, is_given_up ? "ROLLBACK" : "COMMIT");
        PQclear(PQexec(writer, sql));
    }
    return NULL;
}

/* Each row is the next change of its product. */
static void take_in_order(int versions[PRODUCTS])
{
    for (uint32_t i = 0; i < look.count; i++) {
        int product = look.ids[i][1] - '0';

        versions[product]++;
        ck_assert_msg(atoi(look.ids[i] + 3) == versions[product], "P%d: %s where %d was next", product, look.ids[i] + 3,
                      versions[product]);
    }
}

START_TEST(with_many_who_commit_in_any_order_no_row_is_skipped_and_each_product_keeps_its_order)
{
    pthread_t threads[WRITERS];
    PGconn *writers[WRITERS];
    int versions[PRODUCTS] = {1, 1, 1, 1};
    int64_t until = now_us() + WRITE_MS * INT64_C(1000);
    int delivered = 0;

    (void)sql_value(pg, "INSERT INTO products (sku, version) SELECT 'P' || i, 1 FROM generate_series(0, 3) i");
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = sql_open(&instance);
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_rows, writers[i]), 0);
    }
    do {
        if (now_us() >= until && !atomic_exchange(&writers_end, true))
            for (int i = 0; i < WRITERS; i++)
                ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        next(7);
        take_in_order(versions);
        settle_delivered();
        delivered += (int)look.count;
    } while (look.count > 0 || !atomic_load(&writers_end));
    ck_assert_int_eq(delivered, atoi(sql_value(pg, "SELECT sum(version) - count(*) FROM products")));
    ck_assert_str_eq(sql_value(pg, "SELECT count(*) FROM outbox_blocks"), "0");
    ck_assert_int_gt(delivered, 100);
    for (int i = 0; i < WRITERS; i++)
        PQfinish(writers[i]);
}
END_TEST

/* ---- rows that wait -------------------------------------------------------------------------------------------- */

START_TEST(rows_to_retry_are_found_when_due_however_many_rows_were_delivered)
{
    int64_t settled_us;

    (void)sql_value(pg, INSERT_EVENT("first", "LAMP"));
    (void)sql_value(pg, INSERT_EVENT("second", "LAMP"));
    next(LOOK_MAX);
    settle_failed(1500);
    settled_us = now_us();
    deliver_others_for(500);
    next(LOOK_MAX);
    ck_assert_uint_eq(look.count, 0);
    ck_assert(look.due_in_ms > 0 && look.due_in_ms <= 1000);
    (void)sql_value(pg, INSERT_EVENT("third", "LAMP"));
    do
        next(LOOK_MAX);
    while (look.count < 3 && now_us() - settled_us < 10000000);
    ck_assert_str_eq(look_ids(&look), "first second third");
    ck_assert_int_ge(now_us() - settled_us, 1400000);
    ck_assert_int_eq(look.due_in_ms, GW_DUE_NEVER);
    next(1);
    ck_assert_str_eq(look_ids(&look), "first");
}
END_TEST

/* As it is when the server's clock was set back by a day. */
START_TEST(rows_with_a_due_time_beyond_every_setting_are_found)
{
    (void)sql_value(pg, INSERT_EVENT("first", "LAMP"));
    next(LOOK_MAX);
    settle_failed(1000);
    (void)sql_value(pg, "UPDATE outbox_blocks SET due_at = now() + interval '1 day'");
    next(LOOK_MAX);
    ck_assert_str_eq(look_ids(&look), "first");
    ck_assert_int_eq(look.due_in_ms, GW_DUE_NEVER);
}
END_TEST

START_TEST(a_row_to_retry_at_once_is_reported_again)
{
    deliver_others_for(300);
    (void)sql_value(pg, INSERT_EVENT("again", "LAMP"));
    for (int i = 0; i < 3; i++) {
        next(LOOK_MAX);
        ck_assert_str_eq(look_ids(&look), "again");
        settle_failed(0);
    }
}
END_TEST

START_TEST(a_row_that_was_not_settled_is_reported_again)
{
    deliver_others_for(300);
    (void)sql_value(pg, INSERT_EVENT("one", "LAMP"));
    (void)sql_value(pg, INSERT_EVENT("two", "LAMP"));
    next(LOOK_MAX);
    look.count = 1;
    settle_delivered();
    next(LOOK_MAX);
    ck_assert_str_eq(look_ids(&look), "two");
    next(LOOK_MAX);
    ck_assert_str_eq(look_ids(&look), "two");
}
END_TEST

/* Each look reports all rows that are left, and one of them is delivered. */
START_TEST(a_crash_of_the_server_brings_back_at_most_two_groups_of_delivered_events)
{
    enum { EVENTS = 40 };

    for (int i = 0; i < EVENTS; i++)
        (void)sql_value(pg, INSERT_EVENT("one-of-many", "LAMP"));
    for (int i = 0; i < EVENTS; i++) {
        next(LOOK_MAX);
        ck_assert_int_eq(look.count, EVENTS - i);
        look.count = 1;
        settle_delivered();
    }
    sql_crash_server(&instance, &pg);
    ck_assert_int_le(sql_number(pg, "SELECT count(*) FROM outbox_blocks"), 2);
}
END_TEST

START_TEST(the_answer_of_the_other_side_is_stored_whatever_its_bytes)
{
    struct gw_text events = gw_text_of("events");
    struct gw_outbox_settlement item = {.attempts = 1, .delay_ms = 1};
    struct gw_array array = {&item, 1, sizeof item};

    item.answer = gw_text_span("\xc3\xa4 \xff\0\xed\xa0\x80 \xf0\x9f\x98\x80 \xe2\x82", 16);
    (void)sql_value(pg, INSERT_EVENT("one", "LAMP"));
    next(LOOK_MAX);
    item.number = look.numbers[0];
    item.stamp = look.stamps[0];
    ck_assert_status(&instance, instance.ops->outbox_settle(instance.session, events, &array, 1, &instance.error),
                     GW_OK);
    ck_assert_str_eq(sql_value(pg, "SELECT last_error FROM outbox_blocks"), "\xc3\xa4 ????? \xf0\x9f\x98\x80 ??");
}
END_TEST

static enum gw_status count_row(void *context, const struct gw_outbox_row *row)
{
    (void)row;
    ++*(uint32_t *)context;
    return GW_OK;
}

static const char *const damages[] = {"events = 'x'", "events = ''", "count = 3",
                                      "events = replace(events, '\"event\"', '\"product\":1,\"event\"')",
                                      "first_pending = 1, count = 2"};

/* As somebody edited it. */
START_TEST(a_block_that_cannot_be_read_stops_its_destination_and_is_named)
{
    struct gw_outbox_visitor visitor = {.size = sizeof visitor, .row = count_row};
    int64_t due_in_ms;
    uint32_t count = 0;
    char named[64];

    visitor.context = &count;
    (void)sql_value(pg, INSERT_EVENT("one", "LAMP"));
    (void)sql_value(pg, INSERT_EVENT("two", "LAMP"));
    (void)snprintf(named, sizeof named, "block %s of events",
                   sql_value(pg, "SELECT max(number)::text FROM outbox_blocks"));
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        char sql[256];

        (void)snprintf(sql, sizeof sql,
                       "UPDATE outbox_blocks SET %s WHERE number = (SELECT max(number) FROM outbox_blocks)",
                       damages[i]);
        (void)sql_value(pg, sql);
        count = 0;
        ck_assert_status(&instance,
                         instance.ops->outbox_next(instance.session, gw_text_of("events"), 0, LOOK_MAX, LONGEST_WAIT_MS,
                                                   &visitor, &due_in_ms, &instance.error),
                         GW_CONFIG);
        ck_assert_ptr_nonnull(strstr(instance.error.text, named));
        ck_assert_uint_ge(count, 1);
        (void)sql_value(pg, "UPDATE outbox_blocks SET first_pending = 0, count = 1, events ="
                            " event_line(0, 'Allocated', 'LAMP', 'two', '', '', '{}')"
                            " WHERE number = (SELECT max(number) FROM outbox_blocks)");
    }
    next(LOOK_MAX);
    ck_assert_str_eq(look_ids(&look), "one two");
}
END_TEST

/* ---- a long queue ---------------------------------------------------------------------------------------------- */

enum { ROWS = 1000000, ROUNDS = ROWS / LOOK_MAX, SAMPLE = 100, GROWTH_MAX = 3, IDLE_LOOKS = 21 };

static int64_t took_us[ROUNDS];

/* What it takes when nothing else is in the way: others use this machine too. */
static int64_t lowest_us(const int64_t *from, size_t count)
{
    int64_t lowest = from[0];

    for (size_t i = 1; i < count; i++)
        lowest = from[i] < lowest ? from[i] : lowest;
    return lowest;
}

static void given_a_long_queue(void)
{
    (void)sql_value(pg, "INSERT INTO outbox_blocks (destination, number, stamp, created_at, count, counters, events)"
                        " SELECT 'events', 65536::bigint * (1 + i / 1000) + i % 1000, 0, now(), 1, '{}',"
                        " '{\"event\":0,\"type\":\"Allocated\",\"sku\":\"LAMP\",\"id\":\"k' || i || '\",\"payload\":"
                        "{\"orderid\":\"order1\",\"sku\":\"LAMP\",\"qty\":1}}\n'"
                        " FROM generate_series(0, 999999) i");
    (void)sql_value(pg, "SELECT setval('blocks', 65536::bigint * 1001)");
    /* On a busy machine this takes longer than a lease lasts without a renewal, so two calls may report its loss. */
    for (int calls = 0; relay_lease(&instance, instance.session) != GW_OK; calls++)
        ck_assert_int_lt(calls, 2);
}

static const char *const beside[] = {"SELECT 1",
                                     "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM products"};

START_TEST(a_queue_of_a_million_rows_does_not_slow_down_also_beside_an_open_transaction)
{
    PGconn *other = sql_open(&instance);
    int64_t idle_us[IDLE_LOOKS];
    int64_t first_us, middle_us, last_us, empty_us;

    given_a_long_queue();
    (void)sql_value(other, beside[_i]);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t begin = now_us();

        next(LOOK_MAX);
        ck_assert_uint_eq(look.count, LOOK_MAX);
        settle_delivered();
        took_us[round] = now_us() - begin;
    }
    for (int i = 0; i < IDLE_LOOKS; i++) {
        int64_t begin = now_us();

        next(LOOK_MAX);
        ck_assert_uint_eq(look.count, 0);
        idle_us[i] = now_us() - begin;
    }
    first_us = lowest_us(took_us, SAMPLE);
    middle_us = lowest_us(took_us + ROUNDS / 2, SAMPLE);
    last_us = lowest_us(took_us + ROUNDS - SAMPLE, SAMPLE);
    empty_us = lowest_us(idle_us, IDLE_LOOKS);
    printf("a thousand rows: %lld us at the beginning, %lld in the middle, %lld at the end; an empty look: %lld us\n",
           (long long)first_us, (long long)middle_us, (long long)last_us, (long long)empty_us);
    ck_assert_int_lt(middle_us, first_us * GROWTH_MAX);
    ck_assert_int_lt(last_us, first_us * GROWTH_MAX);
    ck_assert_int_lt(empty_us, first_us);
    PQfinish(other);
}
END_TEST

/* ---- what else is long ----------------------------------------------------------------------------------------- */

enum { LETTERS = 200, LETTERS_MIB_MAX = 64 };

#ifdef __SANITIZE_ADDRESS__
/* What was freed is kept from use for a while, and would count as ours. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=8";
}
#endif

static enum gw_status count_letter(void *context, const struct gw_dead_entry *entry)
{
    uint32_t *count = context;

    if (entry->letter.payload.len != 1 << 20)
        return GW_INTERNAL;
    ++*count;
    return GW_OK;
}

START_TEST(listing_dead_letters_of_one_mebibyte_needs_little_memory)
{
    uint32_t count = 0;
    struct gw_dead_filter all = {.size = sizeof all};
    struct gw_dead_visitor visitor = {.size = sizeof visitor, .context = &count, .entry = count_letter};
    struct rusage before, after;

    (void)sql_value(pg, "INSERT INTO dead_letters (kind, at, entrypoint, source, \"offset\", line, identity, type, key,"
                        " headers, payload, reason, full_len, digest, flags) SELECT 1, now(), 'orders', '', -1, 0,"
                        " 'd' || i, '', '', '', decode(repeat(md5(i::text), 65536), 'hex'), 'r', 0, '', 0"
                        " FROM generate_series(1, 200) i");
    (void)getrusage(RUSAGE_SELF, &before);
    ck_assert_status(&instance, instance.ops->dead_list(instance.session, &all, &visitor, &instance.error), GW_OK);
    (void)getrusage(RUSAGE_SELF, &after);
    ck_assert_uint_eq(count, LETTERS);
    ck_assert_int_lt((after.ru_maxrss - before.ru_maxrss) / 1024, LETTERS_MIB_MAX);
}
END_TEST

/* Five turns of an id each, a second of running time apart. */
static void given_ids(void)
{
    (void)sql_value(pg, "INSERT INTO inbox SELECT md5(i::text)::uuid, gen_random_uuid(), 1, '', 1000 * i"
                        " FROM generate_series(1, 5) i");
    (void)sql_value(pg, "INSERT INTO inbox_turns (running_ms, ids) SELECT running_ms, ARRAY[id] FROM inbox");
}

START_TEST(ids_that_another_gateway_is_expiring_are_skipped)
{
    PGconn *other = sql_open(&instance);
    uint32_t count = 0;

    given_ids();
    ck_assert_int_eq(sql_number(other, "BEGIN; SELECT expire_ids(1001, 1)"), 1);
    ck_assert_status(&instance, instance.ops->expire(instance.session, 4000, 2, &count, &instance.error), GW_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_status(&instance, instance.ops->expire(instance.session, 4001, 100, &count, &instance.error), GW_OK);
    ck_assert_uint_eq(count, 1);
    (void)sql_value(other, "COMMIT");
    ck_assert_int_eq(sql_number(pg, "SELECT count(*) FROM inbox"), 1);
    ck_assert_int_eq(sql_number(pg, "SELECT count(*) FROM inbox_turns"), 1);
    PQfinish(other);
}
END_TEST

/* An operator lets two messages be applied again. One of them comes again before its old turn expires. */
START_TEST(an_id_that_was_deleted_by_hand_and_came_again_expires_by_its_new_age)
{
    uint32_t count = 0;

    given_ids();
    (void)sql_value(pg, "DELETE FROM inbox WHERE running_ms IN (1000, 2000)");
    (void)sql_value(pg, "INSERT INTO inbox VALUES (md5('1')::uuid, gen_random_uuid(), 1, '', 6000)");
    (void)sql_value(pg, "INSERT INTO inbox_turns (running_ms, ids) VALUES (6000, ARRAY[md5('1')::uuid])");
    ck_assert_status(&instance, instance.ops->expire(instance.session, 3001, 3, &count, &instance.error), GW_OK);
    ck_assert_uint_eq(count, 3); /* a full round, so that the next one follows at once */
    ck_assert_int_eq(sql_number(pg, "SELECT count(*) FROM inbox"), 3);
    ck_assert_int_eq(sql_number(pg, "SELECT count(*) FROM inbox WHERE id = md5('1')::uuid"), 1);
    ck_assert_status(&instance, instance.ops->expire(instance.session, 6001, 9, &count, &instance.error), GW_OK);
    ck_assert_int_eq(sql_number(pg, "SELECT count(*) FROM inbox"), 0);
    ck_assert_int_eq(sql_number(pg, "SELECT count(*) FROM inbox_turns"), 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("postgres_outbox");
    TCase *tests = tcase_create("outbox");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, TEST_SECONDS);
    tcase_add_test(tests, a_transaction_that_commits_late_is_delivered_at_once_and_before_what_follows_it);
    tcase_add_test(tests, a_failed_transaction_with_a_number_blocks_no_delivery);
    tcase_add_test(tests, a_configured_isolation_level_is_overridden);
    tcase_add_test(tests, with_many_who_commit_in_any_order_no_row_is_skipped_and_each_product_keeps_its_order);
    tcase_add_test(tests, rows_to_retry_are_found_when_due_however_many_rows_were_delivered);
    tcase_add_test(tests, rows_with_a_due_time_beyond_every_setting_are_found);
    tcase_add_test(tests, a_row_to_retry_at_once_is_reported_again);
    tcase_add_test(tests, a_row_that_was_not_settled_is_reported_again);
    tcase_add_test(tests, a_crash_of_the_server_brings_back_at_most_two_groups_of_delivered_events);
    tcase_add_test(tests, the_answer_of_the_other_side_is_stored_whatever_its_bytes);
    tcase_add_test(tests, a_block_that_cannot_be_read_stops_its_destination_and_is_named);
    tcase_add_loop_test(tests, a_queue_of_a_million_rows_does_not_slow_down_also_beside_an_open_transaction, 0, 2);
    tcase_add_test(tests, listing_dead_letters_of_one_mebibyte_needs_little_memory);
    tcase_add_test(tests, ids_that_another_gateway_is_expiring_are_skipped);
    tcase_add_test(tests, an_id_that_was_deleted_by_hand_and_came_again_expires_by_its_new_age);
    suite_add_tcase(suite, tests);
    return suite;
}
