/* SPDX-License-Identifier: Apache-2.0 */
/* An AVL tree without parent pointers: insertion rebalances the nodes of the path on its way back to the root. */
#include "domain/batch_tree.h"

#include <string.h>

bool gw_batch_goes_before(const struct gw_batch *a, const struct gw_batch *b)
{
    uint32_t shorter = a->ref.len < b->ref.len ? a->ref.len : b->ref.len;
    int order;

    if (a->eta != b->eta)
        return a->eta < b->eta;
    if (a->created != b->created)
        return a->created < b->created;
    order = memcmp(a->ref.ptr, b->ref.ptr, shorter);
    return order != 0 ? order < 0 : a->ref.len < b->ref.len;
}

static int height(const struct gw_batch_node *tree)
{
    return tree != NULL ? tree->height : 0;
}

/* Recomputes height and most_room of node from its children. */
static void node_update(struct gw_batch_node *node)
{
    const struct gw_batch_node *left = node->left, *right = node->right;

    node->height = 1 + (height(left) > height(right) ? height(left) : height(right));
    node->most_room = gw_batch_room(&node->batch);
    if (left != NULL && left->most_room > node->most_room)
        node->most_room = left->most_room;
    if (right != NULL && right->most_room > node->most_room)
        node->most_room = right->most_room;
}

/* A rotation: the left (right) child replaces its parent; returns the child. */
static struct gw_batch_node *raise_left(struct gw_batch_node *node)
{
    struct gw_batch_node *top = node->left;

    node->left = top->right;
    top->right = node;
    node_update(node);
    node_update(top);
    return top;
}

static struct gw_batch_node *raise_right(struct gw_batch_node *node)
{
    struct gw_batch_node *top = node->right;

    node->right = top->left;
    top->left = node;
    node_update(node);
    node_update(top);
    return top;
}

/* Restores the balance of a tree after one of its sides grew by one. Returns its root. */
static struct gw_batch_node *balance(struct gw_batch_node *tree)
{
    int slope = height(tree->left) - height(tree->right);

    if (slope > 1) {
        if (height(tree->left->left) < height(tree->left->right))
            tree->left = raise_right(tree->left);
        return raise_left(tree);
    }
    if (slope < -1) {
        if (height(tree->right->right) < height(tree->right->left))
            tree->right = raise_left(tree->right);
        return raise_right(tree);
    }
    node_update(tree);
    return tree;
}

static struct gw_batch_node *tree_add(struct gw_batch_node *tree, struct gw_batch_node *node)
{
    if (tree == NULL)
        return node;
    if (gw_batch_goes_before(&node->batch, &tree->batch))
        tree->left = tree_add(tree->left, node);
    else
        tree->right = tree_add(tree->right, node);
    return balance(tree);
}

struct gw_batch_node *gw_batch_tree_add(struct gw_batch_node *root, struct gw_batch_node *node)
{
    node->left = NULL;
    node->right = NULL;
    node_update(node);
    return tree_add(root, node);
}

void gw_batch_tree_refresh(struct gw_batch_node *root, struct gw_batch_node *node)
{
    if (root != node)
        gw_batch_tree_refresh(gw_batch_goes_before(&node->batch, &root->batch) ? root->left : root->right, node);
    node_update(root);
}

struct gw_batch_node *gw_batch_tree_first_with_room(struct gw_batch_node *root, int64_t qty)
{
    struct gw_batch_node *node = root;

    if (root == NULL || root->most_room < qty)
        return NULL;
    for (;;) { /* node or a node below it has room: prefer the left subtree, then node, then the right subtree */
        if (node->left != NULL && node->left->most_room >= qty)
            node = node->left;
        else if (gw_batch_room(&node->batch) >= qty)
            return node;
        else
            node = node->right;
    }
}
