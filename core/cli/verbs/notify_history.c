/* SPDX-License-Identifier: Apache-2.0 */
/* `notify history`: lists the notices that were sent, or deletes what is kept of one recipient. A gateway may run
 * meanwhile. */
#include "base/clock.h"
#include "base/terminal_text.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/offline.h"
#include "cli/printout.h"
#include "cli/verbs.h"
#include "options/value.h"
#include "relay/notice_id.h"

#include <gangway/scope.h>

#include <inttypes.h>
#include <stdio.h>

/* Each page is a call of its own, so a long history neither blocks the database nor is in memory as a whole. */
enum { PAGE_NOTICES = 500 };

enum { SENT_AT, CHANNEL, RECIPIENT, TYPE, SKU, EVENTS, ATTEMPTS, ANSWER, KEY, EVENT_ID, EVENT_AT };

static const struct gw_column columns[] = {
    [SENT_AT] = {.name = "sent_at", .heading = "sent"},
    [CHANNEL] = {.name = "channel"},
    [RECIPIENT] = {.name = "recipient"},
    [TYPE] = {.name = "event"},
    [SKU] = {.name = "sku"},
    [EVENTS] = {.name = "events", .is_raw = true},
    [ATTEMPTS] = {.name = "attempts", .is_raw = true},
    [ANSWER] = {.name = "answer"},
    [KEY] = {.name = "key", .is_json_only = true},
    [EVENT_ID] = {.name = "event_id", .is_json_only = true},
    [EVENT_AT] = {.name = "event_at", .is_json_only = true},
};

struct listing {
    struct gw_printout printout;
    struct gw_arena *arena; /* of one page */
    struct gw_sent_look look;
    uint32_t count; /* number of notices in this page */
};

/* ---- listing ---------------------------------------------------------------------------------------------------- */

/* NULL, an empty cell, for the empty text. */
static const char *text_cell(struct listing *listing, struct gw_text text)
{
    const char *copy = text.len > 0 ? gw_arena_copy(listing->arena, text.ptr, (size_t)text.len) : NULL;

    if (text.len > 0 && copy == NULL)
        listing->printout.has_failed = true;
    return copy;
}

static enum gw_status add_notice(void *context, const struct gw_sent_notice *notice)
{
    struct listing *listing = context;
    struct gw_text key = gw_notice_id(listing->arena, notice->destination, notice->recipient, notice->event_id);
    char sent_at[GW_CLOCK_TEXT_MAX], event_at[GW_CLOCK_TEXT_MAX], events[16], attempts[16];
    const char *cells[] = {
        [SENT_AT] = sent_at,
        [CHANNEL] = text_cell(listing, notice->destination),
        [RECIPIENT] = text_cell(listing, notice->recipient),
        [TYPE] = text_cell(listing, notice->type),
        [SKU] = text_cell(listing, notice->sku),
        [EVENTS] = events,
        [ATTEMPTS] = attempts,
        [ANSWER] = text_cell(listing, notice->answer),
        [KEY] = text_cell(listing, key),
        [EVENT_ID] = text_cell(listing, notice->event_id),
        [EVENT_AT] = event_at,
    };

    if (key.len == 0)
        return GW_NOMEM;
    gw_clock_format(notice->sent_unix_ms, sent_at);
    gw_clock_format(notice->event_unix_ms, event_at);
    (void)snprintf(events, sizeof events, "%" PRIu32, notice->count);
    (void)snprintf(attempts, sizeof attempts, "%" PRIu32, notice->attempts);
    gw_printout_add(&listing->printout, cells);
    listing->look.after_unix_ms = notice->sent_unix_ms;
    listing->look.after_number = notice->number;
    listing->count++;
    return listing->printout.has_failed ? GW_NOMEM : GW_OK;
}

static enum gw_status list_all(const struct gw_offline *offline, struct listing *listing, struct gw_error *reterr)
{
    struct gw_sent_visitor visitor = {.size = sizeof visitor, .context = listing, .sent = add_notice};
    enum gw_status status;

    do {
        struct gw_sent_look look = listing->look;

        listing->count = 0;
        status = offline->repository->notices_history(offline->session, &look, &visitor, reterr);
        gw_printout_flush(&listing->printout);
        gw_arena_reset(listing->arena, SIZE_MAX);
    } while (status == GW_OK && listing->count == PAGE_NOTICES);
    return status;
}

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

static int list(const struct gw_offline *offline, int64_t within_ms)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_bootstrap_arena_new();
    struct listing listing = {
        .arena = arena,
        .look = {.size = sizeof listing.look,
                 .limit = PAGE_NOTICES,
                 .within_ms = within_ms,
                 .recipient = gw_text_of(gw_command_line_value(offline->line, GW_FLAG_RECIPIENT))}};
    struct gw_error error = {0};
    enum gw_status status;

    if (arena == NULL)
        return gw_complain_memory(offline->line);
    gw_printout_open(&listing.printout, offline->line->format, columns, gw_array_length(columns));
    status = list_all(offline, &listing, &error);
    if (status == GW_OK && gw_printout_close(&listing.printout))
        return GW_EXIT_DONE;
    gw_printout_drop(&listing.printout);
    return status == GW_OK || status == GW_NOMEM ? gw_complain_memory(offline->line)
                                                 : gw_offline_complain(offline, &error);
}

