/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check: the folder, its user, and whether every file can be read. Files that another process is writing are not read.
 */
#include "check.h"

#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static enum gw_status check_rights(const struct store *store, const struct gw_report *report)
{
    const char *path = store->folder.path;

    if (faccessat(store->folder.fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
        return gw_report_line(report, GW_CONFIG, path, "no file can be made here: %s", strerror(errno));
    if (faccessat(store->folder.fd, RECORDS_FOLDER, W_OK | X_OK, AT_EACCESS) != 0 && errno != ENOENT)
        return gw_report_line(report, GW_CONFIG, path, "no file can be made in %s: %s", RECORDS_FOLDER,
                              strerror(errno));
    return GW_OK;
}

static enum gw_status check_files(struct store *store, const struct gw_report *report)
{
    struct gw_error error = {0};
    enum gw_status status = store_load(store, &error);
    const char *migrating = "";

    if (status != GW_OK)
        return gw_report_line(report, status, store->folder.path, "%s", error.text);
    if (store_version(store) == 0)
        migrating = "; migrating makes " RECORDS_FOLDER;
    else if (store_version(store) < STORE_VERSION)
        migrating = "; migrating brings " RECORDS_FOLDER " to the format of this release";
    return gw_report_line(report, GW_OK, store->folder.path, "%llu batches, %llu allocations%s",
                          (unsigned long long)store->tables[TABLE_BATCHES].count,
                          (unsigned long long)store->tables[TABLE_LINES].count, migrating);
}

static enum gw_status check_open(struct store *store, bool is_ours, const struct gw_report *report)
{
    long holder = is_ours ? 0 : folder_holder(&store->folder);
    enum gw_status status = check_rights(store, report);
    struct stat seen;

    if (status != GW_OK)
        return status;
    if (holder != 0)
        return gw_report_line(report, GW_OK, store->folder.path, "in use by process %ld", holder);
    folder_look(&store->folder, journal_name, &seen);
    if (seen.st_ino != 0)
        return gw_report_line(report, GW_OK, store->folder.path, "the last change will be finished at the next start");
    return check_files(store, report);
}

enum gw_status check_folder(const char *path, bool is_ours, const struct gw_report *report)
{
    struct gw_error error = {0};
    struct store store;
    enum gw_status status;

    store_init(&store, path);
    status = folder_open(&store.folder, &error);
    if (status == GW_OK)
        status = check_open(&store, is_ours, report);
    else
        (void)gw_report_line(report, status, path, "%s", error.text);
    store_done(&store);
    return status;
}
