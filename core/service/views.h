/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views: queries as a table. The caller (a command line, HTTP) names a view and gives an argument; the repository
 * answers from its rows. Reads never use the aggregate. No state, any thread that has a session.
 */
#ifndef GW_SERVICE_VIEWS_H
#define GW_SERVICE_VIEWS_H

#include "base/buffer.h"

#include <gangway/error.h>
#include <gangway/port/repository.h>
#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GW_VIEW_COLUMNS_MAX = 4, GW_VIEW_QUANTITY_MAX = INT32_MAX };

struct gw_view_column {
    const char *name;
    bool is_number;
    uint32_t field; /* private to the service */
};

struct gw_view_spec {
    const char *name;
    const char *argument; /* as shown in a usage: `ORDERID` */
    bool has_quantity;    /* the view also takes a quantity */
    const char *missing;  /* the text for an empty answer: `no allocations of order` */
    struct gw_view_column columns[GW_VIEW_COLUMNS_MAX];
    size_t column_count;
    uint32_t view;  /* private to the service */
    uint32_t shape; /* private to the service */
};

/* The view with this name, in its form with or without a quantity. NULL: there is none. */
const struct gw_view_spec *gw_view_find(struct gw_text name, bool has_quantity);

struct gw_view_question {
    const struct gw_view_spec *spec;
    struct gw_text argument;
    int64_t qty; /* where the view has a quantity: 1 to GW_VIEW_QUANTITY_MAX */
};

/* Receives the cells of a row in the order of the columns, borrowed for the call. NULL: no value, such as the ETA of
 * stock in the warehouse. A status other than OK ends the view, which returns it. */
struct gw_view_table_visitor {
    void *context;
    enum gw_status (*row)(void *context, const char *const *cells);
};

/* Reports the rows of the answer. OK; NOT_FOUND: there are none, and reterr says so; INVALID: the argument or the
 * quantity is not valid; statuses of the repository's query. */
enum gw_status gw_view_tell(const struct gw_view_question *question, const struct gw_repository_ops *repository,
                            struct gw_session *session, const struct gw_view_table_visitor *visitor,
                            struct gw_error *reterr);

/* Appends the answer as JSON: a list of objects, or one object. The same statuses, and NOMEM. */
enum gw_status gw_view_answer(const struct gw_view_question *question, const struct gw_repository_ops *repository,
                              struct gw_session *session, struct gw_buffer *buffer, struct gw_error *reterr);

/* Whether gw_view_answer appends a list. */
bool gw_view_is_list(const struct gw_view_spec *spec);

#endif
