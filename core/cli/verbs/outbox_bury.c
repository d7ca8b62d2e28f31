/* SPDX-License-Identifier: Apache-2.0 */
/* `outbox --bury`: reads what waits in pages, events and then notices, and settles each page as refused. Every page is
 * one transaction, so an interrupted call loses nothing and can be repeated. */
#include "base/terminal_text.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/verbs/outbox.h"
#include "service/dead_letter.h"
#include "service/stamp.h"

#include <gangway/scope.h>

#include <inttypes.h>
#include <stdio.h>

enum { PAGE_EVENTS = 100, PAGE_BYTES = 512 * 1024 * 1024 };

static const char reason[] = "buried by an operator with `gangway outbox --bury`";

struct burying {
    const struct gw_offline *offline;
    struct gw_text destination;
    struct gw_arena *arena; /* of one page */
    struct gw_outbox_settlement settlements[PAGE_EVENTS];
    struct gw_outbox_refusal refusals[PAGE_EVENTS];
    uint32_t count;  /* number of events in this page */
    bool is_notices; /* the page is of notices */
    uint64_t total;
};

/* ---- the right to deliver -----------------------------------------------------------------------------------------
 */

static int refuse_lease(const struct burying *burying, const char *cause)
{
    return gw_complain(burying->offline->line,
                       "%s: %s; stop the gateway that delivers to it, or wait until it has delivered",
                       burying->destination.ptr, cause);
}

/* Nobody may deliver these events while they become dead letters: a replay would deliver them a second time. */
static int take_right(const struct burying *burying)
{
    const struct gw_offline *offline = burying->offline;
    const struct gw_component *component = offline->bootstrap->repository;
    struct gw_error error = {0};
    enum gw_status status;

    if ((component->plugin->features & GW_REPOSITORY_SHARED) == 0)
        status = offline->repository->claim(offline->self, &error);
    else
        status = offline->repository->lease(offline->session, burying->destination, &error);
    if (status == GW_OK)
        return GW_EXIT_DONE;
    return status == GW_CONFLICT ? refuse_lease(burying, error.text) : gw_offline_complain(offline, &error);
}

/* ---- a page -------------------------------------------------------------------------------------------------------
 */

static bool keep_text(const struct burying *burying, struct gw_text *text)
{
    text->ptr = gw_arena_copy(burying->arena, text->ptr, (size_t)text->len);
    return text->ptr != NULL;
}

static enum gw_status add_event(void *context, const struct gw_outbox_row *row)
{
    struct burying *burying = context;
    struct gw_outbox_refusal *refusal = &burying->refusals[burying->count];
    struct gw_outbox_row kept = *row;

    if (burying->count == PAGE_EVENTS)
        return GW_INTERNAL;
    if (!keep_text(burying, &kept.destination) || !keep_text(burying, &kept.recipient) ||
        !keep_text(burying, &kept.id) || !keep_text(burying, &kept.type) || !keep_text(burying, &kept.sku) ||
        !keep_text(burying, &kept.payload) || !keep_text(burying, &kept.headers))
        return GW_NOMEM;
    *refusal = (struct gw_outbox_refusal){.entry = gw_dead_entry_of_row(&kept, gw_text_of(reason))};
    burying->settlements[burying->count++] = (struct gw_outbox_settlement){.number = row->number,
                                                                           .stamp = row->stamp,
                                                                           .from = row->index,
                                                                           .to = row->index + 1,
                                                                           .refusals = {refusal, 1, sizeof *refusal}};
    return GW_OK;
}

static enum gw_status add_notice(void *context, const struct gw_notice_row *notice)
{
    return add_event(context, &notice->event);
}

/* Reads the next page; the longest wait of 0 makes due what waits for another attempt. */
static enum gw_status read_page(struct burying *burying, struct gw_error *reterr)
{
    const struct gw_offline *offline = burying->offline;
    struct gw_outbox_visitor rows = {.size = sizeof rows, .context = burying, .row = add_event};
    struct gw_notice_visitor notices = {.size = sizeof notices, .context = burying, .notice = add_notice};
    struct gw_notice_look look = {.size = sizeof look, .limit = PAGE_EVENTS, .is_any = 1};
    int64_t due_in_ms;

