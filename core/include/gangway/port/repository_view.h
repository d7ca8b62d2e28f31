/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port repository: the read side, for `gangway query` and for other programs' questions.
 *
 * A view reads committed state directly. It takes no locks that apply waits for, decides nothing, and may be out of
 * date when its answer arrives. Each view has its order and its columns; a view that a repository does not know is
 * UNSUPPORTED.
 *
 * Arguments belong to the caller, rows to the plugin for the call of the visitor.
 */
#ifndef GANGWAY_PORT_REPOSITORY_VIEW_H
#define GANGWAY_PORT_REPOSITORY_VIEW_H

#include <gangway/abi.h>
#include <gangway/status.h>
#include <gangway/text.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A view and its arguments. Other arguments are empty or 0 and are ignored. */
enum gw_view {
    GW_VIEW_ALLOCATIONS = 1,  /* of `orderid`: a row per line held, in order of allocation: sku, ref, qty */
    GW_VIEW_AVAILABILITY = 2, /* of `sku`: a row per batch, in the order of rule 2: sku, ref, eta, qty = available */
    GW_VIEW_FIRST_FIT = 3     /* of `sku`: the first batch that could take `qty` units now, one row or none */
};

/* The arguments of a view. */
struct gw_view_arguments {
    uint32_t size;
    uint32_t reserved;
    struct gw_text orderid;
    struct gw_text sku;
    int64_t qty;
};

/* A row of the answer; members that a view does not name are empty or 0. */
struct gw_view_row {
    struct gw_text sku;
    struct gw_text ref;
    int64_t qty; /* units */
    int32_t eta;
    uint32_t reserved;
};

/* Receives the rows of a view in its order. */
struct gw_view_visitor {
    uint32_t size;
    uint32_t reserved;
    void *context;
    enum gw_status (*row)(void *context, const struct gw_view_row *row);
};

#ifdef __cplusplus
}
#endif

#endif
