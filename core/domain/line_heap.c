/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap in an array: the children of i are 2i + 1 and 2i + 2. */
#include "domain/line_heap.h"

#include "base/vector.h"

struct gw_line_claim {
    int64_t seq;
    struct gw_held_line *line;
};

bool gw_line_heap_add(struct gw_line_heap *heap, struct gw_arena *arena, struct gw_held_line *line)
{
    struct gw_line_claim *claims = gw_vector_grow(arena, heap->claims, heap->count, &heap->capacity, sizeof *claims);
    size_t at = heap->count;

    if (claims == NULL)
        return false;
    heap->claims = claims;
    heap->count++;
    for (; at > 0 && heap->claims[(at - 1) / 2].seq < line->seq; at = (at - 1) / 2)
        heap->claims[at] = heap->claims[(at - 1) / 2];
    heap->claims[at] = (struct gw_line_claim){line->seq, line};
    return true;
}

static void heap_drop_top(struct gw_line_heap *heap)
{
    struct gw_line_claim last = heap->claims[--heap->count];
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child + 1 < heap->count && heap->claims[child + 1].seq > heap->claims[child].seq)
            child++;
        if (child >= heap->count || heap->claims[child].seq <= last.seq)
            break;
        heap->claims[at] = heap->claims[child];
        at = child;
    }
    heap->claims[at] = last;
}

struct gw_held_line *gw_line_heap_newest(struct gw_line_heap *heap)
{
    while (heap->count > 0 && heap->claims[0].line->seq != heap->claims[0].seq)
        heap_drop_top(heap);
    return heap->count > 0 ? heap->claims[0].line : NULL;
}

struct gw_held_line *gw_line_heap_take(struct gw_line_heap *heap)
{
    struct gw_held_line *newest = gw_line_heap_newest(heap);

    if (newest != NULL)
        heap_drop_top(heap);
    return newest;
}
