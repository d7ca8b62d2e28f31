/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_sqlite DATABASE CHANGES: what SQLite costs without a gateway. Runs the changes of a file (rows.py says what is
 * in it) on a database that has their tables, in the file's transactions, with the settings of sqlite_repository, and
 * prints seconds of the clock, of the user and of the system. Reading the file comes before the clock starts.
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { STATEMENTS_MAX = 64, COLUMNS_MAX = 32 };

/* As plugins/sqlite_repository sets them. */
static const char settings[] =
    "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;"
    "PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -4096";

struct value {
    const char *text; /* NULL: number counts, or is_null */
    int64_t number;
    int len;
    bool is_null;
};

struct change {
    sqlite3_stmt *statement; /* NULL: the transaction ends here */
    const struct value *values;
    int value_count;
};

/* The file as it is, and what was found in it. */
struct changes {
    char *text;
    struct value *values;
    size_t value_count;
    struct change *items;
    size_t count;
};

static void require(bool is_true, const char *what)
{
    if (is_true)
        return;
    (void)fprintf(stderr, "bench_sqlite: %s\n", what);
    exit(EXIT_FAILURE);
}

static void check(sqlite3 *db, int code)
{
    require(code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW, sqlite3_errmsg(db));
}

/* ---- the file -------------------------------------------------------------------------------------------------- */

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text;
    long size;

    require(file != NULL && fseek(file, 0, SEEK_END) == 0, "cannot open the changes");
    size = ftell(file);
    rewind(file);
    text = malloc((size_t)size + 1);
    require(text != NULL && fread(text, 1, (size_t)size, file) == (size_t)size, "cannot read the changes");
    text[size] = '\0';
    (void)fclose(file);
    return text;
}

static size_t count_of(const char *text, const char *characters)
{
    size_t count = 0;

    for (; (text = strpbrk(text, characters)) != NULL; text++)
        count++;
    return count;
}

/* The file has U+001E for a line feed in a text. */
static const char *line_feeds(char *text)
{
    for (char *at = strchr(text, '\x1e'); at != NULL; at = strchr(at, '\x1e'))
        *at = '\n';
    return text;
}

static struct value read_value(char *field)
{
    switch (field[0]) {
    case 'i':
        return (struct value){.number = strtoll(field + 1, NULL, 10)};
    case 't':
        return (struct value){.text = line_feeds(field + 1), .len = (int)strlen(field + 1)};
    default:
        return (struct value){.is_null = true};
    }
}

/* `NUMBER<tab>VALUE<tab>VALUE...`, the number being that of a statement. */
static struct change read_change(struct changes *changes, sqlite3_stmt *const statements[], char *line)
{
    char *rest = NULL;
    struct change change = {.values = changes->values + changes->value_count};

    change.statement = statements[strtoul(strtok_r(line, "\t", &rest), NULL, 10) % STATEMENTS_MAX];
    require(change.statement != NULL, "a change names no statement");
    for (char *field = strtok_r(NULL, "\t", &rest); field != NULL; field = strtok_r(NULL, "\t", &rest)) {
        changes->values[changes->value_count++] = read_value(field);
        change.value_count++;
    }
    return change;
}

static struct changes read_changes(sqlite3 *db, const char *path)
{
    struct changes changes = {.text = read_file(path)};
    sqlite3_stmt *statements[STATEMENTS_MAX] = {NULL};
    size_t statement_count = 0;
    char *rest = NULL;

    changes.items = calloc(count_of(changes.text, "\n"), sizeof *changes.items);
    changes.values = calloc(count_of(changes.text, "\t") + 1, sizeof *changes.values);
    require(changes.items != NULL && changes.values != NULL, "no memory");
    for (char *line = strtok_r(changes.text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (line[0] == 'S') {
            require(statement_count < STATEMENTS_MAX, "too many statements");
            check(db, sqlite3_prepare_v3(db, line + 1, -1, SQLITE_PREPARE_PERSISTENT, &statements[statement_count++],
                                         NULL));
        } else if (line[0] == 'C') {
            changes.items[changes.count++] = (struct change){0};
        } else {
            changes.items[changes.count++] = read_change(&changes, statements, line);
        }
    }
    return changes;
}

/* ---- running --------------------------------------------------------------------------------------------------- */

static void run_change(sqlite3 *db, const struct change *change)
{
    for (int i = 0; i < change->value_count; i++) {
        const struct value *value = &change->values[i];

        if (value->is_null)
            (void)sqlite3_bind_null(change->statement, i + 1);
        else if (value->text != NULL)
            (void)sqlite3_bind_text(change->statement, i + 1, value->text, value->len, SQLITE_STATIC);
        else
            (void)sqlite3_bind_int64(change->statement, i + 1, value->number);
    }
    check(db, sqlite3_step(change->statement));
    check(db, sqlite3_reset(change->statement));
}

static void run_changes(sqlite3 *db, const struct changes *changes)
{
    bool is_begun = false;

    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->items[i];

        if (change->statement == NULL) {
            check(db, sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
            is_begun = false;
            continue;
        }
        if (!is_begun)
            check(db, sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL));
        is_begun = true;
        run_change(db, change);
    }
}

/* Closing writes the log into the file, as it does at the end of a gateway. */
static void close_database(sqlite3 *db)
{
    for (sqlite3_stmt *statement; (statement = sqlite3_next_stmt(db, NULL)) != NULL;)
        (void)sqlite3_finalize(statement);
    check(db, sqlite3_close(db));
}

static double seconds_between(struct timeval from, struct timeval to)
{
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_usec - from.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
    sqlite3 *db = NULL;
    struct changes changes;
    struct timespec start;
    struct timespec end;
    struct rusage before;
    struct rusage after;

    require(argc == 3, "DATABASE CHANGES");
    check(db, sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    check(db, sqlite3_exec(db, settings, NULL, NULL, NULL));
    changes = read_changes(db, argv[2]);
    (void)getrusage(RUSAGE_SELF, &before);
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    run_changes(db, &changes);
    close_database(db);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    (void)getrusage(RUSAGE_SELF, &after);
    (void)printf("%.6f %.6f %.6f\n", (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9,
                 seconds_between(before.ru_utime, after.ru_utime), seconds_between(before.ru_stime, after.ru_stime));
    free(changes.items);
    free(changes.values);
    free(changes.text);
    return EXIT_SUCCESS;
}
