/* SPDX-License-Identifier: Apache-2.0 */
/* Check: the directory, the file, the schema. */
#include "check.h"

#include "claim.h"
#include "counters.h"
#include "schema.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void directory_of(const char *path, char directory[PATH_MAX])
{
    char *slash;

    (void)snprintf(directory, PATH_MAX, "%s", path);
    slash = strrchr(directory, '/');
    if (slash == NULL)
        (void)snprintf(directory, PATH_MAX, ".");
    else
        slash[slash == directory] = '\0';
}

/* SQLite creates the log and the lock beside the file, so the directory must be writable. */
static enum gw_status check_directory(const char *path, const struct gw_report *report)
{
    char directory[PATH_MAX];
    struct stat info;

    directory_of(path, directory);
    if (stat(directory, &info) != 0)
        return gw_report_line(report, GW_CONFIG, directory, "%s", strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return gw_report_line(report, GW_CONFIG, directory, "is no directory");
    if (faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) != 0)
        return gw_report_line(report, GW_CONFIG, directory, "no file can be made here: %s", strerror(errno));
    return GW_OK;
}

static enum gw_status check_file(const char *path, const struct gw_report *report)
{
    struct stat info;

    if (stat(path, &info) != 0)
        return gw_report_line(report, GW_CONFIG, path, "%s", strerror(errno));
    if (!S_ISREG(info.st_mode))
        return gw_report_line(report, GW_CONFIG, path, "is no regular file");
    if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) != 0)
        return gw_report_line(report, GW_CONFIG, path, "cannot be read and written: %s", strerror(errno));
    return GW_OK;
}

/* Runs before a connection is opened. */
static enum gw_status check_names(const char *path, const struct gw_report *report)
{
    struct gw_error error = {0};
    enum gw_status status = claim_look(path, &error);

    return status == GW_OK ? GW_OK : gw_report_line(report, status, path, "%s", error.text);
}

static enum gw_status report_version(int64_t version, const char *path, const struct gw_report *report)
{
    long long ours = schema_version;

    if (version > ours)
        return gw_report_line(report, GW_CONFIG, path, "schema version %lld, this plugin knows versions up to %lld",
                              (long long)version, ours);
    if (version == 0)
        return gw_report_line(report, GW_OK, path, "empty; migrating makes schema version %lld", ours);
    if (version < ours)
        return gw_report_line(report, GW_OK, path, "schema version %lld; migrating brings it to %lld",
                              (long long)version, ours);
    return gw_report_line(report, GW_OK, path, "schema version %lld", ours);
}

static enum gw_status check_counters(struct database *database, const struct gw_report *report)
{
    enum gw_status worst = GW_OK;

    for (int index = 0; index < COUNTERS; index++) {
        struct gw_error error = {0};
        enum gw_status status = counter_require(database, index, &error);

        if (status != GW_OK)
            worst = gw_report_line(report, status, database->path, "%s", error.text);
    }
    return worst;
}

/* What `dedupe` costs: the bytes of the ids, without what SQLite adds to a row. */
static enum gw_status check_inbox(struct database *database, const struct gw_report *report)
{
    struct gw_error error = {0};
    int64_t count = 0;
    int64_t bytes = 0;
    enum gw_status status = database_number(database, "SELECT count(*) FROM inbox", &count, &error);

    if (status == GW_OK)
        status = database_number(
            database,
            "SELECT coalesce(sum(length(id) + length(fingerprint) + length(CAST(reason AS BLOB))), 0) FROM inbox",
            &bytes, &error);
    if (status != GW_OK)
        return gw_report_line(report, status, database->path, "%s", error.text);
    return gw_report_line(report, GW_OK, "message ids", "%lld are kept, in %lld bytes", (long long)count,
                          (long long)bytes);
}

static enum gw_status check_schema(const char *path, const struct gw_host *host, int64_t busy_timeout_ms,
                                   const struct gw_report *report)
{
    struct database database = {0};
    struct gw_error error = {0};
    int64_t version = 0;
    enum gw_status status = database_open(&database, path, DATABASE_LOOK, host, busy_timeout_ms, &error);

    if (status == GW_OK)
        status = schema_read(&database, &version, &error);
    if (status != GW_OK)
        (void)gw_report_line(report, status, path, "%s", error.text);
    else
        status = report_version(version, path, report);
    if (status == GW_OK && version == schema_version)
        status = check_counters(&database, report);
    if (status == GW_OK && version == schema_version)
        status = check_inbox(&database, report);
    database_close(&database);
    return status;
}

enum gw_status check_database(const char *path, const struct gw_host *host, int64_t busy_timeout_ms,
                              const struct gw_report *report)
{
    enum gw_status status = check_directory(path, report);

    if (status != GW_OK)
        return status;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return gw_report_line(report, GW_OK, path, "does not exist; migrating makes it");
    status = check_file(path, report);
    if (status == GW_OK)
        status = check_names(path, report);
    return status == GW_OK ? check_schema(path, host, busy_timeout_ms, report) : status;
}
