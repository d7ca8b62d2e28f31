/* SPDX-License-Identifier: Apache-2.0 */
/* See unflushed.h. */
#include "unflushed.h"

void unflushed_note(struct unflushed *unflushed)
{
    unflushed->has_new = true;
}

bool unflushed_look(struct unflushed *unflushed, int64_t inserted, int64_t flushed)
{
    bool must_wait = unflushed->before > flushed;

    unflushed->before = unflushed->has_new ? inserted : 0;
    unflushed->has_new = false;
    return must_wait;
}
