/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs that measure share: a failed requirement ends them with the reason, and how time is taken. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>

/* Ends the program unless it is true. */
void bench_require(bool is_true, const char *what);

/* Seconds of a clock that never goes back. */
double bench_now(void);

/* Seconds of the clock, and of the processor for this process. */
struct bench_moment {
    double clock, user, system;
};

struct bench_moment bench_moment(void);

/* Prints what has passed since then: seconds of the clock, of the user and of the system. */
void bench_print_since(const struct bench_moment *began);

/* The value of a text member in an object that a program wrote, without escapes; its length, or 0. */
size_t bench_member(const char *json, size_t len, const char *name, const char **ret_value);

#endif
