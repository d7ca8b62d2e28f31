/* SPDX-License-Identifier: Apache-2.0 */
/* `dlq replay`: selects the letters and prints the result of each. */
#include "base/terminal_text.h"
#include "base/vector.h"
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/printout.h"
#include "cli/verbs.h"
#include "cli/verbs/dlq.h"
#include "cli/verbs/replay.h"

#include <gangway/scope.h>

#include <inttypes.h>
#include <stdio.h>

enum { PAGE_LETTERS = 500, NUMBER_MAX = 24 };

enum { ID, RESULT, REASON };

static const struct gw_column columns[] = {
    [ID] = {.name = "id", .is_raw = true}, [RESULT] = {.name = "result"}, [REASON] = {.name = "reason"}};

/* ---- selection ------------------------------------------------------------------------------------------------ */

/* Ids, from the operands or from the filters. */
struct selection {
    bool is_deliveries_only;
    int64_t last;  /* the last id that was looked at */
    uint32_t seen; /* number of letters in this page */
    struct gw_arena *arena;
    int64_t *ids;
    size_t count;
    size_t capacity;
};

static enum gw_status select_entry(void *context, const struct gw_dead_entry *entry)
{
    struct selection *selection = context;
    int64_t *ids;

    selection->last = entry->id;
    selection->seen++;
    if (selection->is_deliveries_only && entry->kind != GW_DEAD_DELIVERY)
        return GW_OK;
    ids = gw_vector_grow(selection->arena, selection->ids, selection->count, &selection->capacity, sizeof *ids);
    if (ids == NULL)
        return GW_NOMEM;
    selection->ids = ids;
    selection->ids[selection->count++] = entry->id;
    return GW_OK;
}

/* Selects all letters before the first one is replayed, so that a letter which is refused again is not selected again.
 */
static enum gw_status select_filtered(const struct gw_dlq *dlq, struct selection *selection, struct gw_error *reterr)
{
    struct gw_dead_visitor visitor = {.size = sizeof visitor, .context = selection, .entry = select_entry};
    struct gw_dead_filter filter = gw_dlq_filter(dlq);
    enum gw_status status;

    filter.limit = PAGE_LETTERS;
    do {
        selection->seen = 0;
        filter.after = selection->last;
        status = dlq->offline.repository->dead_list(dlq->offline.session, &filter, &visitor, reterr);
    } while (status == GW_OK && selection->seen == PAGE_LETTERS);
    return status;
}

static int check_selection(const struct gw_command_line *line)
{
    bool has_filter = gw_command_line_has(line, GW_FLAG_REASON) || gw_command_line_has(line, GW_FLAG_SOURCE);
    bool has_all = gw_command_line_has(line, GW_FLAG_ALL);

    if (line->operand_count > 0 && (has_filter || has_all))
        return gw_complain_usage(line, "either ids, or --all, --reason and --source: not both");
    if (line->operand_count == 0 && !has_filter && !has_all)
        return gw_complain_usage(line, "which ones? Give ids, or --all, or --reason and --source");
    return GW_EXIT_DONE;
}

/* The destination of --to; NULL: it was not given. Returns the exit status. */
static int find_target(const struct gw_dlq *dlq, const struct gw_component **ret_to)
{
    const struct gw_command_line *line = dlq->offline.line;
    const char *id = gw_command_line_value(line, GW_FLAG_TO);

    *ret_to = NULL;
    if (id == NULL)
        return GW_EXIT_DONE;
    *ret_to = gw_bootstrap_destination(dlq->offline.bootstrap, gw_text_of(id));
    if (*ret_to != NULL)
        return GW_EXIT_DONE;
    return gw_complain(line, "--to: %s names no publisher or notifier '%s'", dlq->offline.bootstrap->file, id);
}

/* ---- results -------------------------------------------------------------------------------------------------- */

struct telling {
    struct gw_printout printout;
    struct gw_arena *arena; /* of one group */
    bool has_failures;
};

