/* SPDX-License-Identifier: Apache-2.0 */
/* See bench.h. */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

void bench_require(bool is_true, const char *what)
{
    if (is_true)
        return;
    (void)fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
    exit(EXIT_FAILURE);
}

double bench_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

struct bench_moment bench_moment(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    return (struct bench_moment){bench_now(), seconds_of(usage.ru_utime), seconds_of(usage.ru_stime)};
}

void bench_print_since(const struct bench_moment *began)
{
    const struct bench_moment ended = bench_moment();

    (void)printf("%.6f %.6f %.6f\n", ended.clock - began->clock, ended.user - began->user,
                 ended.system - began->system);
}

size_t bench_member(const char *json, size_t len, const char *name, const char **ret_value)
{
    char mark[64];
    int mark_len = snprintf(mark, sizeof mark, "\"%s\":", name);
    const char *at = memmem(json, len, mark, (size_t)mark_len);
    const char *end = json + len;

    if (at == NULL)
        return 0;
    for (at += mark_len; at < end && *at == ' ';)
        at++;
    if (at == end || *at != '"')
        return 0;
    *ret_value = ++at;
    end = memchr(at, '"', (size_t)(end - at));
    return end == NULL ? 0 : (size_t)(end - at);
}
