/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Write locks on an open file, between processes. A lock is a range of bytes far behind the end of any file, so it does
 * not conflict with locks of SQLite or other programs. Only write locks count: the kernel grants one only to a process
 * that may write the file, so a process that may only read it cannot keep others from their locks. The length of a
 * range is the process id of its owner; so a process that is refused knows the owner, whatever the name of the file.
 *
 * A lock belongs to the open file (F_OFD_SETLK): it ends when its descriptor is closed or the process dies, and other
 * descriptors of the file do not matter. If SQLite has the file open in the same process, close the descriptor after
 * SQLite's connections, because closing any descriptor of a file drops the POSIX locks of the process on it. No state,
 * any thread.
 */
#ifndef FILES_WRITE_LOCK_H
#define FILES_WRITE_LOCK_H

#include <stdint.h>

/* The first byte of a lock, and the smallest distance between two locks. */
#define WRITE_LOCK_FIRST (INT64_C(1) << 60)
#define WRITE_LOCK_STEP  (INT64_C(1) << 23) /* above any process id */

enum write_lock_result {
    WRITE_LOCK_TAKEN,
    WRITE_LOCK_HELD,        /* another open file has it; *ret_pid is its process, 0: unknown */
    WRITE_LOCK_OBSTRUCTED,  /* no process has it, but a program that may only read the file has a read lock on it */
    WRITE_LOCK_UNSUPPORTED, /* the file system has no such locks */
    WRITE_LOCK_FAILED       /* errno says why */
};

/* Takes the lock that begins at this byte, and never waits. fd must be open for writing. */
enum write_lock_result write_lock_take(int fd, int64_t at, long *ret_pid);

/* Releases the lock before the descriptor is closed. */
void write_lock_drop(int fd, int64_t at);

/* The process of one of the write locks of other open files that begin in [from, to); 0: there is none, or it is
 * unknown. fd may be open for reading only. */
long write_lock_holder(int fd, int64_t from, int64_t to);

enum { WRITE_LOCK_FILE_MODE = 0600 }; /* of a file that only exists to be locked */

/* Marks such a file after its lock was taken: removes the rights of other users, and writes the process id for people
 * who read it. Failures are ignored, because only the lock counts. */
void write_lock_mark_file(int fd);

#endif
