/* SPDX-License-Identifier: Apache-2.0 */
/* A sqlite_repository on a file of the test's scratch folder, small changesets for it, and SQL past it. */
#ifndef GW_TEST_SQLITE_INSTANCE_H
#define GW_TEST_SQLITE_INSTANCE_H

#include "instance_check.h"
#include "test_host.h"
#include "test_plugin.h"

#include <gangway/port/repository.h>

#include <sqlite3.h>

struct instance {
    struct test_host host;
    struct test_plugin plugin;
    const struct gw_repository_ops *ops;
    void *self;
    struct gw_error error; /* of the last call that was given it */
};

/* Opens the plugin on this file with one more setting (busy_timeout=..., or NULL). Nothing is made yet. */
void instance_open(struct instance *instance, const char *path, const char *setting);
void instance_close(struct instance *instance);

enum gw_status instance_migrate(struct instance *instance);

/* Migrates and opens a session, which must succeed. */
void *instance_begin(struct instance *instance);

enum gw_status instance_session(struct instance *instance, struct gw_session **ret_session);

/* Applies the step with this number, from 0: a position moves from step to step + 1, LAMP takes a line. Step 0 makes
 * the batch. `bytes` more go into a dead letter. */
enum gw_status instance_step(struct instance *instance, struct gw_session *session, int64_t step, size_t bytes);

/* The stamp of LAMP after so many steps. */
int64_t instance_stamp(int64_t steps);

/* The same step, where LAMP has another stamp before it. */
enum gw_status instance_step_on(struct instance *instance, struct gw_session *session, int64_t step, int64_t stamp,
                                size_t bytes);

/* LAMP as it is loaded, without its SKU. */
struct gw_product_snapshot instance_product(struct instance *instance, struct gw_session *session);

/* How many steps are there, judged by the position and by the lines, which must agree. */
int64_t instance_steps(struct instance *instance, struct gw_session *session);

/* What check reports, as text; *ret_status is the worst status. To be freed. */
char *instance_check(struct instance *instance, enum gw_status *ret_status);

/* SQL on a connection of the test's own; the result code of the first statement that fails, or OK. */
int sql_run(const char *path, const char *sql);
int64_t sql_number(const char *path, const char *sql); /* the first that it gives */
sqlite3 *sql_open(const char *path);

#endif
