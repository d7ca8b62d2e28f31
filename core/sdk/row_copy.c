/* SPDX-License-Identifier: Apache-2.0 */
/* Row copies: which members of a row are texts. */
#include <gangway/sdk/row_copy.h>

#include <stddef.h>

static const size_t row_texts[] = {
    offsetof(struct gw_outbox_row, destination), offsetof(struct gw_outbox_row, recipient),
    offsetof(struct gw_outbox_row, id),          offsetof(struct gw_outbox_row, type),
    offsetof(struct gw_outbox_row, sku),         offsetof(struct gw_outbox_row, payload),
    offsetof(struct gw_outbox_row, headers),
};

static const size_t entry_texts[] = {
    offsetof(struct gw_dead_entry, letter.entrypoint), offsetof(struct gw_dead_entry, letter.source),
    offsetof(struct gw_dead_entry, letter.identity),   offsetof(struct gw_dead_entry, letter.type),
    offsetof(struct gw_dead_entry, letter.key),        offsetof(struct gw_dead_entry, letter.headers),
    offsetof(struct gw_dead_entry, letter.payload),    offsetof(struct gw_dead_entry, letter.reason),
    offsetof(struct gw_dead_entry, recipient),
};

enum { ROW_TEXTS = sizeof row_texts / sizeof row_texts[0], ENTRY_TEXTS = sizeof entry_texts / sizeof entry_texts[0] };

static uint64_t bytes_of(const void *row, const size_t *offsets, size_t count)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += ((const struct gw_text *)(const void *)((const char *)row + offsets[i]))->len;
    return bytes;
}

/* Moves the texts of a row to `at`. */
static void copy_texts(void *row, const size_t *offsets, size_t count, char *at)
{
    for (size_t i = 0; i < count; i++) {
        struct gw_text *text = (void *)((char *)row + offsets[i]);

        *text = gw_text_copy(&at, *text);
    }
}

uint64_t gw_outbox_row_bytes(const struct gw_outbox_row *row)
{
    return bytes_of(row, row_texts, ROW_TEXTS);
}

void gw_outbox_row_copy(struct gw_outbox_row *to, const struct gw_outbox_row *row, char *texts)
{
    *to = *row;
    copy_texts(to, row_texts, ROW_TEXTS, texts);
}

uint64_t gw_dead_entry_bytes(const struct gw_dead_entry *entry)
{
    return bytes_of(entry, entry_texts, ENTRY_TEXTS);
}

void gw_dead_entry_copy(struct gw_dead_entry *to, const struct gw_dead_entry *entry, char *texts)
{
    *to = *entry;
    copy_texts(to, entry_texts, ENTRY_TEXTS, texts);
}
