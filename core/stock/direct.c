/* SPDX-License-Identifier: Apache-2.0 */
/* The stock source without a cache: one load and one apply of the repository's session. */
#include "stock/source.h"

#include <gangway/scope.h>

#include <stdlib.h>

struct direct {
    struct gw_stock_source source;
    const struct gw_repository_ops *repository;
    struct gw_session *session;
};

static bool is_empty(const struct gw_load_request *request)
{
    return request->products.count == 0 && request->batches.count == 0 && request->lines.count == 0 &&
           request->ids.count == 0;
}

static enum gw_status load(struct gw_stock_source *self, struct gw_load_plan *plan, struct gw_attempt *attempt,
                           struct gw_error *reterr)
{
    struct direct *direct = gw_container_of(self, struct direct, source);
    struct gw_load_request request;

    if (!gw_load_plan_request(plan, attempt->arena, &request))
        return gw_error_set(reterr, GW_NOMEM, "no memory to load a turn");
    if (is_empty(&request))
        return GW_OK;
    return direct->repository->load(direct->session, &request, &attempt->visitor, reterr);
}

static enum gw_status apply(struct gw_stock_source *self, const struct gw_changeset *changeset,
                            const struct gw_attempt *attempt, struct gw_apply_result *result, struct gw_error *reterr)
{
    struct direct *direct = gw_container_of(self, struct direct, source);

    (void)attempt;
    return direct->repository->apply(direct->session, changeset, result, reterr);
}

static void forget(struct gw_stock_source *self)
{
    (void)self;
}

static void free_direct(struct gw_stock_source *self)
{
    free(gw_container_of(self, struct direct, source));
}

struct gw_stock_source *gw_stock_direct_new(const struct gw_repository_ops *repository, struct gw_session *session)
{
    struct direct *direct = calloc(1, sizeof *direct);

    if (direct == NULL)
        return NULL;
    direct->source = (struct gw_stock_source){load, apply, forget, free_direct, true};
    direct->repository = repository;
    direct->session = session;
    return &direct->source;
}
