/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres_repository: when apply waits, what it sees then, and that it never deadlocks. Run beside a server, by
 * support/with_postgres.
 */
#include "postgres_instance.h"

#include "check_main.h"

#include <pthread.h>
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

/* ---- whom it waits for ----------------------------------------------------------------------------------------- */

/* Stores a message id of 16 characters. */
#define STORE_ID(id)                                                   \
    "INSERT INTO inbox (id, fingerprint, outcome, reason, running_ms)" \
    " VALUES (encode('" id "'::bytea, 'hex')::uuid, gen_random_uuid(), 1, '', 0)"

static enum gw_status waited_for;

static void *apply_waiting(void *set)
{
    waited_for = instance_apply(&repo, set);
    return NULL;
}

/* Does `first` and leaves it uncommitted, applies the set, which must wait for it, and then commits. */
static enum gw_status apply_behind(const char *first, struct gw_changeset *set)
{
    PGconn *other = sql_open(&repo);
    pthread_t thread;

    (void)sql_value(other, "BEGIN");
    (void)sql_value(other, first);
    ck_assert_int_eq(pthread_create(&thread, NULL, apply_waiting, set), 0);
    (void)sql_await_blocked(beside);
    (void)sql_value(other, "COMMIT");
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    PQfinish(other);
    return waited_for;
}

START_TEST(a_repeated_turn_waits_for_the_lost_attempt_and_finds_it_applied)
{
    struct gw_position_change position = {.source = T("orders"), .expected = 4, .next = 5};
    struct gw_changeset set = {.size = sizeof set, .positions = {&position, 1, sizeof position}};

    (void)sql_value(beside, "INSERT INTO positions VALUES ('orders', 4)");
    ck_assert_status(&repo, apply_behind("UPDATE positions SET next = 5", &set), GW_ALREADY);
    (void)sql_value(beside, "UPDATE positions SET next = 4");
    ck_assert_status(&repo, apply_behind("UPDATE positions SET next = 3", &set), GW_MOVED);
    ck_assert_says(&repo, "source orders stands at 3, not at 4");
    position = (struct gw_position_change){.source = T("new"), .expected = GW_OFFSET_NONE, .next = 9};
    ck_assert_status(&repo, apply_behind("INSERT INTO positions VALUES ('new', 9)", &set), GW_ALREADY);
}
END_TEST

START_TEST(a_repeated_turn_with_ids_waits_for_the_lost_attempt_and_finds_it_applied)
{
    struct gw_product_change product = {.sku = T("LAMP"), .expected = 1, .version = 2};
    struct gw_id_change id = {.id = "0123456789abcdef", .outcome = GW_OUTCOME_APPLIED};
    struct gw_changeset set = {
        .size = sizeof set,
        .products = {&product, 1, sizeof product},
        .ids = {&id, 1, sizeof id},
    };

    instance_product(&repo, "LAMP", "b1");
    ck_assert_status(&repo, apply_behind("UPDATE products SET version = 2;" STORE_ID("0123456789abcdef"), &set),
                     GW_ALREADY);
    product = (struct gw_product_change){.sku = T("LAMP"), .expected = 2, .version = 2};
    id.id[0] = 'x';
    ck_assert_status(&repo, apply_behind(STORE_ID("x123456789abcdef"), &set), GW_ALREADY);
}
END_TEST

START_TEST(a_product_that_was_only_read_cannot_change_meanwhile)
{
    struct gw_product_change product = {.sku = T("LAMP"), .expected = 1, .version = 1};
    struct gw_changeset set = {.size = sizeof set, .products = {&product, 1, sizeof product}};

    instance_product(&repo, "LAMP", "b1");
    ck_assert_status(&repo, apply_behind("UPDATE products SET version = 2", &set), GW_CONFLICT);
    ck_assert_says(&repo, "product LAMP has another version or stamp by now");
}
END_TEST

START_TEST(of_two_that_make_a_product_the_second_waits_and_conflicts)
{
    struct gw_product_change products[] = {{.sku = T("CHAIR"), .version = 1}, {.sku = T("LAMP"), .version = 1}};
    struct gw_changeset set = {.size = sizeof set, .products = {products, 2, sizeof products[0]}};

    ck_assert_status(&repo, apply_behind("INSERT INTO products (sku, version) VALUES ('LAMP', 7)", &set), GW_CONFLICT);
    ck_assert_says(&repo, "product LAMP has another version or stamp by now");
    ck_assert_int_eq(sql_number(beside, "SELECT count(*) FROM products"), 1);
}
END_TEST

/* ---- two that want the same ------------------------------------------------------------------------------------ */

enum { WORKERS = 2, SHARED = 20, ROUNDS = 150 };

struct worker {
    pthread_t thread;
    struct gw_session *session;
    uint32_t number;
    uint32_t wrong;
    struct gw_error error;
};

static pthread_barrier_t all_ready;
static const char *const shared_skus[SHARED] = {"P00", "P01", "P02", "P03", "P04", "P05", "P06", "P07", "P08", "P09",
                                                "P10", "P11", "P12", "P13", "P14", "P15", "P16", "P17", "P18", "P19"};

static enum gw_status ignore_batch(void *context, const struct gw_batch_snapshot *batch)
{
    (void)context, (void)batch;
    return GW_OK;
}

