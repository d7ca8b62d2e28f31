/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of findings: newest first while it grows, sorted by place for printing. Does not know what is checked. No
 * state.
 */
#include "yaml/diagnostics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 1024 };

void gw_diagnostics_init(struct gw_diagnostics *diagnostics, struct gw_arena *arena, const char *file)
{
    *diagnostics = (struct gw_diagnostics){.arena = arena, .file = file};
}

static void add(struct gw_diagnostics *diagnostics, enum gw_severity severity, uint32_t line, uint32_t column,
                const char *text)
{
    struct gw_diagnostic *entry = gw_arena_alloc_zero(diagnostics->arena, sizeof *entry);

    if (entry != NULL)
        entry->text = gw_arena_copy(diagnostics->arena, text, strlen(text));
    if (severity == GW_SEVERITY_ERROR)
        diagnostics->errors++;
    else
        diagnostics->warnings++;
    if (entry == NULL || entry->text == NULL) {
        diagnostics->has_failed = true;
        return;
    }
    entry->next = diagnostics->newest;
    entry->severity = severity;
    entry->line = line;
    entry->column = column;
    diagnostics->newest = entry;
}

void gw_diagnostics_add(struct gw_diagnostics *diagnostics, enum gw_severity severity, uint32_t line, uint32_t column,
                        const char *format, ...)
{
    char text[TEXT_MAX_BYTES];
    va_list arguments;
    int written;

    va_start(arguments, format);
    written = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (written < 0)
        text[0] = '\0';
    add(diagnostics, severity, line, column, text);
}

void gw_diagnostics_add_line(struct gw_diagnostics *diagnostics, const char *text)
{
    add(diagnostics, GW_SEVERITY_ERROR, 0, 0, text);
}

/* Findings of one place keep the order in which they were added: the sort below gets older entries first. */
struct sorted {
    const struct gw_diagnostic *entry;
    size_t age;
};

static int compare_places(const void *a, const void *b)
{
    const struct sorted *left = a;
    const struct sorted *right = b;

    if (left->entry->line != right->entry->line)
        return left->entry->line < right->entry->line ? -1 : 1;
    if (left->entry->column != right->entry->column)
        return left->entry->column < right->entry->column ? -1 : 1;
    return (left->age < right->age) - (left->age > right->age);
}

/* A quoted key from the file may hold any character: control characters must not break the line or reach a terminal. */
static void print_entry(const struct gw_diagnostics *diagnostics, const struct gw_diagnostic *entry,
                        struct gw_buffer *buffer)
{
    static const char *const words[] = {[GW_SEVERITY_ERROR] = "error", [GW_SEVERITY_WARNING] = "warning"};

    if (entry->line > 0) {
        gw_buffer_append_terminal(buffer, diagnostics->file, strlen(diagnostics->file));
        gw_buffer_append_format(buffer, ":%u:%u: %s: ", entry->line, entry->column, words[entry->severity]);
    }
    gw_buffer_append_terminal(buffer, entry->text, strlen(entry->text));
    gw_buffer_append_byte(buffer, '\n');
}

void gw_diagnostics_print(const struct gw_diagnostics *diagnostics, struct gw_buffer *buffer)
{
    size_t count = 0;
    struct sorted *all = calloc(diagnostics->errors + diagnostics->warnings + 1, sizeof *all);

    if (all == NULL) {
        buffer->has_failed = true;
        return;
    }
    for (const struct gw_diagnostic *entry = diagnostics->newest; entry != NULL; entry = entry->next, count++)
        all[count] = (struct sorted){entry, count};
    qsort(all, count, sizeof *all, compare_places);
    for (size_t i = 0; i < count; i++)
        print_entry(diagnostics, all[i].entry, buffer);
    free(all);
}
