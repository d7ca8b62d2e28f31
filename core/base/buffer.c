/* SPDX-License-Identifier: Apache-2.0 */
/* Appends of escaped text: escape and buffer in one loop. */
#include "base/buffer.h"

#include "base/terminal_text.h"

void gw_buffer_append_terminal(struct gw_buffer *buffer, const char *bytes, size_t len)
{
    while (len > 0 && !buffer->has_failed) {
        size_t taken = gw_terminal_plain_run(bytes, len);
        char escaped[GW_TERMINAL_ESCAPE_MAX];

        if (taken > 0)
            gw_buffer_append(buffer, bytes, taken);
        else
            gw_buffer_append(buffer, escaped, gw_terminal_escape(bytes, len, escaped, &taken));
        bytes += taken;
        len -= taken;
    }
}
