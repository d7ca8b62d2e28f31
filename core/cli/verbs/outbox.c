/* SPDX-License-Identifier: Apache-2.0 */
/* `outbox`: what waits for each destination, and for whom nobody with this file delivers. */
#include "cli/verbs/outbox.h"

#include "base/clock.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/printout.h"
#include "cli/verbs.h"

#include <gangway/scope.h>

#include <inttypes.h>
#include <stdio.h>

enum { DESTINATION, EVENTS, OLDEST, DELIVERED_BY, NAMED };

static const struct gw_column columns[] = {
    [DESTINATION] = {.name = "destination"},
    [EVENTS] = {.name = "events", .is_raw = true},
    [OLDEST] = {.name = "oldest_at", .heading = "oldest"},
    [DELIVERED_BY] = {.name = "delivered_by", .heading = "delivered by"},
    [NAMED] = {.name = "named", .heading = "in the file", .is_raw = true},
};

struct listing {
    const struct gw_offline *offline;
    struct gw_printout printout;
};

/* An empty cell: the repository cannot tell. */
static const char *holder_cell(const struct listing *listing, const struct gw_outbox_figure *figure)
{
    if (figure->is_holder_known == 0)
        return NULL;
    return figure->holder.len == 0
               ? "nobody"
               : gw_arena_copy(listing->offline->arena, figure->holder.ptr, (size_t)figure->holder.len);
}

static enum gw_status add_figure(void *context, const struct gw_outbox_figure *figure)
{
    struct listing *listing = context;
    char events[24];
    char oldest[GW_CLOCK_TEXT_MAX];
    bool is_named = gw_bootstrap_destination(listing->offline->bootstrap, figure->destination) != NULL;
    const char *cells[] = {
        [DESTINATION] =
            gw_arena_copy(listing->offline->arena, figure->destination.ptr, (size_t)figure->destination.len),
        [EVENTS] = events,
        [OLDEST] = oldest,
        [DELIVERED_BY] = holder_cell(listing, figure),
        [NAMED] = is_named ? "true" : "false",
    };

    if (cells[DESTINATION] == NULL)
        return GW_NOMEM;
    (void)snprintf(events, sizeof events, "%" PRIu64, figure->pending);
    gw_clock_format(figure->oldest_unix_ms, oldest);
    gw_printout_add(&listing->printout, cells);
    return GW_OK;
}

static int list(const struct gw_offline *offline)
{
    struct listing listing = {.offline = offline};
    struct gw_outbox_figure_visitor visitor = {
        .size = sizeof visitor, .wants_holders = 1, .context = &listing, .figure = add_figure};
    struct gw_error error = {0};
    enum gw_status status;

    gw_printout_open(&listing.printout, offline->line->format, columns, gw_array_length(columns));
    status = offline->repository->outbox_figures(offline->session, &visitor, &error);
    if (status == GW_OK && gw_printout_close(&listing.printout))
        return GW_EXIT_DONE;
    gw_printout_drop(&listing.printout);
    return status == GW_OK || status == GW_NOMEM ? gw_complain_memory(offline->line)
                                                 : gw_offline_complain(offline, &error);
}

static int run_verb(struct gw_offline *offline, const struct gw_command_line *line, const char *file)
{
    const char *destination = gw_command_line_value(line, GW_FLAG_BURY);
    int exit_status = gw_offline_open(offline, line, file);
    const struct gw_plugin *plugin;

    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    plugin = offline->bootstrap->repository->plugin;
    if ((plugin->features & GW_REPOSITORY_OUTBOX) == 0)
        return gw_complain(line, "%s has no outbox", plugin->name);
    return destination != NULL ? gw_outbox_bury(offline, destination) : list(offline);
}

int gw_verb_outbox(const struct gw_command_line *line)
{
    const char *file = gw_command_line_value(line, GW_FLAG_CONFIG);
    struct gw_offline offline = {0};
    int exit_status;

    if ((file != NULL) == (line->operand_count > 0))
        return gw_complain_usage(line, "expected one bootstrap file: FILE or --config FILE");
    exit_status = run_verb(&offline, line, file != NULL ? file : line->operands[0]);
    gw_offline_close(&offline);
    return exit_status;
}
