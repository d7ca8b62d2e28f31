/* SPDX-License-Identifier: Apache-2.0 */
/* A file of csv_repository: any bytes are a table or refused with file and line; and a table that is written is read
 * again as the same table. */
#include "fuzz.h"

#include "records.h"

#include <string.h>

static char *copy_of(const void *bytes, size_t len)
{
    char *copy = malloc(len + 1);

    fuzz_promise(copy != NULL);
    memcpy(copy, bytes != NULL ? bytes : "", len);
    return copy;
}

/* Reads a copy of the bytes, and writes what it read; whether it was read. */
static bool read_and_write(const struct record_file *file, const void *bytes, size_t len, struct gw_buffer *ret_text)
{
    struct table table;
    struct sheet_style style;
    struct gw_error error = {0};
    char *text = copy_of(bytes, len);
    unsigned long long line = 0;
    enum gw_status status;

    records_init(&table, file->table);
    status = table_read(&table, &file->format, "f.csv", text, len, &style, &error);
    free(text); /* the table must not need it */
    if (status == GW_OK)
        table_write(&table, &file->format, &style, ret_text);
    else
        fuzz_promise(status == GW_CONFIG && sscanf(error.text, "f.csv:%llu: ", &line) == 1 && line > 0);
    fuzz_promise(!ret_text->has_failed);
    table_done(&table);
    return status == GW_OK;
}

static void check_file(const struct record_file *file, const void *bytes, size_t len)
{
    struct gw_buffer once;
    struct gw_buffer twice;

    gw_buffer_init(&once, SIZE_MAX);
    gw_buffer_init(&twice, SIZE_MAX);
    if (read_and_write(file, bytes, len, &once)) {
        fuzz_promise(read_and_write(file, once.ptr, once.len, &twice));
        fuzz_promise(once.len == twice.len && memcmp(once.ptr, twice.ptr, once.len) == 0);
    }
    gw_buffer_done(&once);
    gw_buffer_done(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    for (int file = 0; file < FILE_COUNT; file++)
        check_file(&record_files[file], bytes, len);
    return 0;
}
