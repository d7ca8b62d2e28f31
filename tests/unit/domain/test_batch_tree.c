/* SPDX-License-Identifier: Apache-2.0 */
/* The order of batches and the first that can take a quantity, however the batches came. */
#include "check_main.h"
#include "domain/batch_tree.h"

#include <stdlib.h>
#include <string.h>

enum { NODES = 4096 };

static struct gw_batch_node nodes[NODES];

static struct gw_batch_node *add(struct gw_batch_node *root, int i, int32_t eta, int64_t room)
{
    nodes[i] = (struct gw_batch_node){
        .batch = {.ref = gw_identifier_make("b", 1), .purchased = room, .eta = eta, .created = i + 1}};
    return gw_batch_tree_add(root, &nodes[i]);
}

START_TEST(an_empty_tree_has_room_for_nothing)
{
    ck_assert_ptr_null(gw_batch_tree_first_with_room(NULL, 1));
}
END_TEST

START_TEST(eta_comes_before_creation_and_creation_before_the_reference)
{
    struct gw_batch a = {.ref = gw_identifier_make("b", 1), .eta = 20260101, .created = 1};
    struct gw_batch b = {.ref = gw_identifier_make("a", 1), .eta = 0, .created = 2};

    ck_assert(gw_batch_goes_before(&b, &a) && !gw_batch_goes_before(&a, &b));
    b.eta = a.eta;
    ck_assert(gw_batch_goes_before(&a, &b) && !gw_batch_goes_before(&b, &a));
    b.created = a.created;
    ck_assert(gw_batch_goes_before(&b, &a) && !gw_batch_goes_before(&a, &b));
    b.ref = gw_identifier_make("ba", 2);
    ck_assert(gw_batch_goes_before(&a, &b) && !gw_batch_goes_before(&b, &a));
    ck_assert(!gw_batch_goes_before(&a, &a));
}
END_TEST

/* 1.44 times the binary logarithm is the most that an AVL tree may have. */
static void assert_balanced(const struct gw_batch_node *root)
{
    ck_assert_int_le(root->height, 17);
}

START_TEST(the_tree_stays_low_whatever_the_order_of_arrival)
{
    struct gw_batch_node *root = NULL;
    int i;

    for (i = 0; i < NODES; i++)
        root = add(root, i, 0, 1);
    assert_balanced(root);
    for (root = NULL, i = 0; i < NODES; i++)
        root = add(root, i, NODES - i, 1);
    assert_balanced(root);
    for (root = NULL, i = 0; i < NODES; i++)
        root = add(root, i, i % 2 == 0 ? i : NODES - i, 1);
    assert_balanced(root);
    for (root = NULL, i = 0; i < NODES; i++)
        root = add(root, i, (int32_t)((unsigned)i * 2654435761u >> 8), 1);
    assert_balanced(root);
}
END_TEST

START_TEST(the_first_with_room_is_the_first_in_order_through_all_changes)
{
    struct gw_batch_node *root = NULL;
    int i, step;

    srand(1);
    for (i = 0; i < 200; i++)
        root = add(root, i, rand() % 20, rand() % 50);
    for (step = 0; step < 5000; step++) {
        struct gw_batch_node *changed = &nodes[rand() % 200];
        const struct gw_batch_node *expected = NULL;
        int64_t qty = 1 + rand() % 60;

        changed->batch.allocated = rand() % 50 - 10;
        gw_batch_tree_refresh(root, changed);
        for (i = 0; i < 200; i++)
            if (gw_batch_room(&nodes[i].batch) >= qty &&
                (expected == NULL || gw_batch_goes_before(&nodes[i].batch, &expected->batch)))
                expected = &nodes[i];
        ck_assert_ptr_eq(gw_batch_tree_first_with_room(root, qty), expected);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("domain/batch_tree");
    TCase *tcase = tcase_create("batch_tree");

    tcase_add_test(tcase, an_empty_tree_has_room_for_nothing);
    tcase_add_test(tcase, eta_comes_before_creation_and_creation_before_the_reference);
    tcase_add_test(tcase, the_tree_stays_low_whatever_the_order_of_arrival);
    tcase_add_test(tcase, the_first_with_room_is_the_first_in_order_through_all_changes);
    suite_add_tcase(suite, tcase);
    return suite;
}
