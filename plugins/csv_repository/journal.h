/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journal: the new contents of every file that one commit changes, in one file, `.gangway/journal`. Renaming it is the
 * commit; then the files are written from it, and it is removed. A process that opens the folder and finds a journal
 * writes the files again.
 */
#ifndef CSV_JOURNAL_H
#define CSV_JOURNAL_H

#include "folder.h"
#include "records.h"

struct journal {
    struct gw_buffer bytes;
    size_t begin[FILE_COUNT]; /* of the contents of each file in bytes */
    size_t len[FILE_COUNT];
    uint32_t files; /* bit i: the journal has file i */
};

void journal_done(struct journal *journal);

/* Begins a journal, and each of its files: what is appended to bytes until the next begin or the end belongs to that
 * file. A lack of memory is recorded in bytes. */
void journal_begin(struct journal *journal);
void journal_begin_file(struct journal *journal, enum file_id file);
void journal_end(struct journal *journal);

/* Commits. OK; UNKNOWN: the journal exists, but may not survive a power failure. After any other status nothing has
 * happened. */
enum gw_status journal_commit(const struct journal *journal, const struct folder *folder, struct gw_error *reterr);

/* Writes the files of a committed journal, and removes it. May be repeated after a failure. seen: for the files for
 * people, set for those that are written. */
enum gw_status journal_spread(const struct journal *journal, const struct folder *folder,
                              struct stat seen[FILES_FOR_PEOPLE], struct gw_error *reterr);

/* Writes the files of the folder's journal, if there is one. OK; CONFIG: the journal is damaged. */
enum gw_status journal_redo(const struct folder *folder, struct stat seen[FILES_FOR_PEOPLE], struct gw_error *reterr);

extern const char journal_name[];

#endif
