/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/dlq.h"

#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "options/value.h"

static int check_ids(const struct gw_command_line *line)
{
    for (size_t i = 0; i < line->operand_count; i++) {
        int64_t id;

        if (gw_value_int(gw_text_of(line->operands[i]), &id, NULL) != GW_OK || id < 1)
            return gw_complain_usage(line, "'%s' is no id of a dead letter: `gangway dlq list` shows them",
                                     line->operands[i]);
    }
    return GW_EXIT_DONE;
}

static int take_ids(struct gw_dlq *dlq, const struct gw_command_line *line)
{
    dlq->ids = gw_arena_alloc(dlq->offline.arena, (line->operand_count + 1) * sizeof *dlq->ids);
    if (dlq->ids == NULL)
        return gw_complain_memory(line);
    for (size_t i = 0; i < line->operand_count; i++)
        (void)gw_value_int(gw_text_of(line->operands[i]), &dlq->ids[dlq->id_count++], NULL);
    return GW_EXIT_DONE;
}

static int open_dlq(struct gw_dlq *dlq, const struct gw_command_line *line)
{
    const struct gw_plugin *plugin;
    int exit_status = check_ids(line);

    if (exit_status == GW_EXIT_DONE)
        exit_status = gw_offline_open(&dlq->offline, line, gw_command_line_value(line, GW_FLAG_CONFIG));
    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    plugin = dlq->offline.bootstrap->repository->plugin;
    if ((plugin->features & GW_REPOSITORY_DEAD_LETTERS) == 0)
        return gw_complain(line, "%s keeps no dead letters", plugin->name);
    return take_ids(dlq, line);
}

int gw_dlq_run(const struct gw_command_line *line, gw_dlq_fn *verb)
{
    struct gw_dlq dlq = {0};
    int exit_status = open_dlq(&dlq, line);

    if (exit_status == GW_EXIT_DONE)
        exit_status = verb(&dlq);
    gw_offline_close(&dlq.offline);
    return exit_status;
}

struct gw_dead_filter gw_dlq_filter(const struct gw_dlq *dlq)
{
    const struct gw_command_line *line = dlq->offline.line;

    return (struct gw_dead_filter){.size = sizeof(struct gw_dead_filter),
                                   .source = gw_text_of(gw_command_line_value(line, GW_FLAG_SOURCE)),
                                   .reason = gw_text_of(gw_command_line_value(line, GW_FLAG_REASON))};
}

struct gw_dead_filter gw_dlq_filter_ids(const int64_t *ids, uint32_t count)
{
    return (struct gw_dead_filter){.size = sizeof(struct gw_dead_filter), .ids = {ids, count, sizeof *ids}};
}

const char *gw_dlq_kind_word(uint32_t kind)
{
    switch (kind) {
#define GW_DEAD_KIND_CASE(name, number, word) \
    case number:                              \
        return word;
        GW_DEAD_KIND_LIST(GW_DEAD_KIND_CASE)
#undef GW_DEAD_KIND_CASE
    default:
        return "unknown";
    }
}
