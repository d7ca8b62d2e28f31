/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folder: files that are read and replaced as a whole, and the lock on all of them. Names are relative to the folder.
 */
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

/* Opens the folder unless it is open. OK; CONFIG: it does not exist, or a right is missing. */
enum gw_status folder_open(struct folder *folder, struct gw_error *reterr);

/* Locks the folder for this instance until folder_done, and creates what is needed under .gangway. OK; CONFIG: another
 * process has the lock, and the text names it. */
enum gw_status folder_lock(struct folder *folder, struct gw_error *reterr);

/* The process that has locked the folder; 0: none, or unknown. Changes nothing. */
long folder_holder(const struct folder *folder);

/* FOLDER/NAME, for errors. */
void folder_name(const struct folder *folder, const char *name, char ret_path[PATH_MAX]);

/* Reads the bytes of a file, which the caller frees, with one spare byte behind them; NULL if the file does not exist.
 * ret_seen, unless it is NULL, identifies this version of the file. */
enum gw_status folder_read(const struct folder *folder, const char *name, char **ret_bytes, size_t *ret_len,
                           struct stat *ret_seen, struct gw_error *reterr);

/* What ret_seen of folder_read would be; all zero if the file does not exist. */
void folder_look(const struct folder *folder, const char *name, struct stat *ret_seen);
bool folder_is_same(const struct stat *a, const struct stat *b);

/* New contents of a file. */
struct new_file {
    const char *name;
    const char *bytes;
    size_t len;
    struct stat *ret_seen; /* the result of folder_look until another program writes the file; may be NULL */
};

enum { NEW_FILES_MAX = 16 };

/* Replaces the files. The new contents are durable only after folder_sync. If it fails, some files may be new, but each
 * is either new or unchanged. */
enum gw_status folder_replace(const struct folder *folder, const struct new_file *files, uint32_t count,
                              struct gw_error *reterr);

/* Makes replacements and removals under .gangway durable, and with is_all those in the folder itself too. */
enum gw_status folder_sync(const struct folder *folder, bool is_all, struct gw_error *reterr);

enum gw_status folder_remove(const struct folder *folder, const char *name, struct gw_error *reterr);

#endif
