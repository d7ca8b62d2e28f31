/* SPDX-License-Identifier: Apache-2.0 */
/* `positions`: lists the position of each source in the repository. An operator may set or forget one. */
#include "base/terminal_text.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/offline.h"
#include "cli/printout.h"
#include "cli/verbs.h"
#include "options/hint.h"
#include "options/value.h"

#include <gangway/port/entrypoint.h>
#include <gangway/scope.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- listing -------------------------------------------------------------------------------------------------- */

enum { SOURCE, OFFSET };

static const struct gw_column columns[] = {
    [SOURCE] = {.name = "source"}, [OFFSET] = {.name = "offset", .is_raw = true}};

struct printing {
    struct gw_printout printout;
    struct gw_arena *arena;
};

static enum gw_status print_position(void *context, const struct gw_position *position)
{
    struct printing *printing = context;
    char offset[32];
    const char *cells[] = {
        [SOURCE] = gw_arena_copy(printing->arena, position->source.ptr, (size_t)position->source.len),
        [OFFSET] = offset,
    };

    if (cells[SOURCE] == NULL)
        return GW_NOMEM;
    (void)snprintf(offset, sizeof offset, "%" PRId64, position->next);
    gw_printout_add(&printing->printout, cells);
    return GW_OK;
}

static int list(const struct gw_offline *offline)
{
    struct printing printing = {.arena = offline->arena};
    struct gw_position_visitor visitor = {.size = sizeof visitor, .context = &printing, .position = print_position};
    struct gw_array all = {0};
    struct gw_error error = {0};
    enum gw_status status;

    gw_printout_open(&printing.printout, offline->line->format, columns, gw_array_length(columns));
    status = offline->repository->positions(offline->session, &all, &visitor, &error);
    if (status == GW_OK && gw_printout_close(&printing.printout))
        return GW_EXIT_DONE;
    gw_printout_drop(&printing.printout);
    return status == GW_OK || status == GW_NOMEM ? gw_complain_memory(offline->line)
                                                 : gw_offline_complain(offline, &error);
}

/* ---- setting -------------------------------------------------------------------------------------------------- */

enum { KNOWN_MAX = 256 };

/* The request of the operator, and what is known about the source. */
struct move {
    const struct gw_offline *offline;
    struct gw_text source;
    const char *word; /* as the operator wrote it */
    int64_t offset;
    bool is_stored;
    int64_t stored;
    const char *known[KNOWN_MAX]; /* sources with a position, for a hint */
    size_t known_count;
};

static enum gw_status note_position(void *context, const struct gw_position *position)
{
    struct move *move = context;
    const char *name = gw_arena_copy(move->offline->arena, position->source.ptr, (size_t)position->source.len);

    if (name == NULL)
        return GW_NOMEM;
    if (gw_text_equal(position->source, move->source)) {
        move->is_stored = true;
        move->stored = position->next;
    }
    if (move->known_count < KNOWN_MAX)
        move->known[move->known_count++] = name;
    return GW_OK;
}

/* Asks one entrypoint for the offset of `earliest` or `latest` in this source. */
static enum gw_status resolve_in(const struct move *move, const struct gw_component *component, const char *word,
                                 int64_t *ret_offset, struct gw_error *reterr)
{
    const struct gw_entrypoint_ops *entrypoint = component->plugin->ops;
    struct gw_thread_host host;
    void *self = NULL;
    enum gw_status status;

    if ((component->plugin->features & GW_ENTRYPOINT_ORDERED) == 0 || entrypoint->resolve == NULL)
        return GW_NOT_FOUND;
    gw_thread_host_init(&host, move->offline->bootstrap->settings.service, component->id, &move->offline->log, -1);
    status = component->plugin->open(&host.table, component->config, &self, reterr);
    if (status != GW_OK)
        return status;
    status = entrypoint->resolve(self, move->source, gw_text_of(word), ret_offset, reterr);
    component->plugin->close(self);
    return status;
}

/* Asks all entrypoints. NOT_FOUND: none has such a source; otherwise the status of the one that has it, or of one that
 * could not be reached. */
static enum gw_status resolve(const struct move *move, const char *word, int64_t *ret_offset, struct gw_error *reterr)
{
    const struct gw_component_list *entrypoints = &move->offline->bootstrap->entrypoints;
    enum gw_status worst = GW_NOT_FOUND;

    for (size_t i = 0; i < entrypoints->count; i++) {
        struct gw_error error = {0};
        enum gw_status status = resolve_in(move, entrypoints->items[i], word, ret_offset, &error);

        if (status == GW_OK)
            return GW_OK;
        if (status == GW_NOT_FOUND || status == GW_UNSUPPORTED)
            continue;
        worst = gw_error_wrap(reterr, &error, "%s", entrypoints->items[i]->id);
    }
    return worst;
}

