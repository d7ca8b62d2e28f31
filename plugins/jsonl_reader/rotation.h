/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that log rotation left beside a path: PATH.1, PATH-20261121, PATH.2026-11-21T10:00:00. Compressed ones and
 * anything with letters in its suffix are not looked at, since what lies beside a file of commands need not be meant
 * to be run. Knows nothing of sources; no state.
 */
#ifndef JSONL_READER_ROTATION_H
#define JSONL_READER_ROTATION_H

#include <gangway/status.h>

#include <stddef.h>
#include <sys/stat.h>

enum { ROTATED_MAX = 16 }; /* the newest so many */

struct rotated {
    char *path;
    struct stat seen;
};

struct rotation {
    size_t count;
    struct rotated files[ROTATED_MAX]; /* oldest first, by the time of the last write */
};

/* Those last written at or after `since` (NULL: any). OK, a directory that cannot be read included: it then has none;
 * NOMEM. */
enum gw_status rotation_find(const char *path, const struct timespec *since, struct rotation *ret_rotation);

void rotation_done(struct rotation *rotation);

#endif
