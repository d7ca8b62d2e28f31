/* SPDX-License-Identifier: Apache-2.0 */
/* Folder: files that are read whole and replaced whole, and the lock on all of them. Names are within the folder. */
#ifndef CSV_FOLDER_H
#define CSV_FOLDER_H

#include <gangway/error.h>

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct folder {
    const char *path;
    int fd;      /* -1: not open */
    int lock_fd; /* -1: not locked */
};

void folder_init(struct folder *folder, const char *path);
void folder_done(struct folder *folder);

/* Opens the folder, if it is not open. CONFIG: there is none, or no right to it. */
enum gw_status folder_open(struct folder *folder, struct gw_error *reterr);

/* Locks the folder for this instance until folder_done, making what is under .gangway for that. CONFIG: another process
 * has it, and the text says which. */
enum gw_status folder_lock(struct folder *folder, struct gw_error *reterr);

/* The process that has the folder locked; 0: there is none, or it is not known. Changes nothing. */
long folder_holder(const struct folder *folder);

/* FOLDER/NAME, for errors. */
void folder_name(const struct folder *folder, const char *name, char ret_path[PATH_MAX]);

/* The bytes of a file, to be freed, with a byte to spare behind them; NULL when it is not there. ret_seen, unless it is
 * NULL, tells this file from another and from itself at another time. */
enum gw_status folder_read(const struct folder *folder, const char *name, char **ret_bytes, size_t *ret_len,
                           struct stat *ret_seen, struct gw_error *reterr);

/* What ret_seen of folder_read would be; all zero when the file is not there. */
void folder_look(const struct folder *folder, const char *name, struct stat *ret_seen);
bool folder_is_same(const struct stat *a, const struct stat *b);

/* New contents of a file. */
struct new_file {
    const char *name;
    const char *bytes;
    size_t len;
    struct stat *ret_seen; /* what folder_look finds from then on, until somebody else writes it; may be NULL */
};

enum { NEW_FILES_MAX = 16 };

/* Each file holds its new contents from now on, durably only after folder_sync. When this fails some of them may, but
 * each is either new or as it was. */
enum gw_status folder_replace(const struct folder *folder, const struct new_file *files, uint32_t count,
                              struct gw_error *reterr);

/* What was replaced and removed stays so: under .gangway, and with is_all in the folder itself too. */
enum gw_status folder_sync(const struct folder *folder, bool is_all, struct gw_error *reterr);

enum gw_status folder_remove(const struct folder *folder, const char *name, struct gw_error *reterr);

#endif
