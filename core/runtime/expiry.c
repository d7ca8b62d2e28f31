/* SPDX-License-Identifier: Apache-2.0 */
/* Once a minute, or at once again while there was more than one round takes. */
#include "runtime/expiry.h"

#include "base/clock.h"

#include <gangway/port/repository.h>

enum { PERIOD_MS = 60000, ROUND = 1000 };

void gw_expiry_init(struct gw_expiry *expiry, const struct gw_plugin *repository, void *repository_self,
                    struct gw_thread_host *host, int64_t keep_ms)
{
    *expiry = (struct gw_expiry){
        .repository = repository, .repository_self = repository_self, .host = host, .keep_ms = keep_ms};
}

void gw_expiry_done(struct gw_expiry *expiry)
{
    const struct gw_repository_ops *ops = expiry->repository != NULL ? expiry->repository->ops : NULL;

    if (expiry->session != NULL)
        ops->close_session(expiry->session);
    expiry->session = NULL;
}

static enum gw_status forget(struct gw_expiry *expiry, uint32_t *ret_count, struct gw_error *reterr)
{
    const struct gw_repository_ops *ops = expiry->repository->ops;
    enum gw_status status = GW_OK;

    if (expiry->session == NULL)
        status = ops->open_session(expiry->repository_self, &expiry->host->table, &expiry->session, reterr);
    if (status != GW_OK)
        return status;
    return ops->expire(expiry->session, gw_clock_unix_ms() - expiry->keep_ms, ROUND, ret_count, reterr);
}

void gw_expiry_run(struct gw_expiry *expiry)
{
    int64_t now = gw_clock_monotonic_ms();
    struct gw_error error = {0};
    uint32_t count = 0;
    enum gw_status status;

    if (now < expiry->next_ms || (expiry->repository->features & GW_REPOSITORY_INBOX) == 0)
        return;
    status = forget(expiry, &count, &error);
    expiry->next_ms = status == GW_OK && count == ROUND ? now : now + PERIOD_MS;
    if (status != GW_OK && status != GW_CANCELLED)
        gw_log_line(expiry->host->log, GW_LOG_WARNING, expiry->host->table.component,
                    "forgetting old message ids: %s; trying again in a minute", error.text);
}
