/* SPDX-License-Identifier: Apache-2.0 */
/* Apply: one transaction, in the port's order; whatever does not compare rolls it back. */
#include "operations.h"

/* The ids go before the products, because a product has moved on when it was us who did this work. */
static enum gw_status compare_ids(struct session *session, const struct gw_changeset *set, struct gw_error *reterr)
{
    uint32_t known = 0;
    enum gw_status status = inbox_add(session, set, &known, reterr);

    if (status != GW_OK || known == 0)
        return status;
    if (known == set->ids.count && set->positions.count == 0)
        return gw_error_set(reterr, GW_ALREADY, "every message id is known");
    return gw_error_set(reterr, GW_CONFLICT, "%u of %u message ids are known", known, set->ids.count);
}

static enum gw_status change_all(struct session *session, const struct gw_changeset *set, int64_t *ret_first,
                                 struct gw_error *reterr)
{
    enum gw_status status = positions_compare(session, &set->positions, reterr);

    if (status == GW_OK)
        status = compare_ids(session, set, reterr);
    if (status == GW_OK)
        status = stock_compare_products(session, &set->products, reterr);
    if (status == GW_OK)
        status = stock_compare_absent(session, &set->absent_refs, reterr);
    if (status == GW_OK)
        status = positions_move(session, &set->positions, reterr);
    if (status == GW_OK)
        status = stock_change(session, set, reterr);
    if (status == GW_OK)
        status = dead_add(session, set, reterr);
    if (status == GW_OK)
        status = dead_change(session, &set->dead_changes, reterr);
    if (status == GW_OK)
        status = outbox_add(session, set, ret_first, reterr);
    return status;
}

enum gw_status apply_changeset(struct session *session, const struct gw_changeset *set,
                               struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    enum gw_status status = session_begin_write(session, reterr);
    int64_t first = 0;

    if (status != GW_OK)
        return status;
    status = change_all(session, set, &first, reterr);
    status = session_end_write(session, status, reterr);
    if (status == GW_OK)
        ret_result->first_effect = first;
    return status;
}