static enum gw_status keep_version(void *context, const struct gw_product_snapshot *product)
{
    ((int64_t *)context)[strtol((const char *)product->sku.ptr + 1, NULL, 10)] = product->version;
    return GW_OK;
}

static enum gw_status read_versions(struct worker *worker, int64_t versions[SHARED])
{
    struct gw_product_request products[SHARED];
    struct gw_load_request request = {.size = sizeof request, .products = {products, SHARED, sizeof products[0]}};
    struct gw_load_visitor visitor = {sizeof visitor, 0, versions, keep_version, ignore_batch, NULL, NULL};

    for (uint32_t i = 0; i < SHARED; i++)
        products[i] = (struct gw_product_request){T(shared_skus[i]), 1, 1, 0};
    return repo.ops->load(worker->session, &request, &visitor, &worker->error);
}

/* One changes the even products and reads the odd ones, the other the reverse, with their changes and ids in opposite
 * orders. In every other round only the ids conflict. */
static enum gw_status apply_round(struct worker *worker, const int64_t versions[SHARED], int round)
{
    bool has_products = round % 2 == 0;
    struct gw_product_change products[SHARED];
    struct gw_batch_update updates[SHARED / 2];
    struct gw_id_change ids[SHARED] = {0};
    struct gw_changeset set = {
        .size = sizeof set,
        .products = {products, has_products ? SHARED : 0, sizeof products[0]},
        .ids = {ids, SHARED, sizeof ids[0]},
        .batch_updates = {updates, has_products ? SHARED / 2 : 0, sizeof updates[0]},
    };
    struct gw_apply_result result = {.size = sizeof result};

    for (uint32_t i = 0; i < SHARED; i++) {
        bool is_changed = i % WORKERS == worker->number;
        uint32_t place = worker->number == 0 ? i / 2 : (SHARED - 1 - i) / 2;
        uint32_t id = worker->number == 0 ? i : SHARED - 1 - i;

        products[i] = (struct gw_product_change){
            .sku = T(shared_skus[i]), .expected = versions[i], .version = versions[i] + is_changed};
        if (is_changed)
            updates[place] = (struct gw_batch_update){.product = i,
                                                      .ref = T(shared_skus[i]),
                                                      .old_purchased = PLENTY,
                                                      .old_allocated = versions[i] - 1,
                                                      .purchased = PLENTY,
                                                      .allocated = versions[i]};
        /* both know the same messages, so one of two rounds is in vain */
        (void)snprintf((char *)ids[id].id, sizeof ids[id].id, "%d-%u", round, i);
    }
    return repo.ops->apply(worker->session, &set, &result, &worker->error);
}

static void *work(void *context)
{
    struct worker *worker = context;
    int64_t versions[SHARED];

    (void)pthread_barrier_wait(&all_ready);
    for (int round = 0; round < ROUNDS && worker->wrong == 0; round++) {
        enum gw_status status = GW_CONFLICT;

        while (status == GW_CONFLICT) {
            status = read_versions(worker, versions);
            if (status == GW_OK)
                status = apply_round(worker, versions, round);
        }
        worker->wrong += status != GW_OK && status != GW_ALREADY;
    }
    return NULL;
}

START_TEST(two_workers_on_the_same_products_in_opposite_orders_never_deadlock)
{
    static const char deadlocks[] = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    struct worker workers[WORKERS] = {0};
    int64_t before = sql_number(beside, deadlocks);

    for (uint32_t i = 0; i < SHARED; i++)
        instance_product(&repo, shared_skus[i], shared_skus[i]);
    ck_assert_int_eq(pthread_barrier_init(&all_ready, NULL, WORKERS), 0);
    for (uint32_t i = 0; i < WORKERS; i++) {
        workers[i].number = i;
        ck_assert_status(&repo, repo.ops->open_session(repo.self, &repo.host.host, &workers[i].session, &repo.error),
                         GW_OK);
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (uint32_t i = 0; i < WORKERS; i++) {
        ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
        ck_assert_msg(workers[i].wrong == 0, "%s: %s", gw_status_word(workers[i].error.status), workers[i].error.text);
        repo.ops->close_session(workers[i].session);
    }
    ck_assert_int_eq(sql_number(beside, "SELECT count(*) FROM inbox"), ROUNDS * SHARED);
    /* each round was applied by one of the two, which raised half of the versions in half of the rounds */
    ck_assert_int_eq(sql_number(beside, "SELECT sum(version - 1) FROM products"), ROUNDS / 2 * SHARED / 2);
    sql_end_others(beside);
    ck_assert_int_eq(sql_number(beside, deadlocks), before);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("postgres_locks");
    TCase *tests = tcase_create("locks");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_repeated_turn_waits_for_the_lost_attempt_and_finds_it_applied);
    tcase_add_test(tests, a_repeated_turn_with_ids_waits_for_the_lost_attempt_and_finds_it_applied);
    tcase_add_test(tests, a_product_that_was_only_read_cannot_change_meanwhile);
    tcase_add_test(tests, of_two_that_make_a_product_the_second_waits_and_conflicts);
    tcase_add_test(tests, two_workers_on_the_same_products_in_opposite_orders_never_deadlock);
    suite_add_tcase(suite, tests);
    return suite;
}