/* ---- forgetting ------------------------------------------------------------------------------------------------- */

/* A page of dead letters, of which the ids of those for the recipient are collected. */
struct letters {
    struct gw_text recipient;
    int64_t ids[PAGE_NOTICES];
    uint32_t id_count;
    uint32_t count;
    int64_t last;
};

static enum gw_status note_letter(void *context, const struct gw_dead_entry *entry)
{
    struct letters *letters = context;

    letters->last = entry->id;
    letters->count++;
    if (entry->kind == GW_DEAD_DELIVERY && gw_text_equal(entry->recipient, letters->recipient))
        letters->ids[letters->id_count++] = entry->id;
    return GW_OK;
}

static enum gw_status discard_letters(const struct gw_offline *offline, struct gw_text recipient, uint64_t *ret_count,
                                      struct gw_error *reterr)
{
    struct letters letters = {.recipient = recipient};
    struct gw_dead_visitor visitor = {.size = sizeof visitor, .context = &letters, .entry = note_letter};
    enum gw_status status;

    *ret_count = 0;
    do {
        struct gw_dead_filter filter = {.size = sizeof filter, .limit = PAGE_NOTICES, .after = letters.last};
        struct gw_array ids = {letters.ids, 0, sizeof letters.ids[0]};
        uint32_t discarded = 0;

        letters.count = letters.id_count = 0;
        status = offline->repository->dead_list(offline->session, &filter, &visitor, reterr);
        ids.count = letters.id_count;
        if (status == GW_OK && ids.count > 0)
            status = offline->repository->dead_discard(offline->session, &ids, &discarded, reterr);
        *ret_count += discarded;
    } while (status == GW_OK && letters.count == PAGE_NOTICES);
    return status;
}

static enum gw_status forget_sent(const struct gw_offline *offline, struct gw_text recipient, uint64_t *ret_count,
                                  struct gw_error *reterr)
{
    enum gw_status status;
    uint32_t count = 0;

    *ret_count = 0;
    do {
        status = offline->repository->notices_forget(offline->session, recipient, PAGE_NOTICES, &count, reterr);
        *ret_count += status == GW_OK ? count : 0;
    } while (status == GW_OK && count == PAGE_NOTICES);
    return status;
}

static int forget(const struct gw_offline *offline)
{
    struct gw_text recipient = gw_text_of(gw_command_line_value(offline->line, GW_FLAG_FORGET_RECIPIENT));
    struct gw_error error = {0};
    uint64_t sent;
    uint64_t letters;

    if (forget_sent(offline, recipient, &sent, &error) != GW_OK ||
        discard_letters(offline, recipient, &letters, &error) != GW_OK)
        return gw_offline_complain(offline, &error);
    gw_terminal_print_line(stdout, "%s: deleted %" PRIu64 " sent notices and %" PRIu64 " dead letters", recipient.ptr,
                           sent, letters);
    return GW_EXIT_DONE;
}

/* ---- the verb --------------------------------------------------------------------------------------------------- */

/* *ret_within_ms: 0 without --since. */
static int read_since(const struct gw_command_line *line, int64_t *ret_within_ms)
{
    const char *since = gw_command_line_value(line, GW_FLAG_SINCE);
    struct gw_error error = {0};

    *ret_within_ms = 0;
    if (since == NULL)
        return GW_EXIT_DONE;
    if (gw_value_duration(gw_text_of(since), ret_within_ms, &error) == GW_OK && *ret_within_ms > 0)
        return GW_EXIT_DONE;
    return gw_complain_usage(line, "'%s' is no age: expected a duration such as 1h", since);
}

static int check_recipient(const struct gw_command_line *line)
{
    const char *recipient = gw_command_line_value(line, GW_FLAG_FORGET_RECIPIENT);

    if (recipient == NULL)
        return GW_EXIT_DONE;
    if (gw_command_line_has(line, GW_FLAG_RECIPIENT) || gw_command_line_has(line, GW_FLAG_SINCE))
        return gw_complain_usage(line, "--forget deletes all of a recipient, without --recipient and --since");
    return recipient[0] != '\0' ? GW_EXIT_DONE : gw_complain_usage(line, "--forget needs a recipient");
}

static int require_history(const struct gw_offline *offline)
{
    const struct gw_plugin *plugin = offline->bootstrap->repository->plugin;

    if ((plugin->features & GW_REPOSITORY_NOTICES) != 0)
        return GW_EXIT_DONE;
    return gw_complain(offline->line, "%s keeps no sent notices", plugin->name);
}

int gw_verb_notify_history(const struct gw_command_line *line)
{
    struct gw_offline offline;
    int64_t within_ms;
    int exit_status = read_since(line, &within_ms);

    if (exit_status == GW_EXIT_DONE)
        exit_status = check_recipient(line);
    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    exit_status = gw_offline_open(&offline, line, line->operands[0]);
    if (exit_status == GW_EXIT_DONE)
        exit_status = require_history(&offline);
    if (exit_status == GW_EXIT_DONE)
        exit_status =
            gw_command_line_has(line, GW_FLAG_FORGET_RECIPIENT) ? forget(&offline) : list(&offline, within_ms);
    gw_offline_close(&offline);
    return exit_status;
}
