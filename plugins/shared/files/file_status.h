/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chooses the status of a failed system call on a file. CONFIG is for what an operator has to change: the path, what is
 * there, the rights to it, a standard stream that is closed. Everything else is TRANSIENT and is retried: a full or
 * failing disk or network, a quota, a lack of descriptors. No state, any thread.
 */
#ifndef FILES_FILE_STATUS_H
#define FILES_FILE_STATUS_H

#include <gangway/status.h>

/* CONFIG, TRANSIENT or NOMEM for an errno of open, read, write, fstat, rename or fsync. ENXIO is TRANSIENT, because a
 * FIFO may get a reader; for an input it means that there is nothing to read. */
enum gw_status file_status(int os_error);

#endif
