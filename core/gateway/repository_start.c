/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps to a usable repository. A failure that a running gateway survives does not end the start either: each step
 * that fails with TRANSIENT or UNKNOWN is repeated.
 */
#include "gateway/repository_start.h"

#include "gateway/unnamed_destinations.h"
#include "process/backoff.h"

#include <gangway/port/repository.h>
#include <gangway/scope.h>

enum { FIRST_MS = 200, MAX_MS = 5000 };

struct starting {
    const struct gw_bootstrap *bootstrap;
    const struct gw_component *repository;
    struct gw_thread_host *host;
    struct gw_last_failure *last_failure;
    void **self;
};

typedef enum gw_status step_fn(const struct starting *starting, struct gw_error *reterr);

static const struct gw_repository_ops *ops_of(const struct starting *starting)
{
    return starting->repository->plugin->ops;
}

static enum gw_status open_instance(const struct starting *starting, struct gw_error *reterr)
{
    return starting->repository->plugin->open(&starting->host->table, starting->repository->config, starting->self,
                                              reterr);
}

static enum gw_status claim(const struct starting *starting, struct gw_error *reterr)
{
    return ops_of(starting)->claim(*starting->self, reterr);
}

static enum gw_status migrate(const struct starting *starting, struct gw_error *reterr)
{
    int64_t from = 0;
    int64_t to = 0;
    enum gw_status status = GW_OK;

    if (starting->repository->settings.repository.migrate != 0)
        status = ops_of(starting)->migrate(*starting->self, &starting->host->table, &from, &to, reterr);
    if (status == GW_OK && from != to)
        gw_log_event(starting->host->log, GW_CODE_SCHEMA_MIGRATED, starting->repository->id,
                     "schema migrated from version %lld to %lld", (long long)from, (long long)to);
    return status;
}

static enum gw_status report_unnamed(const struct starting *starting, struct gw_error *reterr)
{
    return gw_unnamed_destinations_report(starting->bootstrap, *starting->self, starting->host, reterr);
}

static enum gw_status wait_after(const struct starting *starting, struct gw_backoff *backoff, struct gw_error *error)
{
    int64_t ms = gw_backoff_failed_ms(backoff, error, starting->host->log, starting->repository->id);

    gw_last_failure_set(starting->last_failure, starting, gw_backoff_event(backoff->events, error), error);
    if (gw_thread_pause(starting->host, ms) == GW_OK)
        return GW_OK;
    return gw_error_set(error, GW_CANCELLED, "stopped while waiting for the repository");
}

static enum gw_status try_step(const struct starting *starting, step_fn *step, struct gw_error *reterr)
{
    struct gw_backoff backoff = {.events = &gw_backoff_of_repository, .first_ms = FIRST_MS, .max_ms = MAX_MS};
    enum gw_status status;

    for (;;) {
        status = step(starting, reterr);
        if (status != GW_TRANSIENT && status != GW_UNKNOWN)
            break;
        status = wait_after(starting, &backoff, reterr);
        if (status != GW_OK)
            return status;
    }
    gw_last_failure_clear(starting->last_failure, starting);
    if (status == GW_OK)
        gw_backoff_recovered(&backoff, starting->host->log, starting->repository->id);
    return status;
}

enum gw_status gw_repository_start(const struct gw_bootstrap *bootstrap, struct gw_thread_host *host,
                                   struct gw_last_failure *last_failure, void **ret_self, struct gw_error *reterr)
{
    static step_fn *const steps[] = {open_instance, claim, migrate, report_unnamed};
    struct starting starting = {.bootstrap = bootstrap,
                                .repository = bootstrap->repository,
                                .host = host,
                                .last_failure = last_failure,
                                .self = ret_self};
    enum gw_status status = GW_OK;

    for (size_t index = 0; index < gw_array_length(steps) && status == GW_OK; index++)
        status = try_step(&starting, steps[index], reterr);
    return status;
}
