/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The claim on a database file: which process runs on it, and through which name. SQLite keeps the log beside the name,
 * so if two names are used at the same time, commits through one of them are lost. The claim is on the file itself, by
 * its inode; the kernel releases it when the process dies.
 *
 * A claim keeps the file open. Release it after the last connection of the process was closed, because closing any
 * descriptor of a file drops the locks that SQLite has on it.
 */
#ifndef SQLITE_CLAIM_H
#define SQLITE_CLAIM_H

#include <gangway/error.h>
#include <gangway/host.h>

#include <stdbool.h>

struct claim {
    int file_fd; /* the database; -1: not joined */
    int lock_fd; /* PATH.lock; -1: not taken */
};

void claim_init(struct claim *claim);

/* Releases everything. */
void claim_done(struct claim *claim);

/* Joins the users of the database at path, through the name that it has here; creates an empty file if is_making. One
 * call is enough. OK; CONFIG: the file does not exist, has several hard links, or is used through another name, and the
 * text names the process; TRANSIENT: no descriptors. */
enum gw_status claim_join(struct claim *claim, const char *path, bool is_making, const struct gw_host *host,
                          struct gw_error *reterr);

/* Claims the database for one gateway, and creates the file if it does not exist. OK; CONFIG: as above, or a gateway
 * runs on it, and the text names the process. */
enum gw_status claim_take(struct claim *claim, const char *path, const struct gw_host *host, struct gw_error *reterr);

/* Whether the joined file is still the one at path. OK; CONFIG: it was replaced or removed, so commits of this process
 * would go to a file that nobody finds again; TRANSIENT: it cannot be checked now. Any thread. */
enum gw_status claim_check(const struct claim *claim, const char *path, struct gw_error *reterr);

/* The status that claim_join would return for an existing file, without a claim. This process must have no connection
 * open. */
enum gw_status claim_look(const char *path, struct gw_error *reterr);

#endif
