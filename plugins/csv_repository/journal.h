/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journal: the new contents of every file that one commit changes, in one file, `.gangway/journal`. Its rename is the
 * commit; then the files are written from it, and it goes. Whoever opens the folder and finds one writes them again.
 */
#ifndef CSV_JOURNAL_H
#define CSV_JOURNAL_H

#include "folder.h"
#include "records.h"

struct journal {
    struct gw_buffer bytes;
    size_t begin[FILE_COUNT]; /* of each file's contents in bytes */
    size_t len[FILE_COUNT];
    uint32_t files; /* bit i: file i is in it */
};

void journal_done(struct journal *journal);

/* Begins a journal, and each of its files; what is appended to bytes until the next file, or the end, is the file's.
 * Memory that runs out shows in bytes. */
void journal_begin(struct journal *journal);
void journal_begin_file(struct journal *journal, enum file_id file);
void journal_end(struct journal *journal);

/* Commits. UNKNOWN: it is there now, but not for sure after a power cut; else nothing has happened. */
enum gw_status journal_commit(const struct journal *journal, const struct folder *folder, struct gw_error *reterr);

/* Writes the files of a committed journal, which then goes. Can be repeated after a failure. seen: of people's files,
 * set for those that are written. */
enum gw_status journal_spread(const struct journal *journal, const struct folder *folder,
                              struct stat seen[FILES_FOR_PEOPLE], struct gw_error *reterr);

/* Reads and spreads the journal of a folder, if there is one. CONFIG: it is damaged. */
enum gw_status journal_redo(const struct folder *folder, struct stat seen[FILES_FOR_PEOPLE], struct gw_error *reterr);

extern const char journal_name[];

#endif
