/* SPDX-License-Identifier: Apache-2.0 */
/* A file of csv_reader: the rows follow one another without a gap and do not depend on how the bytes arrive; a row
 * without a fault is a JSON object with the cells as its values. */
#include "fuzz.h"

#include "base/arena.h"
#include "base/text.h"
#include "header.h"
#include "json/json.h"

#include <string.h>

enum { LIMIT = ROW_HEAD_MAX + 64, OBJECT_MAX = 1024 * 1024, ARENA_MAX = 8 * OBJECT_MAX };

/* What is read, and how much of it at a time. */
struct feed {
    const char *at;
    size_t len;
    size_t piece;
};

static void feed_piece(struct feed *feed, struct rows *rows)
{
    size_t room = 0;
    char *to = rows_room(rows, &room);
    size_t len = feed->len < feed->piece ? feed->len : feed->piece;

    len = len < room ? len : room;
    fuzz_promise(to != NULL && room > 0);
    memcpy(to, feed->at, len);
    rows_filled(rows, len);
    feed->at += len;
    feed->len -= len;
}

/* False: the file is at its end, without another row. */
static bool next_row(struct feed *feed, struct rows *rows, struct row *ret_row)
{
    while (!rows_next(rows, feed->len == 0, ret_row)) {
        if (feed->len == 0)
            return false;
        feed_piece(feed, rows);
    }
    return true;
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static void check_place(const struct row *row, int64_t *end, int64_t size)
{
    fuzz_promise(row->offset >= *end && row->next > row->offset && row->next <= size);
    fuzz_promise(row->line > 0 && row->full_len >= row->text.len);
    fuzz_promise(row->kind != ROW_WRONG || row->wrong != NULL);
    fuzz_promise(row->kind != ROW_CELLS || (row->cell_count > 0 && row->text.len <= LIMIT));
    *end = row->next;
}

static void check_same(const struct row *one, const struct row *other)
{
    fuzz_promise(one->kind == other->kind && one->line == other->line && one->cell_count == other->cell_count);
    fuzz_promise(one->offset == other->offset && one->next == other->next && one->full_len == other->full_len);
    fuzz_promise(gw_text_equal(one->text, other->text) && row_mark(one) == row_mark(other));
}

static void check_rows(const char *bytes, size_t len, size_t piece)
{
    static struct rows whole_rows;
    static struct rows rows;
    struct feed whole = {bytes, len, len};
    struct feed pieces = {bytes, len, piece};
    struct row expected;
    struct row row;
    int64_t end = 0;

    rows_init(&whole_rows, LIMIT);
    rows_init(&rows, LIMIT);
    while (next_row(&whole, &whole_rows, &expected)) {
        fuzz_promise(next_row(&pieces, &rows, &row));
        check_same(&expected, &row);
        check_place(&row, &end, (int64_t)len);
    }
    fuzz_promise(!next_row(&pieces, &rows, &row));
    fuzz_promise(rows_read_offset(&rows) == (int64_t)len && rows_read_offset(&whole_rows) == (int64_t)len);
    rows_done(&whole_rows);
    rows_done(&rows);
}

/* ---- objects --------------------------------------------------------------------------------------------------- */

static void check_object(const struct header *header, const struct csv_cell *cells, struct gw_buffer *bytes)
{
    static struct gw_json_reader *reader;
    static struct gw_arena *arena;
    size_t count = 0;
    struct gw_json_object object = {0};

    if (reader == NULL)
        reader = gw_json_reader_new(OBJECT_MAX);
    if (arena == NULL)
        arena = gw_arena_new(ARENA_MAX);
    fuzz_promise(arena != NULL && reader != NULL);
    header_object(header, cells, bytes);
    fuzz_promise(!bytes->has_failed);
    fuzz_promise(gw_json_read_object(reader, arena, gw_buffer_text(bytes), &object, NULL) == GW_OK);
    for (uint32_t i = 0; i < header->count; i++)
        count += header->names[i].len > 0 && cells[i].text.len > 0;
    fuzz_promise(object.count == count);
    gw_arena_reset(arena, OBJECT_MAX);
}

static void check_header(const char *bytes, size_t len, const struct header_options *options)
{
    static struct rows rows;
    struct feed feed = {bytes, len, len};
    struct header header = {0};
    struct gw_buffer object;
    struct gw_error error = {0};
    char fault[FAULT_BYTES];
    struct row row;
    bool has_first;

    rows_init(&rows, LIMIT);
    gw_buffer_init(&object, OBJECT_MAX);
    has_first = next_row(&feed, &rows, &row);
    if (has_first && header_take(&header, &row, rows.cells, options, &error) == GW_OK) {
        while (next_row(&feed, &rows, &row)) {
            header_find_fault(&header, &row, rows.cells, fault);
            if (row.kind == ROW_CELLS && fault[0] == '\0')
                check_object(&header, rows.cells, &object);
        }
    } else if (has_first) {
        fuzz_promise(error.status == GW_PERMANENT && strncmp(error.text, "line ", strlen("line ")) == 0);
    }
    gw_buffer_done(&object);
    header_done(&header);
    rows_done(&rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const numbers[] = {"qty"};
    static const struct gw_option_field fields[] = {
        {.name = "orderid", .is_required = 1}, {.name = "sku"}, {.name = "qty"}};
    static const struct gw_option_pair columns[] = {{"sku", "Article \"no\""}};
    static const struct header_options anything = {0};
    static const struct header_options command = {
        .numbers = {numbers, 1}, .columns = {columns, 1}, .fields = {fields, 3}};
    const char *text = (const char *)bytes;

    check_rows(text, len, 1 + len / 64); /* a short input byte by byte */
    check_rows(text, len, 1 + len / 3);
    check_header(text, len, &anything);
    check_header(text, len, &command);
    return 0;
}
