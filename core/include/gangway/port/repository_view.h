/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port repository: the views, which `gangway query` and other programs read.
 *
 * Life cycle
 *
 *   query (repository.h) is called with a view and its arguments. The repository calls the visitor once for each row
 *   and returns. No row is kept between two calls.
 *
 *     query(AVAILABILITY, {sku BRASS-LAMP})
 *         -> {BRASS-LAMP, lamp-stock, eta 0, qty 2}, {BRASS-LAMP, lamp-ship-june, eta 20270601, qty 16}
 *
 * A view reads committed state. It takes no lock that apply would wait for. Its answer may be out of date when it
 * arrives, so nothing that changes stock may be decided by it.
 *
 * Ownership: arguments and visitor belong to the caller and are borrowed for the call. A row belongs to the plugin and
 * is borrowed for that call of the visitor.
 *
 * Statuses: query returns OK when every row was visited, also when there was none; UNSUPPORTED for a view that the
 * repository does not know; what the visitor returned, when that is not OK; and the statuses that every slot of a
 * session may return.
 *
 * Threads: the thread of the session that query is called with. Units: quantities are units of stock.
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

/*
 * The views. Numbers are part of the ABI; a later minor version may add some. Each view names its arguments, and
 * ignores the others.
 */
enum gw_view {
    /* Of `orderid`: one row per line that a batch holds, in the order of allocation. Columns: sku, ref, qty. */
    GW_VIEW_ALLOCATIONS = 1,

    /* Of `sku`: one row per batch, in the order of rule 2 (repository_load.h). Columns: sku, ref, eta, and in qty the
     * units that are not allocated. */
    GW_VIEW_AVAILABILITY = 2,

    /* Of `sku` and `qty`: the first batch in the order of rule 2 that has room for qty units now. One row or none, with
     * the columns of AVAILABILITY. */
    GW_VIEW_FIRST_FIT = 3
};

/* The arguments of a view. Those that the view does not name are empty or 0. */
struct gw_view_arguments {
    uint32_t size; /* sizeof(struct gw_view_arguments) in the core */
    uint32_t reserved;
    struct gw_text orderid;
    struct gw_text sku;
    int64_t qty;
};

/* A row of the answer. Members that the view does not name are empty or 0. */
struct gw_view_row {
    struct gw_text sku;

    /* The reference of a batch. */
    struct gw_text ref;

    /* Units: those of the line, or those of the batch that are not allocated. */
    int64_t qty;

    /* year * 10000 + month * 100 + day, or 0 for stock in the warehouse. */
    int32_t eta;
    uint32_t reserved;
};

/* Receives the rows of a view, in the order of the view. A status other than OK ends the query. */
struct gw_view_visitor {
    uint32_t size; /* sizeof(struct gw_view_visitor) in the core */
    uint32_t reserved;

    /* The first argument of row. */
    void *context;
    enum gw_status (*row)(void *context, const struct gw_view_row *row);
};

#ifdef __cplusplus
}
#endif

#endif
