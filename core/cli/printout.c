/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/printout.h"

#include <stdio.h>

enum { ROWS_MAX = 500, ROWS_MAX_BYTES = 256 * 1024 * 1024, KEEP_BYTES = 1024 * 1024 };

void gw_printout_open(struct gw_printout *printout, enum gw_format format, const struct gw_column *columns,
                      size_t column_count)
{
    *printout = (struct gw_printout){.arena = gw_arena_new(ROWS_MAX_BYTES), .format = format};
    printout->has_failed = printout->arena == NULL;
    gw_buffer_init(&printout->text, ROWS_MAX_BYTES);
    gw_listing_init(&printout->table, printout->arena, columns, column_count);
}

void gw_printout_add(struct gw_printout *printout, const char *const *cells)
{
    if (printout->has_failed)
        return;
    gw_listing_add(&printout->table, cells);
    if (++printout->waiting >= ROWS_MAX)
        gw_printout_flush(printout);
}

/* Write errors are detected when the program ends. */
static void print_text(struct gw_printout *printout)
{
    if (printout->text.has_failed)
        printout->has_failed = true;
    else if (printout->text.len > 0)
        (void)fwrite(printout->text.ptr, 1, printout->text.len, stdout);
    gw_buffer_reset(&printout->text);
}

void gw_printout_flush(struct gw_printout *printout)
{
    if (printout->has_failed || printout->waiting == 0)
        return;
    gw_listing_print_part(&printout->table, printout->format, &printout->text);
    print_text(printout);
    (void)fflush(stdout);
    printout->waiting = 0;
    gw_arena_reset(printout->arena, KEEP_BYTES);
}

static void done(struct gw_printout *printout)
{
    gw_buffer_done(&printout->text);
    gw_arena_free(printout->arena);
    printout->arena = NULL;
}

bool gw_printout_close(struct gw_printout *printout)
{
    if (printout->has_failed) {
        gw_printout_drop(printout);
        return false;
    }
    gw_printout_flush(printout);
    gw_listing_print_end(&printout->table, printout->format, &printout->text);
    print_text(printout);
    done(printout);
    return !printout->has_failed;
}

void gw_printout_drop(struct gw_printout *printout)
{
    if (printout->arena == NULL)
        return;
    if (printout->table.has_begun && !printout->table.has_failed)
        gw_listing_print_end(&printout->table, printout->format, &printout->text);
    print_text(printout);
    done(printout);
}
