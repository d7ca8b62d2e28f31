/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: the parts of an answer to load that are a rule of the port, not of the storage.
 *
 * A product is answered with its first batches that have enough room, in the order of rule 2, up to a limit. The last
 * of them is marked GW_BATCH_LAST when, and only when, there are more behind it. So the batch at the limit can be told
 * only once it is known whether another one follows. A struct gw_room_answer keeps that batch back:
 *
 *     gw_room_answer_begin(&answer, visitor, request->room, request->limit);
 *     while (status == GW_OK && next_batch_with_room(&batch))    // the storage's own search, in the order of rule 2
 *         status = gw_room_answer_add(&answer, &batch, reterr); // END: the limit is reached and one more was found
 *     if (status == GW_OK || status == GW_END)
 *         status = gw_room_answer_end(&answer, reterr);
 *
 * A search that has its own limit must find one batch more than the request's limit. Where a batch is asked for by its
 * reference, its product is answered with GW_NAMED_ROOM and GW_NAMED_LIMIT.
 *
 * A struct gw_room_answer is the caller's, for one list and one thread. It allocates nothing and needs no release. It
 * borrows the visitor from begin to end, and the SKU of each batch as well; a reference that it keeps back it copies,
 * so the storage may move on to its next row after each add.
 */
#ifndef GANGWAY_SDK_LOAD_ANSWER_H
#define GANGWAY_SDK_LOAD_ANSWER_H

#include <gangway/port/repository.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the product of a batch that was asked for by its reference is answered (port/repository.h). */
enum { GW_NAMED_ROOM = 1, GW_NAMED_LIMIT = 16 };

/* The longest reference of a batch, in bytes. */
enum { GW_REFERENCE_MAX = 255 };

/* The batches with room of one request. Its members are private. */
struct gw_room_answer {
    const struct gw_load_visitor *visitor;
    int64_t room;
    uint32_t limit;
    uint32_t found;                /* so far; limit + 1 at most */
    struct gw_batch_snapshot last; /* found at the limit, not told yet */
    char ref[GW_REFERENCE_MAX];    /* of last */
};

/* Begins a list for a request with this room and this limit, which is at least 1. */
void gw_room_answer_begin(struct gw_room_answer *answer, const struct gw_load_visitor *visitor, int64_t room,
                          uint32_t limit);

/*
 * Adds the next batch with room, in the order of rule 2. Its flags and room are set here, whatever the caller put
 * there. OK: the search continues. END: the list is complete; the search may end, and nothing else may be added.
 * CONFIG: its reference is longer than GW_REFERENCE_MAX bytes, so somebody has changed the row by other means; the text
 * names the SKU.
 * Else what the visitor returned, with a text that says so.
 */
enum gw_status gw_room_answer_add(struct gw_room_answer *answer, const struct gw_batch_snapshot *batch,
                                  struct gw_error *reterr);

/* Ends the list: tells the batch that was kept back, if there is one. OK, or what the visitor returned. */
enum gw_status gw_room_answer_end(struct gw_room_answer *answer, struct gw_error *reterr);

#ifdef __cplusplus
}
#endif

#endif