static int refuse_unknown(const struct move *move)
{
    char hint[GW_HINT_MAX_BYTES];

    return gw_complain(move->offline->line, "there is no source '%s': %s", move->source.ptr,
                       gw_hint(hint, move->source, move->known, move->known_count));
}

static bool is_word(const char *text)
{
    return strcmp(text, "earliest") == 0 || strcmp(text, "latest") == 0;
}

/* Determines the offset. If the source has no position yet, an entrypoint must know it. Otherwise a typing error in the
 * name would store a position that nobody reads. */
static int find_offset(struct move *move)
{
    const struct gw_command_line *line = move->offline->line;
    const char *word = is_word(move->word) ? move->word : "earliest";
    struct gw_error error = {0};
    int64_t offset = 0;
    enum gw_status status;

    if (!is_word(move->word) &&
        (gw_value_int(gw_text_of(move->word), &move->offset, &error) != GW_OK || move->offset < 0))
        return gw_complain_usage(line, "'%s' is no offset: expected a whole number from 0 on, earliest or latest",
                                 move->word);
    if (!is_word(move->word) && move->is_stored)
        return GW_EXIT_DONE;
    status = resolve(move, word, &offset, &error);
    if (status == GW_NOT_FOUND && move->is_stored)
        return gw_complain(line, "no entrypoint of this file can say where '%s' is in %s; give a number", word,
                           move->source.ptr);
    if (status == GW_NOT_FOUND)
        return refuse_unknown(move);
    if (status != GW_OK)
        return gw_complain(line, "%s", error.text);
    if (is_word(move->word))
        move->offset = offset;
    return GW_EXIT_DONE;
}

static enum gw_status read_positions(struct move *move, struct gw_error *reterr)
{
    struct gw_position_visitor visitor = {.size = sizeof visitor, .context = move, .position = note_position};
    struct gw_array all = {0};

    return move->offline->repository->positions(move->offline->session, &all, &visitor, reterr);
}

static int set(const struct gw_offline *offline)
{
    const struct gw_flag_value *wanted = &offline->line->values[GW_FLAG_SET];
    struct move move = {.offline = offline, .source = gw_text_of(wanted->first), .word = wanted->second};
    struct gw_error error = {0};
    char before[32] = "nowhere";
    int exit_status;

    if (read_positions(&move, &error) != GW_OK)
        return gw_offline_complain(offline, &error);
    exit_status = find_offset(&move);
    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    if (offline->repository->set_position(offline->session, move.source, move.offset, &error) != GW_OK)
        return gw_offline_complain(offline, &error);
    if (move.is_stored)
        (void)snprintf(before, sizeof before, "%" PRId64, move.stored);
    gw_terminal_print_line(stdout, "%s: set to offset %" PRId64 ", was %s", wanted->first, move.offset, before);
    return GW_EXIT_DONE;
}

/* ---- forgetting ----------------------------------------------------------------------------------------------- */

static int forget(const struct gw_offline *offline)
{
    const char *source = offline->line->values[GW_FLAG_FORGET].first;
    struct move move = {.offline = offline, .source = gw_text_of(source)};
    struct gw_error error = {0};

    if (read_positions(&move, &error) != GW_OK)
        return gw_offline_complain(offline, &error);
    if (!move.is_stored)
        return refuse_unknown(&move);
    if (offline->repository->forget_position(offline->session, move.source, &error) != GW_OK)
        return gw_offline_complain(offline, &error);
    (void)printf("%s: forgotten; its position was %" PRId64 "\n", source, move.stored);
    return GW_EXIT_DONE;
}

/* ---- the verb -------------------------------------------------------------------------------------------------- */

int gw_verb_positions(const struct gw_command_line *line)
{
    struct gw_offline offline;
    int exit_status;

    if (gw_command_line_has(line, GW_FLAG_SET) && gw_command_line_has(line, GW_FLAG_FORGET))
        return gw_complain_usage(line, "either --set or --forget, not both");
    exit_status = gw_offline_open(&offline, line, line->operands[0]);
    if (exit_status == GW_EXIT_DONE && gw_command_line_has(line, GW_FLAG_FORGET))
        exit_status = forget(&offline);
    else if (exit_status == GW_EXIT_DONE)
        exit_status = gw_command_line_has(line, GW_FLAG_SET) ? set(&offline) : list(&offline);
    gw_offline_close(&offline);
    return exit_status;
}
