/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas and buffers whose n-th allocation fails, for every n. Their allocator is the test's own: no sanitizers. */
#include "base/arena.h"
#include "base/buffer.h"
#include "check_main.h"
#include "failing_memory.h"

#include <string.h>

enum { PIECES = 200, PIECE_BYTES = 4096 };

/* Fills an arena of several blocks; allocations before the failure keep their bytes. */
static enum gw_status fill_arena(void)
{
    struct gw_arena *arena = gw_arena_new(16 * 1024 * 1024);
    unsigned char *pieces[PIECES];
    enum gw_status status = GW_OK;
    size_t count = 0;

    if (arena == NULL)
        return GW_NOMEM;
    for (; count < PIECES; count++) {
        pieces[count] = gw_arena_alloc(arena, PIECE_BYTES);
        if (pieces[count] == NULL)
            break;
        memset(pieces[count], (int)count, PIECE_BYTES);
    }
    if (count < PIECES)
        status = gw_arena_is_full(arena) ? GW_INTERNAL : GW_NOMEM;
    for (size_t i = 0; i < count; i++)
        if (pieces[i][0] != (unsigned char)i || pieces[i][PIECE_BYTES - 1] != (unsigned char)i)
            status = GW_INTERNAL;
    if (gw_arena_used(arena) != count * PIECE_BYTES)
        status = GW_INTERNAL;
    gw_arena_free(arena);
    return status;
}

static enum gw_status fill_buffer(void)
{
    struct gw_buffer buffer;
    enum gw_status status;
    size_t len = 0;

    gw_buffer_init(&buffer, 1024 * 1024);
    for (int i = 0; i < 1000 && !buffer.has_failed; i++) {
        gw_buffer_append_format(&buffer, "%08d", i);
        len += buffer.has_failed ? 0 : 8;
    }
    status = buffer.has_failed ? GW_NOMEM : GW_OK;
    if (buffer.len != len || (buffer.ptr != NULL && strlen(buffer.ptr) != len))
        status = GW_INTERNAL;
    gw_buffer_done(&buffer);
    return status;
}

START_TEST(an_arena_without_memory_says_so_and_keeps_what_it_has)
{
    ck_assert_int_gt(failing_memory_torture(fill_arena), 3);
}
END_TEST

START_TEST(a_buffer_without_memory_says_so_and_keeps_what_it_has)
{
    ck_assert_int_gt(failing_memory_torture(fill_buffer), 3);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("base/memory");
    TCase *tests = tcase_create("memory");

    tcase_add_test(tests, an_arena_without_memory_says_so_and_keeps_what_it_has);
    tcase_add_test(tests, a_buffer_without_memory_says_so_and_keeps_what_it_has);
    suite_add_tcase(suite, tests);
    return suite;
}
