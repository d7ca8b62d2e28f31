/* SPDX-License-Identifier: Apache-2.0 */
/* Counts by the repository's figures. It changes nothing, because another gateway may deliver these events. */
#include "gateway/unnamed_destinations.h"

#include <gangway/event_code.h>
#include <gangway/port/repository.h>

#include <stdio.h>

enum { ID_MAX_BYTES = 256 };

struct reporting {
    const struct gw_bootstrap *bootstrap;
    const struct gw_log *log;
};

void gw_unnamed_destination_log(const struct gw_log *log, const char *file, const char *id, uint64_t pending)
{
    gw_log_event(log, GW_CODE_DESTINATION_NOT_NAMED, id,
                 "%llu event%s wait%s for %s, which %s does not name: this gateway does not deliver them. To see them: "
                 "gangway outbox %s. To send them elsewhere: gangway outbox %s --bury %s, then gangway dlq replay "
                 "--source %s --to DESTINATION --config %s",
                 (unsigned long long)pending, pending == 1 ? "" : "s", pending == 1 ? "s" : "", id, file, file, file,
                 id, id, file);
}

static enum gw_status report(void *context, const struct gw_outbox_figure *figure)
{
    const struct reporting *reporting = context;
    char id[ID_MAX_BYTES];

    if (gw_bootstrap_destination(reporting->bootstrap, figure->destination) != NULL)
        return GW_OK;
    (void)snprintf(id, sizeof id, "%.*s", (int)figure->destination.len, figure->destination.ptr);
    gw_unnamed_destination_log(reporting->log, reporting->bootstrap->file, id, figure->pending);
    return GW_OK;
}

static bool is_for_the_caller(enum gw_status status)
{
    return status == GW_TRANSIENT || status == GW_UNKNOWN || status == GW_CANCELLED || status == GW_NOMEM;
}

enum gw_status gw_unnamed_destinations_report(const struct gw_bootstrap *bootstrap, void *repository_self,
                                              struct gw_thread_host *host, struct gw_error *reterr)
{
    const struct gw_plugin *plugin = bootstrap->repository->plugin;
    const struct gw_repository_ops *repository = plugin->ops;
    struct reporting reporting = {bootstrap, host->log};
    struct gw_outbox_figure_visitor visitor = {.size = sizeof visitor, .context = &reporting, .figure = report};
    struct gw_session *session = NULL;
    enum gw_status status;

    if ((plugin->features & GW_REPOSITORY_OUTBOX) == 0)
        return GW_OK;
    status = repository->open_session(repository_self, &host->table, &session, reterr);
    if (status == GW_OK) {
        status = repository->outbox_figures(session, &visitor, reterr);
        repository->close_session(session);
    }
    return is_for_the_caller(status) ? status : GW_OK;
}
