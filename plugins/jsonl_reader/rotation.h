/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that log rotation left beside a path: PATH.1, PATH-20261121, PATH.2026-11-21T10:00:00. Compressed files and
 * files with letters in the suffix are ignored, because a file beside a file of commands need not contain commands to
 * run. Knows nothing of sources; no state.
 */
#ifndef JSONL_READER_ROTATION_H
#define JSONL_READER_ROTATION_H

#include <gangway/status.h>

#include <stddef.h>
#include <sys/stat.h>

enum { ROTATED_MAX = 16 }; /* the newest ones are kept */

struct rotated {
    char *path;
    struct stat seen;
};

struct rotation {
    size_t count;
    struct rotated files[ROTATED_MAX]; /* oldest first, by modification time */
};

/* Finds the files that were modified at or after `since` (NULL: all). OK, also if the directory cannot be read, which
 * then has none; NOMEM. */
enum gw_status rotation_find(const char *path, const struct timespec *since, struct rotation *ret_rotation);

void rotation_done(struct rotation *rotation);

#endif
