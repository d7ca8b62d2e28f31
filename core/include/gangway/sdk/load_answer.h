/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: the parts of an answer to load that follow from the port, not from the storage.
 *
 * The answer for a product has its first batches with enough room, in the order of rule 2, up to a limit. The last of
 * them is marked GW_BATCH_LAST if, and only if, more follow. So the batch at the limit can be reported only when it is
 * known whether another one follows. A struct gw_room_answer holds that batch back:
 *
 *     gw_room_answer_begin(&answer, visitor, request->room, request->limit);
 *     while (status == GW_OK && next_batch_with_room(&batch))    // the storage's own search, in the order of rule 2
 *         status = gw_room_answer_add(&answer, &batch, reterr); // END: the limit is reached and one more was found
 *     if (status == GW_OK || status == GW_END)
 *         status = gw_room_answer_end(&answer, reterr);
 *
 * A search with a limit of its own must return one batch more than the limit of the request. For a batch that is
 * requested by its reference, the product is answered with GW_NAMED_ROOM and GW_NAMED_LIMIT.
 *
 * Ownership: a struct gw_room_answer belongs to the caller, for one list and one thread. It allocates nothing and needs
 * no release. From begin to end it borrows the visitor and the SKU of the batches. It copies the reference of the batch
 * that it holds back, so the storage may go to its next row after each add.
 */
#ifndef GANGWAY_SDK_LOAD_ANSWER_H
#define GANGWAY_SDK_LOAD_ANSWER_H

#include <gangway/port/repository.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Room and limit with which the product of a requested batch is answered (port/repository_load.h). */
enum { GW_NAMED_ROOM = 1, GW_NAMED_LIMIT = 16 };

/* The longest reference of a batch, in bytes. */
enum { GW_REFERENCE_MAX = 255 };

/* The batches with room of one request. Its members are private. */
struct gw_room_answer {
    const struct gw_load_visitor *visitor;
    int64_t room;
    uint32_t limit;
    uint32_t found;                /* so far; limit + 1 at most */
    struct gw_batch_snapshot last; /* found at the limit, not reported yet */
    char ref[GW_REFERENCE_MAX];    /* of last */
};

/* Begins a list for a request with this room and this limit, which is at least 1. */
void gw_room_answer_begin(struct gw_room_answer *answer, const struct gw_load_visitor *visitor, int64_t room,
                          uint32_t limit);

/*
 * Adds the next batch with room, in the order of rule 2. It sets flags and room of the batch itself.
 * OK: the search continues.
 * END: the list is complete. The search may end, and no further batch may be added.
 * CONFIG: the reference is longer than GW_REFERENCE_MAX bytes, so the row was changed by other means. The text names
 * the SKU. Any other: what the visitor returned. The text says so.
 */
enum gw_status gw_room_answer_add(struct gw_room_answer *answer, const struct gw_batch_snapshot *batch,
                                  struct gw_error *reterr);

/* Ends the list: reports the batch that was held back, if there is one. OK, or what the visitor returned. */
enum gw_status gw_room_answer_end(struct gw_room_answer *answer, struct gw_error *reterr);

#ifdef __cplusplus
}
#endif

#endif
