/* SPDX-License-Identifier: Apache-2.0 */
/* `dlq list`. */
#include "base/clock.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/printout.h"
#include "cli/verbs.h"
#include "cli/verbs/dlq.h"

#include <gangway/scope.h>

#include <inttypes.h>
#include <stdio.h>

/* Each page is a query of its own, so a long list never blocks the database, and its payloads are never all in memory.
 */
enum { PAGE_LETTERS = 500 };

enum { ID, KIND, COMPONENT, SOURCE, OFFSET, LINE, REPLAYS, RECEIVED, BYTES, REASON };

static const struct gw_column columns[] = {
    [ID] = {.name = "id", .is_raw = true},
    [KIND] = {.name = "kind"},
    [COMPONENT] = {.name = "entrypoint", .heading = "component"},
    [SOURCE] = {.name = "source"},
    [OFFSET] = {.name = "offset", .is_raw = true},
    [LINE] = {.name = "line", .is_raw = true},
    [REPLAYS] = {.name = "replays", .is_raw = true},
    [RECEIVED] = {.name = "received_at", .heading = "received"},
    [BYTES] = {.name = "bytes", .is_raw = true},
    [REASON] = {.name = "reason"},
};

struct listing {
    struct gw_printout printout;
    struct gw_arena *arena; /* of one page */
    int64_t last;           /* the last id that was listed */
    uint32_t count;         /* number of letters in this page */
};

/* A text as a cell; NULL, an empty cell, for the empty text. */
static const char *text_cell(struct listing *listing, struct gw_text text)
{
    const char *copy = text.len > 0 ? gw_arena_copy(listing->arena, text.ptr, (size_t)text.len) : NULL;

    if (text.len > 0 && copy == NULL)
        listing->printout.has_failed = true;
    return copy;
}

enum { NUMBER_MAX = 24 };

/* A number as a cell; NULL, an empty cell, for the number `nothing`. */
static const char *number_cell(char text[NUMBER_MAX], int64_t number, int64_t nothing)
{
    if (number == nothing)
        return NULL;
    (void)snprintf(text, NUMBER_MAX, "%" PRId64, number);
    return text;
}

static enum gw_status add_entry(void *context, const struct gw_dead_entry *entry)
{
    struct listing *listing = context;
    const struct gw_dead_letter *letter = &entry->letter;
    char id[NUMBER_MAX], offset[NUMBER_MAX], line[NUMBER_MAX], replays[NUMBER_MAX], bytes[NUMBER_MAX];
    char received[GW_CLOCK_TEXT_MAX];
    const char *cells[] = {
        [ID] = number_cell(id, entry->id, 0),
        [KIND] = gw_dlq_kind_word(entry->kind),
        [COMPONENT] = text_cell(listing, letter->entrypoint),
        [SOURCE] = text_cell(listing, letter->source),
        [OFFSET] = number_cell(offset, letter->offset, GW_OFFSET_NONE),
        [LINE] = number_cell(line, (int64_t)letter->line, 0),
        [REPLAYS] = number_cell(replays, entry->replays, -1),
        [RECEIVED] = received,
        [BYTES] = number_cell(bytes, (int64_t)letter->full_len, -1),
        [REASON] = text_cell(listing, letter->reason),
    };

    gw_clock_format(entry->unix_ms, received);
    gw_printout_add(&listing->printout, cells);
    listing->last = entry->id;
    listing->count++;
    return listing->printout.has_failed ? GW_NOMEM : GW_OK;
}

static enum gw_status list_all(const struct gw_dlq *dlq, struct listing *listing, struct gw_error *reterr)
{
    struct gw_dead_visitor visitor = {.size = sizeof visitor, .context = listing, .entry = add_entry};
    struct gw_dead_filter filter = gw_dlq_filter(dlq);
    enum gw_status status;

    filter.limit = PAGE_LETTERS;
    do {
        listing->count = 0;
        filter.after = listing->last;
        status = dlq->offline.repository->dead_list(dlq->offline.session, &filter, &visitor, reterr);
        gw_printout_flush(&listing->printout);
        gw_arena_reset(listing->arena, SIZE_MAX);
    } while (status == GW_OK && listing->count == PAGE_LETTERS);
    return status;
}

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

static int list(struct gw_dlq *dlq)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_bootstrap_arena_new();
    struct listing listing = {.arena = arena};
    struct gw_error error = {0};
    enum gw_status status;

    if (arena == NULL)
        return gw_complain_memory(dlq->offline.line);
    gw_printout_open(&listing.printout, dlq->offline.line->format, columns, gw_array_length(columns));
    status = list_all(dlq, &listing, &error);
    if (status == GW_OK && gw_printout_close(&listing.printout))
        return GW_EXIT_DONE;
    gw_printout_drop(&listing.printout);
    if (status == GW_OK || status == GW_NOMEM)
        return gw_complain_memory(dlq->offline.line);
    return gw_offline_complain(&dlq->offline, &error);
}

int gw_verb_dlq_list(const struct gw_command_line *line)
{
    return gw_dlq_run(line, list);
}
