/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_postgres URL SCHEMA settle|keep RECORDING...: what PostgreSQL costs without a gateway. A thread and a
 * connection for each recording (record.py says what is in one), which sends its applies one after the other. With
 * `settle` one more connection deletes the outbox rows that they make, turn by turn, as relays do. Prints seconds of
 * the clock, of the user and of the system. Reading the files and connecting come before the clock starts.
 */
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { PARAMETERS_MAX = 64, WORKERS_MAX = 16, BLOCK = 65536 };

/* An apply's parameters, which point into the recording. */
struct apply {
    int count;
    const char *values[PARAMETERS_MAX];
    int lengths[PARAMETERS_MAX];
    int formats[PARAMETERS_MAX];
};

struct worker {
    PGconn *connection;
    char *recording;
    struct apply *applies;
    size_t count;
    pthread_t thread;
};

/* The blocks of outbox rows that were committed and not deleted yet. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int64_t *blocks;
    size_t count, capacity;
    bool is_complete;
    bool is_wanted;
} outbox = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void require(bool is_true, const char *what)
{
    if (is_true)
        return;
    (void)fprintf(stderr, "bench_postgres: %s\n", what);
    exit(EXIT_FAILURE);
}

static void finish(PGconn *connection, PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    require(status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK, PQerrorMessage(connection));
    PQclear(result);
}

/* ---- the file -------------------------------------------------------------------------------------------------- */

static char *read_file(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    char *bytes;
    long len;

    require(file != NULL, path);
    (void)fseek(file, 0, SEEK_END);
    len = ftell(file);
    rewind(file);
    bytes = malloc((size_t)len + 1);
    require(bytes != NULL && fread(bytes, 1, (size_t)len, file) == (size_t)len, path);
    (void)fclose(file);
    bytes[len] = '\0';
    *ret_len = (size_t)len;
    return bytes;
}

static int32_t take_number(const char **at)
{
    uint32_t number;

    memcpy(&number, *at, sizeof number);
    *at += sizeof number;
    return (int32_t)ntohl(number);
}

static char *take_text(const char **at)
{
    int32_t len = take_number(at);
    char *text = strndup(*at, (size_t)len);

    require(text != NULL, "no memory");
    *at += len;
    return text;
}

static void take_apply(const char **at, struct apply *apply)
{
    apply->count = take_number(at);
    require(apply->count <= PARAMETERS_MAX, "more parameters than this program knows");
    for (int i = 0; i < apply->count; i++) {
        int32_t len = take_number(at);

        apply->formats[i] = 1;
        apply->lengths[i] = len;
        apply->values[i] = len < 0 ? NULL : *at;
        *at += len < 0 ? 0 : len;
    }
}

/* ---- connections ----------------------------------------------------------------------------------------------- */

static PGconn *connect_to(const char *url, const char *options, const char *schema)
{
    const char *const names[] = {"dbname", "options", NULL};
    const char *const values[] = {url, options, NULL};
    const char *const path[] = {schema};
    PGconn *connection = PQconnectdbParams(names, values, 1);

    require(PQstatus(connection) == CONNECTION_OK, PQerrorMessage(connection));
    finish(connection, PQexecParams(connection, "SELECT set_config('search_path', quote_ident($1), false)", 1, NULL,
                                    path, NULL, NULL, 0));
    return connection;
}

static void open_worker(struct worker *worker, const char *url, const char *schema, const char *path)
{
    size_t len;
    const char *at;
    char *options;
    char *sql;

    worker->recording = read_file(path, &len);
    at = worker->recording;
    options = take_text(&at);
    sql = take_text(&at);
    while (at < worker->recording + len) {
        worker->applies = realloc(worker->applies, (worker->count + 1) * sizeof *worker->applies);
        require(worker->applies != NULL, "no memory");
        take_apply(&at, &worker->applies[worker->count++]);
    }
    worker->connection = connect_to(url, options, schema);
    finish(worker->connection, PQprepare(worker->connection, "apply", sql, 0, NULL));
    free(options);
    free(sql);
}

/* ---- what is measured ------------------------------------------------------------------------------------------ */

