/* SPDX-License-Identifier: Apache-2.0 */
/* The claim: a lock on PATH.lock beside the database that says which process runs on it. The kernel gives it back when
 * that process dies. */
#ifndef SQLITE_CLAIM_H
#define SQLITE_CLAIM_H

#include <gangway/error.h>

/* Takes the claim on the database at path; *ret_fd holds it until claim_release. CONFIG: another process has it, and
 * the text says which; or the file cannot be made. */
enum gw_status claim_take(const char *path, int *ret_fd, struct gw_error *reterr);

/* -1 is fine. */
void claim_release(int fd);

#endif
