/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of verbs: a service with a repository, two entrypoints and a publisher, whose plugins answer as a test
 * says, and a call of a verb as the program makes it, with what it prints. The repository is the memory repository, in
 * which some dead letters and positions are; it stays open between two calls. One test at a time.
 */
#ifndef GW_TEST_VERB_FIXTURE_H
#define GW_TEST_VERB_FIXTURE_H

#include "scripted.h"

#include <gangway/plugin.h>

enum { PRINTED_MAX = 64 * 1024 };

struct verb_fixture {
    char file[64];                /* the bootstrap file */
    char notify_file[64];         /* another one: it notifies one recipient of `mail`, and has the fallback `pager` */
    char event_file[64];          /* an event that it notifies of */
    enum gw_status opens;         /* what opening the repository answers */
    enum gw_status session_opens; /* what opening a session of it answers */
    enum gw_status check;         /* what the check of the entrypoint `orders` answers */
    const char *finding;          /* its failed line; NULL: none */
    enum gw_status resolve;       /* what `orders` answers about a word; OK: the offset 7 */
    enum gw_status orders_opens;  /* what opening `orders` answers */
    struct gw_plugin repository;
    char out[PRINTED_MAX]; /* what the last call printed */
    char err[PRINTED_MAX];
};

extern struct verb_fixture verb_fixture;

/* What `the other side says` in each failing answer. */
extern const char verb_failure[];

void verb_fixture_open(void);
void verb_fixture_close(void);

/* Stores the letters up to LETTER_CUT once more, under the next ids. */
void verb_fixture_letters(void);

/* Letters, by their ids. */
enum {
    LETTER_BATCH = 1, /* a command that creates a batch of LAMP */
    LETTER_ORDER,     /* a command that allocates from it; with position, line, key and headers */
    LETTER_BYTES,     /* a command whose payload is no UTF-8 */
    LETTER_CUT,       /* a command of which only the beginning was kept */
    LETTER_DELIVERY,  /* a delivery to `events` */
    LETTER_COUNT = LETTER_DELIVERY
};

/* Calls `gangway WORDS`, the last of which is NULL. Returns the exit status. */
int verb_call(const char *const *words);
#define CALL(...) verb_call((const char *const[]){__VA_ARGS__, NULL})

#endif
