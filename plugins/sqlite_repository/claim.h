/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The claim on a database file: which process runs on it, and under which name it is used. SQLite keeps the log beside
 * the name, so what is used under two names at the same time loses what is committed under one of them. The file itself
 * is claimed, by its inode; the kernel gives the claim back when the process dies.
 *
 * A claim holds the file open. It is given back after the last connection of the process was closed: closing any
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

/* Gives everything back. */
void claim_done(struct claim *claim);

/* Uses the database at path beside others, under the name that it has here; makes an empty file, if is_making. Once is
 * enough. CONFIG: it is not there, has several hard links, or is used under another name, and the text says by which
 * process; TRANSIENT: no descriptors. */
enum gw_status claim_join(struct claim *claim, const char *path, bool is_making, const struct gw_host *host,
                          struct gw_error *reterr);

/* Takes the database for one gateway, making the file when it is not there. CONFIG: the same, or a gateway runs on it,
 * and the text says which process. */
enum gw_status claim_take(struct claim *claim, const char *path, const struct gw_host *host, struct gw_error *reterr);

/* Whether the file that was joined is still the one at path. CONFIG: it was replaced or removed, and what this process
 * commits would go to a file that nobody finds again; TRANSIENT: it cannot be looked at now. Any thread. */
enum gw_status claim_check(const struct claim *claim, const char *path, struct gw_error *reterr);

/* What claim_join would say about a file that is there, without a claim. No connection may be open in this process. */
enum gw_status claim_look(const char *path, struct gw_error *reterr);

#endif
