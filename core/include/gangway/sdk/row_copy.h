/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: copies of the port's rows that own their texts.
 *
 * A plugin borrows the rows of the port for a call. To keep a row, it needs a copy that owns its texts. A copy is made
 * in two steps, so that the plugin chooses the allocator and needs only one block for row and texts:
 *
 *     struct kept *kept = allocate(sizeof *kept + gw_outbox_row_bytes(row));
 *     gw_outbox_row_copy(&kept->row, row, kept->texts);        // char texts[] at the end of struct kept
 *
 * The copy's texts point into the block. Free the block, and nothing else, when the row is no longer needed, and do not
 * move it. An empty text of a copy has the length 0 and a pointer into the block that is never read.
 *
 * One file (core/sdk/row_copy.c) lists which members of a struct are texts. When the port gets a further member, every
 * plugin that is built with the newer headers copies it.
 *
 * No state, any thread, no failure; only the plugin's own allocation can fail.
 */
#ifndef GANGWAY_SDK_ROW_COPY_H
#define GANGWAY_SDK_ROW_COPY_H

#include <gangway/port/repository.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Copies text to *at, moves *at behind it and returns the copy. There must be room for text.len bytes at *at. */
static inline struct gw_text gw_text_copy(char **at, struct gw_text text)
{
    struct gw_text copy = gw_text_span(*at, text.len);

    if (text.len > 0)
        memcpy(*at, text.ptr, (size_t)text.len);
    *at += text.len;
    return copy;
}

/* How many bytes the texts of an outbox row take: destination, recipient, id, type, SKU, payload and headers. */
uint64_t gw_outbox_row_bytes(const struct gw_outbox_row *row);

/* Copies a row into *to, and its texts to `texts`, which has room for gw_outbox_row_bytes(row). to may be row. */
void gw_outbox_row_copy(struct gw_outbox_row *to, const struct gw_outbox_row *row, char *texts);

/* How many bytes the texts of a dead letter take: those of its letter, the reason included, and its recipient. */
uint64_t gw_dead_entry_bytes(const struct gw_dead_entry *entry);

/* Copies an entry into *to, and its texts to `texts`, which has room for gw_dead_entry_bytes(entry). to may be entry.
 * A plugin that stores the reason separately, because a replay changes it, empties the reason of the entry first. */
void gw_dead_entry_copy(struct gw_dead_entry *to, const struct gw_dead_entry *entry, char *texts);

#ifdef __cplusplus
}
#endif

#endif
