/* SPDX-License-Identifier: Apache-2.0 */
/* Header: names become members once; a cell's bytes become a JSON string as they are copied. */
#include "header.h"

#include <stdlib.h>
#include <string.h>

enum { ESCAPED_MAX = 6, AROUND_MAX = 4 }; /* \u001f; quotes, a colon, a comma */

void header_done(struct header *header)
{
    free(header->bytes);
    header->bytes = NULL;
    header->count = 0;
}

/* ---- spelling -------------------------------------------------------------------------------------------------- */

static char *spell_byte(char *to, char byte)
{
    static const char digits[] = "0123456789abcdef";

    if (byte == '"' || byte == '\\') {
        *to++ = '\\';
        *to++ = byte;
    } else if ((unsigned char)byte < 0x20) {
        memcpy(to, "\\u00", 4);
        to[4] = digits[byte / 16];
        to[5] = digits[byte % 16];
        to += ESCAPED_MAX;
    } else {
        *to++ = byte;
    }
    return to;
}

/* As a JSON string. Doubled quotes of a quoted cell become one. */
static char *spell_cell(char *to, const struct cell *cell)
{
    *to++ = '"';
    for (uint64_t i = 0; i < cell->text.len; i++) {
        to = spell_byte(to, cell->text.ptr[i]);
        i += cell->is_quoted && cell->text.ptr[i] == '"';
    }
    *to++ = '"';
    return to;
}

/* `0`, or digits without a leading zero, or a minus before such digits. */
static bool is_integer(struct gw_text text)
{
    uint64_t at = text.len > 0 && text.ptr[0] == '-';

    if (at == text.len || (text.ptr[at] == '0' && text.len > 1))
        return false;
    for (; at < text.len; at++)
        if (text.ptr[at] < '0' || text.ptr[at] > '9')
            return false;
    return true;
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

static bool is_listed(const struct gw_option_list *list, struct gw_text name)
{
    for (uint64_t i = 0; i < list->count; i++)
        if (gw_text_is(name, list->items[i]))
            return true;
    return false;
}

static enum gw_status check_name(const struct header *header, uint32_t index, uint64_t line, struct gw_error *reterr)
{
    const struct gw_text *name = &header->names[index];

    if (name->len == 2) /* the quotes */
        return gw_error_set(reterr, GW_CONFIG, "line %llu: column %u has no name", (unsigned long long)line, index + 1);
    for (uint32_t i = 0; i < index; i++)
        if (gw_text_equal(header->names[i], *name))
            return gw_error_set(reterr, GW_CONFIG, "line %llu: two columns have the name %.*s",
                                (unsigned long long)line, (int)(name->len < 64 ? name->len : 64), name->ptr);
    return GW_OK;
}

enum gw_status header_take(struct header *header, const struct row *row, const struct cell *cells,
                           const struct gw_option_list *numbers, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;
    char *to;

    header_done(header);
    if (row->kind != ROW_CELLS)
        return gw_error_set(reterr, GW_CONFIG, "line %llu: expected the names of the columns; %s",
                            (unsigned long long)row->line, row->wrong != NULL ? row->wrong : "it is too long");
    header->bytes = to = malloc(row->text.len * ESCAPED_MAX + row->cell_count * (size_t)AROUND_MAX);
    if (to == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the names of the columns");
    for (header->count = 0; header->count < row->cell_count && status == GW_OK; header->count++) {
        const struct cell *cell = &cells[header->count];
        char *from = to;

        to = spell_cell(to, cell);
        header->names[header->count] = gw_text_span(from, (uint64_t)(to - from));
        header->is_number[header->count] = is_listed(numbers, cell->text);
        status = check_name(header, header->count, row->line, reterr);
    }
    if (status != GW_OK)
        header_done(header);
    return status;
}

/* ---- objects --------------------------------------------------------------------------------------------------- */

size_t header_object_max(const struct header *header, const struct row *row)
{
    size_t size = 2 + row->text.len * ESCAPED_MAX;

    for (uint32_t i = 0; i < header->count; i++)
        size += header->names[i].len + AROUND_MAX;
    return size;
}

size_t header_object(const struct header *header, const struct cell *cells, char *ret_bytes)
{
    char *to = ret_bytes;

    *to++ = '{';
    for (uint32_t i = 0; i < header->count; i++) {
        if (cells[i].text.len == 0)
            continue;
        if (to - ret_bytes > 1)
            *to++ = ',';
        memcpy(to, header->names[i].ptr, header->names[i].len);
        to += header->names[i].len;
        *to++ = ':';
        if (header->is_number[i] && is_integer(cells[i].text)) {
            memcpy(to, cells[i].text.ptr, cells[i].text.len);
            to += cells[i].text.len;
        } else {
            to = spell_cell(to, &cells[i]);
        }
    }
    *to++ = '}';
    return (size_t)(to - ret_bytes);
}
