/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journal: a title; for each file a line with its number and length, its bytes and a newline; and a hash of all that.
 * The journal is synced before it is renamed, so a journal under its name is complete; the hash detects a disk that did
 * not keep its promise.
 */
#include "journal.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

const char journal_name[] = RECORDS_FOLDER "/journal";

static const char title[] = "gangway journal 1\n";

enum {
    TITLE_BYTES = sizeof title - 1,
    FILE_LINE_BYTES = 27, /* "file 00 " and a length of 18 digits and a newline */
    HASH_BYTES = 16
};

void journal_done(struct journal *journal)
{
    gw_buffer_done(&journal->bytes);
    *journal = (struct journal){0};
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

void journal_begin(struct journal *journal)
{
    *journal = (struct journal){0};
    gw_buffer_init(&journal->bytes, SIZE_MAX); /* the tables that it is written from are in memory already */
    gw_buffer_append(&journal->bytes, title, TITLE_BYTES);
}

/* Writes the length of the last file, which is known now. */
static void end_file(struct journal *journal)
{
    char line[FILE_LINE_BYTES + 1];
    int last = 31 - __builtin_clz(journal->files | 1);

    if (journal->files == 0 || journal->bytes.has_failed)
        return;
    journal->len[last] = journal->bytes.len - journal->begin[last];
    (void)snprintf(line, sizeof line, "file %02d %018zu\n", last, journal->len[last]);
    memcpy(journal->bytes.ptr + journal->begin[last] - FILE_LINE_BYTES, line, FILE_LINE_BYTES);
    gw_buffer_append_byte(&journal->bytes, '\n');
}

void journal_begin_file(struct journal *journal, enum file_id file)
{
    static const char blank[FILE_LINE_BYTES];

    end_file(journal);
    gw_buffer_append(&journal->bytes, blank, FILE_LINE_BYTES);
    journal->files |= 1u << file;
    journal->begin[file] = journal->bytes.len;
}

void journal_end(struct journal *journal)
{
    unsigned char hash[HASH_BYTES];

    end_file(journal);
    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)journal->bytes.ptr, journal->bytes.len, NULL, 0);
    gw_buffer_append(&journal->bytes, hash, sizeof hash);
}

enum gw_status journal_commit(const struct journal *journal, const struct folder *folder, struct gw_error *reterr)
{
    struct new_file file = {journal_name, journal->bytes.ptr, journal->bytes.len, NULL};
    enum gw_status status = folder_replace(folder, &file, 1, reterr);

    if (status != GW_OK)
        return status;
    status = folder_sync(folder, false, reterr);
    if (status != GW_OK && reterr != NULL)
        reterr->status = GW_UNKNOWN;
    return status == GW_OK ? GW_OK : GW_UNKNOWN;
}

enum gw_status journal_spread(const struct journal *journal, const struct folder *folder,
                              struct stat seen[FILES_FOR_PEOPLE], struct gw_error *reterr)
{
    bool has_peoples = (journal->files & ((1u << FILES_FOR_PEOPLE) - 1)) != 0;
    struct new_file files[FILE_COUNT];
    uint32_t count = 0;
    enum gw_status status;

    for (uint32_t file = 0; file < FILE_COUNT; file++)
        if ((journal->files >> file & 1) != 0)
            files[count++] =
                (struct new_file){record_files[file].format.file, journal->bytes.ptr + journal->begin[file],
                                  journal->len[file], file < FILES_FOR_PEOPLE ? &seen[file] : NULL};
    status = folder_replace(folder, files, count, reterr);
    if (status == GW_OK)
        status = folder_sync(folder, has_peoples, reterr);
    if (status == GW_OK)
        status = folder_remove(folder, journal_name, reterr);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static bool is_whole(const struct gw_buffer *bytes)
{
    unsigned char hash[HASH_BYTES];

    if (bytes->len < TITLE_BYTES + HASH_BYTES || memcmp(bytes->ptr, title, TITLE_BYTES) != 0)
        return false;
    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)bytes->ptr, bytes->len - HASH_BYTES, NULL, 0);
    return memcmp(hash, bytes->ptr + bytes->len - HASH_BYTES, HASH_BYTES) == 0;
}

/* Finds the files in bytes, which are complete. */
static bool find_files(struct journal *journal)
{
    size_t at = TITLE_BYTES;
    size_t end = journal->bytes.len - HASH_BYTES;

    while (at < end) {
        char line[FILE_LINE_BYTES + 1] = "";
        unsigned file;
        size_t len;

        if (end - at < FILE_LINE_BYTES)
            return false;
        memcpy(line, journal->bytes.ptr + at, FILE_LINE_BYTES);
        at += FILE_LINE_BYTES;
        if (sscanf(line, "file %2u %18zu\n", &file, &len) != 2 || file >= FILE_COUNT || len >= end - at)
            return false;
        journal->files |= 1u << file;
        journal->begin[file] = at;
        journal->len[file] = len;
        at += len + 1;
    }
    return at == end;
}

enum gw_status journal_redo(const struct folder *folder, struct stat seen[FILES_FOR_PEOPLE], struct gw_error *reterr)
{
    struct journal journal = {0};
    enum gw_status status = folder_read(folder, journal_name, &journal.bytes.ptr, &journal.bytes.len, NULL, reterr);

    if (status != GW_OK || journal.bytes.ptr == NULL)
        return status;
    if (!is_whole(&journal.bytes) || !find_files(&journal))
        status = gw_error_set(reterr, GW_CONFIG,
                              "%s/%s is damaged, so the last change may be half done; compare the files with a copy, "
                              "then remove it",
                              folder->path, journal_name);
    else
        status = journal_spread(&journal, folder, seen, reterr);
    journal_done(&journal);
    return status;
}