static void note_block(int64_t first)
{
    pthread_mutex_lock(&outbox.lock);
    if (outbox.count == outbox.capacity) {
        outbox.capacity = outbox.capacity == 0 ? 64 : outbox.capacity * 2;
        outbox.blocks = realloc(outbox.blocks, outbox.capacity * sizeof *outbox.blocks);
        require(outbox.blocks != NULL, "no memory");
    }
    outbox.blocks[outbox.count++] = first;
    pthread_cond_signal(&outbox.changed);
    pthread_mutex_unlock(&outbox.lock);
}

static void *apply_all(void *argument)
{
    struct worker *worker = argument;

    for (size_t i = 0; i < worker->count; i++) {
        const struct apply *apply = &worker->applies[i];
        PGresult *result =
            PQexecPrepared(worker->connection, "apply", apply->count, apply->values, apply->lengths, apply->formats, 0);

        require(PQresultStatus(result) == PGRES_TUPLES_OK, PQerrorMessage(worker->connection));
        if (outbox.is_wanted && !PQgetisnull(result, 0, 0) && atoll(PQgetvalue(result, 0, 0)) > 0)
            note_block(atoll(PQgetvalue(result, 0, 0)));
        PQclear(result);
    }
    return NULL;
}

/* The next block, or -1 when there will be none. */
static int64_t next_block(size_t *taken)
{
    int64_t block = -1;

    pthread_mutex_lock(&outbox.lock);
    while (*taken == outbox.count && !outbox.is_complete)
        pthread_cond_wait(&outbox.changed, &outbox.lock);
    if (*taken < outbox.count)
        block = outbox.blocks[(*taken)++];
    pthread_mutex_unlock(&outbox.lock);
    return block;
}

static void *settle_all(void *argument)
{
    PGconn *connection = argument;
    size_t taken = 0;
    int64_t block;

    while ((block = next_block(&taken)) >= 0) {
        char first[32];
        char last[32];
        const char *const values[] = {first, last};

        (void)snprintf(first, sizeof first, "%lld", (long long)block);
        (void)snprintf(last, sizeof last, "%lld", (long long)block + BLOCK - 1);
        finish(connection, PQexecPrepared(connection, "settle", 2, values, NULL, NULL, 0));
    }
    return NULL;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void run(struct worker *workers, int count, PGconn *settling)
{
    struct timespec start;
    struct timespec end;
    struct rusage usage;
    pthread_t settler;

    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    if (settling != NULL)
        require(pthread_create(&settler, NULL, settle_all, settling) == 0, "no thread");
    for (int i = 0; i < count; i++)
        require(pthread_create(&workers[i].thread, NULL, apply_all, &workers[i]) == 0, "no thread");
    for (int i = 0; i < count; i++)
        (void)pthread_join(workers[i].thread, NULL);
    pthread_mutex_lock(&outbox.lock);
    outbox.is_complete = true;
    pthread_cond_signal(&outbox.changed);
    pthread_mutex_unlock(&outbox.lock);
    if (settling != NULL)
        (void)pthread_join(settler, NULL);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("%.6f %.6f %.6f\n", (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9,
                 seconds_of(usage.ru_utime), seconds_of(usage.ru_stime));
}

int main(int argc, char **argv)
{
    struct worker workers[WORKERS_MAX] = {0};
    PGconn *settling = NULL;
    int count = argc - 4;

    require(count >= 1 && count <= WORKERS_MAX, "usage: bench_postgres URL SCHEMA settle|keep RECORDING...");
    for (int i = 0; i < count; i++)
        open_worker(&workers[i], argv[1], argv[2], argv[4 + i]);
    outbox.is_wanted = strcmp(argv[3], "settle") == 0;
    if (outbox.is_wanted) {
        settling = connect_to(argv[1], "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off", argv[2]);
        finish(settling,
               PQprepare(settling, "settle",
                         "DELETE FROM outbox_blocks WHERE destination = 'events' AND number BETWEEN $1 AND $2", 0,
                         NULL));
    }
    run(workers, count, settling);
    return EXIT_SUCCESS;
}
