/* SPDX-License-Identifier: Apache-2.0 */
/* `query`: the views on the command line. The service defines the views, their names and their answers. */
#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "cli/offline.h"
#include "cli/printout.h"
#include "cli/verbs.h"
#include "options/value.h"
#include "service/views.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_MAX_BYTES = 256 * 1024 * 1024 };

static int finish(const struct gw_offline *offline, enum gw_status status, const struct gw_error *error)
{
    switch (status) {
    case GW_OK:
        return GW_EXIT_DONE;
    case GW_INVALID:
        return gw_complain_usage(offline->line, "%s", error->text);
    case GW_NOT_FOUND:
        return gw_complain(offline->line, "%s", error->text);
    case GW_NOMEM:
        return gw_complain_memory(offline->line);
    default:
        return gw_offline_complain(offline, error);
    }
}

static int print_json(const struct gw_offline *offline, const struct gw_view_question *question)
{
    struct gw_buffer answer;
    struct gw_error error = {0};
    enum gw_status status;

    gw_buffer_init(&answer, ANSWER_MAX_BYTES);
    status = gw_view_answer(question, offline->repository, offline->session, &answer, &error);
    if (status == GW_OK)
        (void)printf(gw_view_is_list(question->spec) ? "%s\n" : "[%s]\n", answer.ptr);
    gw_buffer_done(&answer);
    return finish(offline, status, &error);
}

static enum gw_status print_row(void *context, const char *const *cells)
{
    gw_printout_add(context, cells);
    return GW_OK;
}

static int print_table(const struct gw_offline *offline, const struct gw_view_question *question)
{
    struct gw_column columns[GW_VIEW_COLUMNS_MAX] = {0};
    struct gw_printout printout;
    struct gw_view_table_visitor visitor = {&printout, print_row};
    struct gw_error error = {0};
    enum gw_status status;

    for (size_t i = 0; i < question->spec->column_count; i++)
        columns[i] =
            (struct gw_column){.name = question->spec->columns[i].name, .is_raw = question->spec->columns[i].is_number};
    gw_printout_open(&printout, offline->line->format, columns, question->spec->column_count);
    status = gw_view_tell(question, offline->repository, offline->session, &visitor, &error);
    if (status != GW_OK)
        gw_printout_drop(&printout);
    else if (!gw_printout_close(&printout))
        status = GW_NOMEM;
    return finish(offline, status, &error);
}

static int query(const struct gw_command_line *line, const char *view)
{
    const char *qty = gw_command_line_value(line, GW_FLAG_QTY);
    struct gw_view_question question = {.spec = gw_view_find(gw_text_of(view), qty != NULL),
                                        .argument = gw_text_of(line->operands[0])};
    struct gw_offline offline;
    int exit_status;

    if (qty != NULL && gw_value_int(gw_text_of(qty), &question.qty, NULL) != GW_OK)
        return gw_complain_usage(line, "--qty must be a whole number from 1 to %d", GW_VIEW_QUANTITY_MAX);
    exit_status = gw_offline_open(&offline, line, gw_command_line_value(line, GW_FLAG_CONFIG));
    if (exit_status == GW_EXIT_DONE)
        exit_status =
            line->format == GW_FORMAT_JSON ? print_json(&offline, &question) : print_table(&offline, &question);
    gw_offline_close(&offline);
    return exit_status;
}

int gw_verb_query_allocations(const struct gw_command_line *line)
{
    return query(line, "allocations");
}

int gw_verb_query_availability(const struct gw_command_line *line)
{
    return query(line, "availability");
}