    gw_arena_reset(burying->arena, SIZE_MAX);
    burying->count = 0;
    if (burying->is_notices)
        return offline->repository->notices_next(offline->session, burying->destination, &look, &notices, &due_in_ms,
                                                 reterr);
    return offline->repository->outbox_next(offline->session, burying->destination, 0, PAGE_EVENTS, 0, &rows,
                                            &due_in_ms, reterr);
}

static enum gw_status settle_page(struct burying *burying, struct gw_error *reterr)
{
    const struct gw_offline *offline = burying->offline;
    struct gw_array settlements = {burying->settlements, burying->count, sizeof *burying->settlements};

    return (burying->is_notices ? offline->repository->notices_settle : offline->repository->outbox_settle)(
        offline->session, burying->destination, &settlements, gw_stamp_draw(), reterr);
}

static enum gw_status bury_page(struct burying *burying, struct gw_error *reterr)
{
    enum gw_status status = read_page(burying, reterr);

    if (status == GW_OK && burying->count > 0)
        status = settle_page(burying, reterr);
    if (status == GW_OK)
        burying->total += burying->count;
    return status;
}

/* ---- all of it ----------------------------------------------------------------------------------------------------
 */

/* What the operator can do now. */
static void report_next(const struct burying *burying)
{
    const char *file = burying->offline->bootstrap->file;

    if (burying->total == 0)
        gw_terminal_print_line(stderr, "nothing waits for '%s'; to see what waits: gangway outbox %s",
                               burying->destination.ptr, file);
    else
        gw_terminal_print_line(
            stderr,
            "to deliver them to another destination: gangway dlq replay --source %s --to DESTINATION --config %s",
            burying->destination.ptr, file);
}

static enum gw_status bury_pages(struct burying *burying, bool is_notices, struct gw_error *reterr)
{
    enum gw_status status;

    burying->is_notices = is_notices;
    do
        status = bury_page(burying, reterr);
    while (status == GW_OK && burying->count == PAGE_EVENTS);
    return status;
}

static int bury_all(struct burying *burying)
{
    const struct gw_command_line *line = burying->offline->line;
    struct gw_error error = {0};
    uint32_t features = burying->offline->bootstrap->repository->plugin->features;
    enum gw_status status = bury_pages(burying, false, &error);

    if (status == GW_OK && (features & GW_REPOSITORY_NOTICES) != 0)
        status = bury_pages(burying, true, &error);
    gw_terminal_print_line(stdout, "buried %" PRIu64, burying->total);
    if (status == GW_NOMEM)
        return gw_complain_memory(line);
    if (status == GW_CONFLICT)
        return refuse_lease(burying, error.text);
    if (status != GW_OK)
        return gw_offline_complain(burying->offline, &error);
    report_next(burying);
    return GW_EXIT_DONE;
}

static int check_destination(const struct burying *burying)
{
    const struct gw_bootstrap *bootstrap = burying->offline->bootstrap;
    const struct gw_plugin *plugin = bootstrap->repository->plugin;

    if ((plugin->features & GW_REPOSITORY_DEAD_LETTERS) == 0)
        return gw_complain(burying->offline->line, "%s keeps no dead letters", plugin->name);
    if (gw_bootstrap_destination(bootstrap, burying->destination) == NULL)
        return GW_EXIT_DONE;
    return gw_complain(burying->offline->line,
                       "--bury: %s names '%s', so `gangway run` delivers to it; remove it from the file first",
                       bootstrap->file, burying->destination.ptr);
}

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

int gw_outbox_bury(struct gw_offline *offline, const char *destination)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_arena_new(PAGE_BYTES);
    struct burying *burying = gw_arena_alloc_zero(offline->arena, sizeof *burying);
    int exit_status;

    if (arena == NULL || burying == NULL)
        return gw_complain_memory(offline->line);
    burying->offline = offline;
    burying->destination = gw_text_of(destination);
    burying->arena = arena;
    exit_status = check_destination(burying);
    if (exit_status == GW_EXIT_DONE)
        exit_status = take_right(burying);
    return exit_status == GW_EXIT_DONE ? bury_all(burying) : exit_status;
}
