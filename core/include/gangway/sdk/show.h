/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin library: how error messages show the texts of senders.
 *
 * Senders choose identifiers, which may be long, and a struct gw_error has room for about 500 bytes. These functions
 * limit what a message shows, so that the message itself is not cut off:
 *
 *     gw_error_set(reterr, GW_CONFLICT, "batch %.*s exists", gw_shown(ref), ref.ptr)
 *
 * Texts and errors belong to the caller. No state, no allocation, any thread; a NULL error pointer is fine.
 */
#ifndef GANGWAY_SDK_SHOW_H
#define GANGWAY_SDK_SHOW_H

#include <gangway/error.h>
#include <gangway/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The highest number of bytes of a text that an error message shows: the length of the longest identifier. */
enum { GW_SHOWN_MAX = 255 };

/* The precision for "%.*s" with text.ptr: the length of the text, at most GW_SHOWN_MAX. A text of length 0 may have the
 * pointer NULL, which printf does not read with a precision of 0. */
static inline int gw_shown(struct gw_text text)
{
    return text.len < GW_SHOWN_MAX ? (int)text.len : (int)GW_SHOWN_MAX;
}

/*
 * Returns the status of a visitor and adds a text. A visitor cannot write one itself. `what` is the plural of the rows,
 * such as "positions".
 *
 * Returns status: OK, with *reterr unchanged, or the failure that the visitor returned.
 */
static inline enum gw_status gw_visited(enum gw_status status, const char *what, struct gw_error *reterr)
{
    return status == GW_OK ? GW_OK : gw_error_set(reterr, status, "the reader of %s gave up", what);
}

#ifdef __cplusplus
}
#endif

#endif
