/* SPDX-License-Identifier: Apache-2.0 */
/* Views: answered directly from the tables. */
#include "eta.h"
#include "operations.h"

#include <gangway/sdk/show.h>

static enum gw_status tell_rows(struct gw_session *session, sqlite3_stmt *statement,
                                const struct gw_view_visitor *visitor, struct gw_error *reterr)
{
    enum gw_status status;
    bool found;

    while ((status = session_row(session, statement, &found, reterr)) == GW_OK && found) {
        struct gw_view_row row = {
            .sku = column_bytes(statement, 0),
            .ref = column_bytes(statement, 1),
            .qty = sqlite3_column_int64(statement, 2),
            .eta = column_eta(statement, 3),
        };

        status = visitor->row(visitor->context, &row);
        if (status != GW_OK) {
            (void)sqlite3_reset(statement);
            return gw_visited(status, "a view", reterr);
        }
    }
    return status;
}

enum gw_status views_query(struct gw_session *session, uint32_t view, const struct gw_view_arguments *arguments,
                           const struct gw_view_visitor *visitor, struct gw_error *reterr)
{
    sqlite3_stmt *statement;

    switch (view) {
    case GW_VIEW_ALLOCATIONS:
        statement = session_statement(session, STATEMENT_VIEW_ALLOCATIONS);
        bind_text(statement, 1, arguments->orderid);
        break;
    case GW_VIEW_AVAILABILITY:
        statement = session_statement(session, STATEMENT_VIEW_AVAILABILITY);
        bind_text(statement, 1, arguments->sku);
        break;
    case GW_VIEW_FIRST_FIT:
        statement = session_statement(session, STATEMENT_VIEW_FIRST_FIT);
        bind_text(statement, 1, arguments->sku);
        sqlite3_bind_int64(statement, 2, arguments->qty);
        break;
    default:
        return gw_error_set(reterr, GW_UNSUPPORTED, "sqlite_repository knows no view %u", view);
    }
    return tell_rows(session, statement, visitor, reterr);
}