static void on_letter(void *context, int64_t id, enum gw_replay_result result, struct gw_text reason)
{
    struct telling *telling = context;
    char number[NUMBER_MAX];
    const char *cells[gw_array_length(columns)] = {[ID] = number, [RESULT] = gw_replay_result_word(result)};

    (void)snprintf(number, sizeof number, "%" PRId64, id);
    if (reason.len > 0)
        cells[REASON] = gw_arena_copy(telling->arena, reason.ptr, (size_t)reason.len);
    if (reason.len > 0 && cells[REASON] == NULL)
        telling->printout.has_failed = true;
    telling->has_failures = telling->has_failures || gw_replay_is_failure(result);
    gw_printout_add(&telling->printout, cells);
}

static enum gw_status run_groups(struct gw_replay *replay, const struct selection *selection, struct telling *telling,
                                 struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (size_t at = 0; at < selection->count && status == GW_OK; at += GW_REPLAY_MAX_LETTERS) {
        size_t rest = selection->count - at;

        status = gw_replay_run(replay, &selection->ids[at],
                               (uint32_t)(rest < GW_REPLAY_MAX_LETTERS ? rest : GW_REPLAY_MAX_LETTERS), reterr);
        gw_printout_flush(&telling->printout);
        gw_arena_reset(telling->arena, SIZE_MAX);
    }
    return status;
}

static int run_selection(struct gw_dlq *dlq, const struct gw_component *to, const struct selection *selection,
                         struct telling *telling)
{
    const struct gw_command_line *line = dlq->offline.line;
    struct gw_replay_visitor visitor = {telling, on_letter};
    struct gw_replay *replay = NULL;
    struct gw_error error = {0};
    enum gw_status status = gw_replay_new(&dlq->offline, to, &visitor, &replay, &error);
    bool is_printed;
    uint64_t rows;

    gw_printout_open(&telling->printout, line->format, columns, gw_array_length(columns));
    if (status == GW_OK)
        status = run_groups(replay, selection, telling, &error);
    is_printed = gw_printout_close(&telling->printout);
    rows = replay != NULL ? gw_replay_rows(replay) : 0;
    gw_replay_free(replay);
    if (rows > 0)
        gw_terminal_print_line(stderr,
                               "%" PRIu64 " to deliver: the running gateway does it, or the next `gangway run %s`",
                               rows, dlq->offline.bootstrap->file);
    if (status != GW_OK)
        return gw_offline_complain(&dlq->offline, &error);
    if (!is_printed)
        return gw_complain_memory(line);
    return telling->has_failures ? GW_EXIT_FAILED : GW_EXIT_DONE;
}

/* ---- the verb ------------------------------------------------------------------------------------------------- */

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

static int replay_letters(struct gw_dlq *dlq)
{
    gw_auto(gw_arena_free) struct gw_arena *ids = gw_bootstrap_arena_new();
    gw_auto(gw_arena_free) struct gw_arena *texts = gw_bootstrap_arena_new();
    struct selection selection = {.arena = ids, .ids = dlq->ids, .count = dlq->id_count};
    struct telling telling = {.arena = texts};
    const struct gw_component *to;
    struct gw_error error = {0};
    enum gw_status status = GW_OK;
    int exit_status = find_target(dlq, &to);

    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    if (ids == NULL || texts == NULL)
        return gw_complain_memory(dlq->offline.line);
    selection.is_deliveries_only = to != NULL;
    if (selection.count == 0)
        status = select_filtered(dlq, &selection, &error);
    if (status == GW_NOMEM)
        return gw_complain_memory(dlq->offline.line);
    if (status != GW_OK)
        return gw_offline_complain(&dlq->offline, &error);
    return run_selection(dlq, to, &selection, &telling);
}

int gw_verb_dlq_replay(const struct gw_command_line *line)
{
    int exit_status = check_selection(line);

    return exit_status == GW_EXIT_DONE ? gw_dlq_run(line, replay_letters) : exit_status;
}
