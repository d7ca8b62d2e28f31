/* SPDX-License-Identifier: Apache-2.0 */
/* Apply: one transaction, in the port's order. A comparison that fails rolls it back. */
#include "operations.h"

#include <gangway/scope.h>
#include <gangway/sdk/changeset.h>

#include <stdlib.h>

GW_DEFINE_AUTO(int64_t, free);

struct applying {
    struct gw_session *session;
    const struct gw_changeset *set;
    int64_t now_ms;    /* the time that its rows carry */
    int64_t *counters; /* the event counter of each product before */
};

/* Ids are compared before products, because the versions have risen if an earlier attempt was committed. */
static enum gw_status compare_ids(const struct applying *applying, struct gw_error *reterr)
{
    const struct gw_changeset *set = applying->set;
    struct gw_id_verdict known = {0};
    enum gw_status status = inbox_add(applying->session, &set->ids, applying->now_ms, &known, reterr);

    if (status == GW_OK)
        status = gw_id_verdict_done(&known, set, reterr);
    return status == GW_OK ? gw_id_verdict_end(&known, set, reterr) : status;
}

/* Products are compared when they are changed. */
static enum gw_status compare(const struct applying *applying, struct gw_error *reterr)
{
    struct gw_session *session = applying->session;
    const struct gw_changeset *set = applying->set;
    enum gw_status status = positions_compare(session, &set->positions, reterr);

    if (status == GW_OK)
        status = compare_ids(applying, reterr);
    if (status == GW_OK)
        status = stock_compare_absent(session, &set->absent_refs, reterr);
    return status;
}

static enum gw_status change(const struct applying *applying, int64_t *ret_first, struct gw_error *reterr)
{
    struct gw_session *session = applying->session;
    const struct gw_changeset *set = applying->set;
    enum gw_status status = stock_change(session, set, applying->counters, reterr);

    if (status == GW_OK)
        status = positions_move(session, &set->positions, reterr);
    if (status == GW_OK)
        status = dead_add_all(session, &set->dead_letters, applying->now_ms, reterr);
    if (status == GW_OK)
        status = dead_change(session, &set->dead_changes, reterr);
    if (status == GW_OK)
        status = outbox_add(session, set, applying->now_ms, applying->counters, ret_first, reterr);
    return status;
}

enum gw_status apply_changeset(struct gw_session *session, const struct gw_changeset *set,
                               struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    gw_auto(free) int64_t *own = NULL;
    struct applying applying = {.session = session, .set = set, .counters = ret_result->event_counters};
    enum gw_status status = gw_changeset_check(set, reterr);
    int64_t first = 0;

    if (status != GW_OK)
        return status;
    if (applying.counters == NULL)
        applying.counters = own = malloc((set->products.count + (size_t)1) * sizeof *own);
    if (applying.counters == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the counters of %u products", set->products.count);
    status = session_begin_write(session, reterr);
    if (status != GW_OK)
        return status;
    applying.now_ms = session->host->unix_ms(session->host); /* not before the commits during the wait */
    status = compare(&applying, reterr);
    if (status == GW_OK)
        status = change(&applying, &first, reterr);
    status = session_end_write(session, status, reterr);
    if (status == GW_OK) {
        ret_result->first_effect = first;
        ret_result->unix_ms = applying.now_ms;
    }
    return status;
}
