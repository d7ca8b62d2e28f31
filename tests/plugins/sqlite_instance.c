/* SPDX-License-Identifier: Apache-2.0 */
/* See sqlite_instance.h. */
#include "sqlite_instance.h"

#include <stdio.h>
#include <stdlib.h>

void instance_open(struct instance *instance, const char *path, const char *setting)
{
    char path_setting[4096];
    const char *settings[2] = {path_setting, setting};

    memset(instance, 0, sizeof *instance);
    (void)snprintf(path_setting, sizeof path_setting, "path=%s", path);
    test_host_init(&instance->host, "repository");
    test_plugin_load(&instance->plugin, "sqlite_repository", GW_PORT_REPOSITORY);
    test_plugin_configure(&instance->plugin, settings, setting == NULL ? 1 : 2);
    instance->ops = instance->plugin.descriptor->ops;
    ck_assert_status(instance,
                     instance->plugin.descriptor->open(&instance->host.host, instance->plugin.config, &instance->self,
                                                       &instance->error),
                     GW_OK);
}

void instance_close(struct instance *instance)
{
    instance->plugin.descriptor->close(instance->self);
    test_plugin_done(&instance->plugin);
}

enum gw_status instance_migrate(struct instance *instance)
{
    int64_t from = -1;
    int64_t to = -1;

    return instance->ops->migrate(instance->self, &instance->host.host, &from, &to, &instance->error);
}

enum gw_status instance_session(struct instance *instance, struct gw_session **ret_session)
{
    return instance->ops->open_session(instance->self, &instance->host.host, ret_session, &instance->error);
}

void *instance_begin(struct instance *instance)
{
    struct gw_session *session = NULL;

    ck_assert_status(instance, instance_migrate(instance), GW_OK);
    ck_assert_status(instance, instance_session(instance, &session), GW_OK);
    return session;
}

int64_t instance_stamp(int64_t steps)
{
    return steps == 0 ? 0 : GW_STAMP_MAX - steps;
}

enum gw_status instance_step(struct instance *instance, struct gw_session *session, int64_t step, size_t bytes)
{
    return instance_step_on(instance, session, step, instance_stamp(step), bytes);
}

enum gw_status instance_step_on(struct instance *instance, struct gw_session *session, int64_t step, int64_t stamp,
                                size_t bytes)
{
    char orderid[32];
    char *payload = calloc(1, bytes + 1);
    struct gw_position_change position = {
        .source = gw_text_of("steps"), .expected = step == 0 ? GW_OFFSET_NONE : step, .next = step + 1};
    struct gw_product_change product = {
        .sku = gw_text_of("LAMP"), .expected = step, .version = step + 1, .stamp = stamp};
    struct gw_batch_insert batch = {0, 0, gw_text_of("b1"), 2147483647, 1, 1};
    struct gw_batch_update update = {0, 0, gw_text_of("b1"), 2147483647, step, 2147483647, step + 1};
    struct gw_line_insert line = {.qty = 1, .ref = gw_text_of("b1"), .seq = step + 1};
    struct gw_dead_letter letter = {.payload = gw_text_span(payload, bytes), .full_len = bytes};
    struct gw_changeset set = {
        .size = sizeof set,
        .stamp = instance_stamp(step + 1),
        .positions = {&position, 1, sizeof position},
        .products = {&product, 1, sizeof product},
        .batch_inserts = {&batch, step == 0, sizeof batch},
        .batch_updates = {&update, step != 0, sizeof update},
        .line_inserts = {&line, 1, sizeof line},
        .dead_letters = {&letter, bytes > 0, sizeof letter},
    };
    struct gw_apply_result result = {.size = sizeof result};
    enum gw_status status;

    (void)snprintf(orderid, sizeof orderid, "o%lld", (long long)step);
    line.orderid = gw_text_of(orderid);
    memset(payload, 'x', bytes);
    status = instance->ops->apply(session, &set, &result, &instance->error);
    free(payload);
    return status;
}

static enum gw_status keep_product(void *context, const struct gw_product_snapshot *product)
{
    *(struct gw_product_snapshot *)context =
        (struct gw_product_snapshot){.version = product->version, .stamp = product->stamp};
    return GW_OK;
}

static enum gw_status ignore_batch(void *context, const struct gw_batch_snapshot *batch)
{
    (void)context;
    (void)batch;
    return GW_OK;
}

struct gw_product_snapshot instance_product(struct instance *instance, struct gw_session *session)
{
    struct gw_product_snapshot found = {.version = -1};
    struct gw_product_request product = {.sku = gw_text_of("LAMP"), .room = 1, .limit = 1};
    struct gw_load_request request = {.size = sizeof request, .products = {&product, 1, sizeof product}};
    struct gw_load_visitor visitor = {
        .size = sizeof visitor, .context = &found, .product = keep_product, .batch = ignore_batch};

    ck_assert_status(instance, instance->ops->load(session, &request, &visitor, &instance->error), GW_OK);
    return found;
}

static enum gw_status keep_next(void *context, const struct gw_position *position)
{
    *(int64_t *)context = position->next;
    return GW_OK;
}

static enum gw_status keep_allocated(void *context, const struct gw_view_row *row)
{
    *(int64_t *)context = 2147483647 - row->qty;
    return GW_OK;
}

int64_t instance_steps(struct instance *instance, struct gw_session *session)
{
    int64_t next = 0;
    int64_t allocated = 0;
    struct gw_array none = {0};
    struct gw_position_visitor positions = {sizeof positions, 0, &next, keep_next};
    struct gw_view_visitor views = {sizeof views, 0, &allocated, keep_allocated};
    struct gw_view_arguments arguments = {.size = sizeof arguments, .sku = gw_text_of("LAMP")};

    ck_assert_status(instance, instance->ops->positions(session, &none, &positions, &instance->error), GW_OK);
    ck_assert_status(instance,
                     instance->ops->query(session, GW_VIEW_AVAILABILITY, &arguments, &views, &instance->error), GW_OK);
    ck_assert_int_eq(next, allocated);
    return next;
}

static void write_line(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    (void)subject;
    (void)fprintf(report->context, "%s: %.*s\n", gw_status_word(status), (int)finding.len, finding.ptr);
}

char *instance_check(struct instance *instance, enum gw_status *ret_status)
{
    char *text = NULL;
    size_t len;
    FILE *stream = open_memstream(&text, &len);
    struct gw_report report = {.size = sizeof report, .sessions = 1, .context = stream, .line = write_line};

    *ret_status = instance->plugin.descriptor->check(instance->self, &report);
    (void)fclose(stream);
    return text;
}

sqlite3 *sql_open(const char *path)
{
    sqlite3 *db = NULL;

    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_extended_result_codes(db, 1);
    return db;
}

int64_t sql_number(const char *path, const char *sql)
{
    sqlite3 *db = sql_open(path);
    sqlite3_stmt *statement = NULL;
    int64_t number;

    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

int sql_run(const char *path, const char *sql)
{
    sqlite3 *db = sql_open(path);
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);

    sqlite3_close(db);
    return code;
}
