/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Write locks on an open file, between processes. A lock is a range of bytes far behind the end of any file, so that it
 * meets no lock of SQLite or of another program. Only write locks count: the kernel gives one only to who may write the
 * file, so nobody who may merely read it can keep others from theirs. The length of a range is the process id of its
 * owner; so who is refused knows the owner, whatever names the file has.
 *
 * The locks belong to the open file (F_OFD_SETLK): they end when its descriptor is closed or the process dies, and no
 * other descriptor of the file matters. Where SQLite has the file open in the same process, close the descriptor after
 * SQLite's connections: closing any descriptor of a file drops the process's POSIX locks on it. No state, any thread.
 */
#ifndef FILES_WRITE_LOCK_H
#define FILES_WRITE_LOCK_H

#include <stdint.h>

/* Where a range may begin, and how far apart two of them must be at least. */
#define WRITE_LOCK_FIRST (INT64_C(1) << 60)
#define WRITE_LOCK_STEP  (INT64_C(1) << 23) /* above any process id */

enum write_lock_result {
    WRITE_LOCK_TAKEN,
    WRITE_LOCK_HELD,       /* another open file has it, and *ret_pid is its process; 0: not known */
    WRITE_LOCK_OBSTRUCTED, /* nobody has it, but there is a read lock on it, of a program that may only read the file */
    WRITE_LOCK_UNSUPPORTED, /* the file system has no such locks */
    WRITE_LOCK_FAILED       /* errno says why */
};

/* Takes the lock that begins at this byte; never waits. fd must be open for writing. */
enum write_lock_result write_lock_take(int fd, int64_t at, long *ret_pid);

/* Gives it back before the descriptor is closed. */
void write_lock_drop(int fd, int64_t at);

/* The process of one of the write locks of other open files that begin in [from, to); 0: there is none, or it is not
 * known. fd may be open for reading only. */
long write_lock_holder(int fd, int64_t from, int64_t to);

enum { WRITE_LOCK_FILE_MODE = 0600 }; /* of a file that is only there to be locked */

/* Marks such a file once its lock was taken: takes the rights of others away, and writes the process id for who looks
 * into it. What fails does not matter: the lock is what counts. */
void write_lock_mark_file(int fd);

#endif
