/* SPDX-License-Identifier: Apache-2.0 */
/* What changes between two files, as a table of pairs, with the option tables of the real plugins. */
#include "check_main.h"
#include "plan_fixture.h"
#include "plan_summary.h"

#include "gateway/plan_json.h"
#include "plugin/loader.h"

#include <gangway/scope.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint8_t key[GW_PLAN_KEY_BYTES] = {1, 2, 3};
static const uint8_t other_key[GW_PLAN_KEY_BYTES] = {1, 2, 4};

static struct gw_arena *arena;
static struct gw_buffer summary;
static char plugin_dir[4096];

/* Once, before the tests fork: a plugin that was loaded stays. */
static void load_plugins(void)
{
    static const char *const names[] = {"kafka_consumer",    "csv_reader",          "jsonl_reader",
                                        "kafka_publisher",   "jsonl_writer",        "console_notifier",
                                        "sqlite_repository", "postgres_repository", "memory_repository"};
    const char *build = getenv("GANGWAY_BUILD_DIR");
    const struct gw_plugin *plugin;
    struct gw_error error = {0};

    ck_assert_ptr_nonnull(build);
    (void)snprintf(plugin_dir, sizeof plugin_dir, "%s/plugins", build);
    for (size_t i = 0; i < gw_array_length(names); i++)
        ck_assert_msg(gw_loader_load(plugin_dir, names[i], &plugin, &error) == GW_OK, "%s", error.text);
}

static void set_up(void)
{
    arena = gw_arena_new(16 * 1024 * 1024);
    ck_assert_ptr_nonnull(arena);
    gw_buffer_init(&summary, SIZE_MAX);
    plan_secrets();
}

static void tear_down(void)
{
    gw_buffer_done(&summary);
    gw_arena_free(arena);
}

static const struct gw_bootstrap *read_with(const char *text, bool resolves_secrets)
{
    return plan_model(arena, plugin_dir, text, resolves_secrets);
}

static struct gw_plan plan_of(const char *running, const char *wanted)
{
    struct gw_plan plan;

    ck_assert_int_eq(gw_plan_make(arena, read_with(running, true), read_with(wanted, true), key, &plan), GW_OK);
    return plan;
}

static const char *summary_of(const struct gw_plan *plan)
{
    gw_buffer_reset(&summary);
    plan_summary(plan, &summary);
    ck_assert(!summary.has_failed);
    return summary.len > 0 ? summary.ptr : "";
}

/* ---- pairs ---------------------------------------------------------------------------------------------------- */

struct pair {
    const char *before;
    const char *after;
    const char *expected;
};

#define REPOSITORY          "repository: {plugin: memory_repository}\n"
#define ORDERS              "entrypoints: {orders: {plugin: jsonl_reader, path: in}}\n"
#define HEAD                REPOSITORY ORDERS
#define ENTRYPOINT(options) REPOSITORY "entrypoints: {orders: {" options "}}\n"
#define KAFKA(options)      ENTRYPOINT("plugin: kafka_consumer, brokers: [k:9092], group: g, topics: {t: auto}" options)
#define PUBLISHER(options)  HEAD "publishers: {events: {" options "}}\nroutes: {Allocated: {publish: [events]}}\n"
#define WRITER(options)     PUBLISHER("plugin: jsonl_writer, path: out" options)
#define TOPIC(options)      PUBLISHER("plugin: kafka_publisher, brokers: [k:9092], topic: t" options)
#define NOTIFIER(options)   HEAD "notifiers: {people: {" options "}}\nroutes: {OutOfStock: {notify: [people]}}\n"
#define DATABASE(options)   "repository: {plugin: " options "}\n" ORDERS

/* Three notifiers and two publishers that are always there, for the routes. */
#define MANY                                                                                                          \
    HEAD "publishers: {p: {plugin: jsonl_writer, path: p}, q: {plugin: jsonl_writer, path: q}}\n"                     \
         "notifiers: {a: {plugin: console_notifier}, b: {plugin: console_notifier}, c: {plugin: console_notifier}}\n" \
         "routes: "
#define WITH_NOTIFIERS(ids, routes) HEAD "notifiers: {" ids "}\nroutes: " routes "\n"
#define A                           "a: {plugin: console_notifier}"
#define B                           "b: {plugin: console_notifier}"
#define C                           "c: {plugin: console_notifier}"

/* The settings outside the components, and the repository: nothing of them can change while the gateway runs. */
static const struct pair fixed_pairs[] = {
    {HEAD, HEAD, ""},
    {HEAD, "# a comment\n" ORDERS "repository: {\"plugin\": 'memory_repository'}\n", ""},
    {HEAD, "service: gangway\n" HEAD, ""},
    {HEAD, "service: other\n" HEAD, "!service"},
    {HEAD, HEAD "log: {level: debug}\n", "!log.level"},
    {HEAD, HEAD "log: {level: info}\n", ""},
    {HEAD "log: {format: json}\n", HEAD "log: {format: plain, level: error}\n", "!log.level; !log.format"},
    {HEAD, HEAD "inbox: {keep: 1d}\n", "!inbox.keep"},
    {HEAD, HEAD "notify: {keep: 1d}\n", "!notify.keep"},
    {HEAD, HEAD "admin: {listen: '127.0.0.1:9477'}\n", "!admin.listen"},
    {HEAD, HEAD "admin: {socket: a.sock}\n", "!admin.socket"},
    {HEAD, HEAD "inbox: {keep: 7d}\n", ""},
    {HEAD, HEAD "inbox: {keep: 168h}\n", ""},
    {HEAD, HEAD "plugins: {dir: there}\n", "!plugins.dir"},
    {DATABASE("memory_repository"), DATABASE("memory_repository, migrate: false"),
     "~repository migrate true>false settings; !repository"},
    {DATABASE("memory_repository"), DATABASE("sqlite_repository, path: g.db"),
     "~repository plugin* memory_repository>sqlite_repository elsewhere; !repository"},
    {DATABASE("sqlite_repository, path: g.db"), DATABASE("sqlite_repository, path: h.db"),
     "~repository path* /g.db>/h.db elsewhere; !repository"},
    {DATABASE("sqlite_repository, path: g.db"), DATABASE("sqlite_repository, path: ./g.db"), ""},
    {DATABASE("sqlite_repository, path: g.db"), DATABASE("sqlite_repository, path: g.db, busy_timeout: 9s"),
     "~repository busy_timeout 5s>9s first; !repository"},
    {DATABASE("postgres_repository, url: 'host=a'"), DATABASE("postgres_repository, url: 'host=b'"),
     "~repository url*# elsewhere; !repository"},
    {DATABASE("postgres_repository, url: 'host=a'"), DATABASE("postgres_repository, url: 'host=a', schema: s"),
     "~repository schema* gangway>s elsewhere; !repository"},
};

static const struct pair entrypoint_pairs[] = {
    {HEAD, REPOSITORY "entrypoints: {orders: {plugin: jsonl_reader, path: in}, more: {plugin: csv_reader, path: c}}\n",
     "+more"},
    {REPOSITORY "entrypoints: {orders: {plugin: jsonl_reader, path: in}, more: {plugin: csv_reader, path: c}}\n", HEAD,
     "-more abandons; hash"},
    {HEAD, ENTRYPOINT("plugin: jsonl_reader, path: in, follow: true"), "~orders follow false>true first"},
    {HEAD, ENTRYPOINT("plugin: jsonl_reader, path: other"), "~orders path* /in>/other elsewhere abandons first; hash"},
    {HEAD, ENTRYPOINT("plugin: jsonl_reader, path: ./in"), "~orders path* in>./in elsewhere abandons first; hash"},
    {HEAD, ENTRYPOINT("plugin: jsonl_reader, path: /in"), "~orders path* in>/in elsewhere abandons first; hash"},
    {HEAD, ENTRYPOINT("plugin: jsonl_reader, path: '-'"), "~orders path* /in>- elsewhere abandons first; hash"},
    {HEAD, ENTRYPOINT("plugin: csv_reader, path: in"),
     "~orders plugin* jsonl_reader>csv_reader elsewhere abandons first; hash"},
    {HEAD, ENTRYPOINT("plugin: jsonl_reader, path: in, command: Allocate"), "~orders command auto>Allocate first"},
    {HEAD, ENTRYPOINT("plugin: jsonl_reader, path: in, max_message: 2MiB"), "~orders max_message 1MiB>2MiB first"},
    {HEAD, ENTRYPOINT("plugin: jsonl_reader, path: in, max_message: 1024KiB"), ""},
    {HEAD, ENTRYPOINT("plugin: jsonl_reader, path: in, turn: 10"), "~orders turn 2000>10 first settings"},
    {HEAD, ENTRYPOINT("plugin: jsonl_reader, path: in, max_dead: 1"), "~orders max_dead 20>1 first settings"},
    {HEAD, ENTRYPOINT("plugin: jsonl_reader, path: in, dedupe: id"), "~orders dedupe position>id first settings"},
    {HEAD, ENTRYPOINT("plugin: jsonl_reader, path: in, cache: off"), "~orders cache 8MiB>off first settings"},
    {HEAD, ENTRYPOINT("plugin: jsonl_reader, path: in, workers: 1"), ""},
    {ENTRYPOINT("plugin: csv_reader, path: c"),
     ENTRYPOINT("plugin: csv_reader, path: c, columns: {orderid: 'Order No', sku: Sku}"),
     "~orders columns {}>{orderid: \"Order No\", sku: Sku} first"},
    {ENTRYPOINT("plugin: csv_reader, path: c, columns: {orderid: o, sku: s}"),
     ENTRYPOINT("plugin: csv_reader, path: c, columns: {sku: s, orderid: o}"), ""},
    {ENTRYPOINT("plugin: csv_reader, path: c"), ENTRYPOINT("plugin: csv_reader, path: c, numbers: [qty, sku]"),
     "~orders numbers [qty]>[qty, sku] first"},
    {KAFKA(""), KAFKA(", workers: 3"), "~orders workers 1>3 settings"},
    {KAFKA(""), KAFKA(", start: latest"), "~orders start earliest>latest"},
    {KAFKA(""), KAFKA(", session_timeout: 20s"), "~orders session_timeout 10s>20s"},
    {KAFKA(", instance_id: one"), KAFKA(", instance_id: one, session_timeout: 20s"),
     "~orders session_timeout 10s>20s first"},
    {KAFKA(", instance_id: one"), KAFKA(", instance_id: two"), "~orders instance_id one>two"},
    {KAFKA(", instance_id: one"), KAFKA(""), "~orders instance_id one>()"},
    {KAFKA(""), KAFKA(", librdkafka: {fetch.wait.max.ms: 10}"), "~orders librdkafka {}>{fetch.wait.max.ms: 10}"},
    {KAFKA(""), ENTRYPOINT("plugin: kafka_consumer, brokers: [k:9092, l:9092], group: g, topics: {t: auto}"),
     "~orders brokers* [k:9092]>[k:9092, l:9092] elsewhere abandons; hash"},
    {KAFKA(""), ENTRYPOINT("plugin: kafka_consumer, brokers: [k:9092], group: h, topics: {t: auto}"),
     "~orders group* g>h elsewhere abandons; hash"},
    {KAFKA(""), ENTRYPOINT("plugin: kafka_consumer, brokers: [k:9092], group: g, topics: {t: Allocate, u: auto}"),
     "~orders topics* {t: auto}>{t: Allocate, u: auto} elsewhere abandons; hash"},
    {KAFKA(", mechanism: PLAIN, user: u, password: {env: PLAN_HUSH}"),
     KAFKA(", mechanism: PLAIN, user: u, password: {env: PLAN_OTHER}"), "~orders password#"},
    {KAFKA(", mechanism: PLAIN, user: u, password: {env: PLAN_HUSH}"),
     KAFKA(", mechanism: PLAIN, user: u, password: {env: PLAN_SAME}"), ""},
    {KAFKA(", mechanism: PLAIN, user: u, password: canary-hush"),
     KAFKA(", mechanism: PLAIN, user: u, password: {env: PLAN_HUSH}"), ""},
    {KAFKA(", mechanism: PLAIN, user: {env: PLAN_HUSH}, password: p"),
     KAFKA(", mechanism: PLAIN, user: u, password: p"), "~orders user#"},
};

#define MEMBER(id, name) \
    id ": {plugin: kafka_consumer, brokers: [k:9092], group: g, topics: {t: auto}, instance_id: " name "}"
#define MEMBERS(a, b, c) REPOSITORY "entrypoints: {" MEMBER("a", a) ", " MEMBER("b", b) ", " MEMBER("c", c) "}\n"

/* Components of different ids that share an input. */
static const struct pair related_pairs[] = {
    {HEAD, REPOSITORY "entrypoints: {sales: {plugin: jsonl_reader, path: in}}\n",
     "+sales after:orders from:orders; -orders abandons; hash"},
    {HEAD, REPOSITORY "entrypoints: {sales: {plugin: jsonl_reader, path: other}}\n", "+sales; -orders abandons; hash"},
    {KAFKA(", instance_id: one"),
     REPOSITORY "entrypoints: {sales: {plugin: kafka_consumer, brokers: [k:9092], group: h, topics: {t: auto}, "
                "instance_id: one}}\n",
     "+sales after:orders; -orders abandons; hash"},
    {KAFKA(""),
     REPOSITORY "entrypoints: {sales: {plugin: kafka_consumer, brokers: [k:9092], group: g, topics: {t: auto}}}\n",
     "+sales from:orders; -orders abandons; hash"},
    {REPOSITORY "entrypoints: {a: {plugin: jsonl_reader, path: x}, b: {plugin: jsonl_reader, path: y}}\n",
     REPOSITORY "entrypoints: {a: {plugin: jsonl_reader, path: y}, b: {plugin: jsonl_reader, path: x}}\n",
     "~a path* /x>/y elsewhere abandons first after:b; ~b path* /y>/x elsewhere abandons first after:a; hash"},
    {MEMBERS("one", "two", "three"), MEMBERS("two", "one", "four"),
     "~a instance_id one>two first after:b; ~b instance_id two>one first after:a; ~c instance_id three>four"},
    {MEMBERS("one", "two", "three"), MEMBERS("two", "three", "one"),
     "~a instance_id one>two first after:b; ~b instance_id two>three first after:c; "
     "~c instance_id three>one first after:a"},
    {MEMBERS("one", "two", "three"), MEMBERS("two", "three", "four"),
     "~a instance_id one>two after:b; ~b instance_id two>three after:c; ~c instance_id three>four"},
    {REPOSITORY "entrypoints: {a: {plugin: jsonl_reader, path: x}, b: {plugin: jsonl_reader, path: y}}\n",
     REPOSITORY "entrypoints: {b: {plugin: jsonl_reader, path: y}, a: {plugin: jsonl_reader, path: x}}\n", ""},
};

static const struct pair destination_pairs[] = {
    {HEAD, WRITER(""), "+events; Allocated publish[>events]"},
    {WRITER(""), HEAD, "-events drains; Allocated publish[events>]"},
    {WRITER(""), WRITER(", fsync: false"), "~events fsync true>false"},
    {WRITER(""), PUBLISHER("plugin: jsonl_writer, path: elsewhere"), "~events path* /out>/elsewhere elsewhere"},
    {WRITER(""), PUBLISHER("plugin: jsonl_writer, path: ./out"), ""},
    {WRITER(""), TOPIC(""), "~events plugin* jsonl_writer>kafka_publisher elsewhere"},
    {WRITER(""), WRITER(", batch: 5"), "~events batch 1000>5 settings"},
    {WRITER(""), WRITER(", backoff: 2s"), "~events backoff 1s>2s settings"},
    {WRITER(""), WRITER(", backoff_max: 120s"), "~events backoff_max 1m>2m settings"},
    {WRITER(""), WRITER(", timeout: 30000ms"), ""},
    {WRITER(""), WRITER(", timeout: 31s"), "~events timeout 30s>31s settings"},
    {WRITER(", fsync: false"), PUBLISHER("plugin: kafka_publisher, brokers: [k:9092], topic: t, batch: 7"),
     "~events plugin* jsonl_writer>kafka_publisher batch 1000>7 elsewhere"},
    {TOPIC(""), TOPIC(", compression: none"), ""},
    {TOPIC(""), TOPIC(", partitioner: crc32"), "~events partitioner murmur2>crc32"},
    {TOPIC(""), PUBLISHER("plugin: kafka_publisher, brokers: [k:9092], topic: u"), "~events topic* t>u elsewhere"},
    {TOPIC(", client_id: {env: PLAN_HUSH}"), TOPIC(", client_id: {env: PLAN_OTHER}"), "~events client_id#"},
    {TOPIC(""), TOPIC(", key: k.pem, cert: c.pem"), "~events cert ()>/c.pem key ()>/k.pem"},
    {NOTIFIER("plugin: console_notifier"), NOTIFIER("plugin: console_notifier, text: 'Gone: {sku}'"),
     "~people text ()>Gone: {sku}"},
    {NOTIFIER("plugin: console_notifier, text: a"), NOTIFIER("plugin: console_notifier, text: ''"), "~people text a>"},
    {NOTIFIER("plugin: console_notifier"), NOTIFIER("plugin: console_notifier, stream: stderr"),
     "~people stream* auto>stderr elsewhere"},
    {NOTIFIER("plugin: console_notifier"), NOTIFIER("plugin: console_notifier, give_up: 2h"),
     "~people give_up 1d>2h settings"},
};

static const struct pair route_pairs[] = {
    {MANY "{Allocated: {publish: [p, q]}}\n", MANY "{Allocated: {publish: [q, p]}}\n", ""},
    {MANY "{}\n", MANY "{Allocated: {publish: [p]}}\n", "Allocated publish[>p]"},
    {MANY "{Allocated: {publish: [p]}}\n", MANY "{Allocated: {publish: [q]}}\n", "Allocated publish[p>q]"},
    {MANY "{OutOfStock: {notify: [a]}}\n", MANY "{OutOfStock: {notify: [a], fallback: [b]}}\n",
     "OutOfStock fallback[>b]"},
    {MANY "{OutOfStock: {notify: [a], group: {by: [sku]}}}\n",
     MANY "{OutOfStock: {notify: [a], group: {by: [sku], wait: 1m}}}\n",
     "OutOfStock group[{by: [sku], wait: 30s, max: 100}>{by: [sku], wait: 1m, max: 100}]"},
    {MANY "{OutOfStock: {notify: [a], group: {by: [sku]}}}\n",
     MANY "{OutOfStock: {notify: [a], group: {by: [sku]}, repeat: 4h}}\n",
     "OutOfStock group[{by: [sku], wait: 30s, max: 100}>{by: [sku], wait: 30s, max: 100}, repeat: 4h]"},
    {MANY "{OutOfStock: {notify: [a], group: {by: [sku]}}}\n", MANY "{OutOfStock: {notify: [a]}}\n",
     "OutOfStock group[{by: [sku], wait: 30s, max: 100}>none]"},
    {MANY "{OutOfStock: {notify: [a], fallback: [b]}}\n", MANY "{OutOfStock: {notify: [b], fallback: [a]}}\n",
     "OutOfStock notify[a>b] fallback[b>a]"},
    {MANY "{Allocated: {publish: [p]}, OutOfStock: {notify: [a]}}\n",
     MANY "{Deallocated: {publish: [p]}, OutOfStock: {notify: [b, a]}}\n",
     "Allocated publish[p>]; Deallocated publish[>p]; OutOfStock notify[a>b,a]"},
    {WITH_NOTIFIERS(A, "{OutOfStock: {notify: [a]}}"), WITH_NOTIFIERS(B, "{OutOfStock: {notify: [b]}}"),
     "+b; -a OutOfStock>b; OutOfStock notify[a>b]"},
    {WITH_NOTIFIERS(A ", " B, "{OutOfStock: {notify: [a, b]}}"), WITH_NOTIFIERS(B, "{OutOfStock: {notify: [b]}}"),
     "-a drains OutOfStock>; OutOfStock notify[a,b>b]"},
    {WITH_NOTIFIERS(A, "{OutOfStock: {notify: [a]}}"), HEAD, "-a drains OutOfStock>; OutOfStock notify[a>]"},
    {WITH_NOTIFIERS(A ", " B, "{OutOfStock: {notify: [a], fallback: [b]}}"),
     WITH_NOTIFIERS(B, "{OutOfStock: {notify: [b]}}"), "-a OutOfStock>b; OutOfStock notify[a>b] fallback[b>]"},
    {WITH_NOTIFIERS(A ", " B, "{OutOfStock: {notify: [a], fallback: [b]}}"),
     WITH_NOTIFIERS(A ", " C, "{OutOfStock: {notify: [a], fallback: [c]}}"),
     "+c; -b drains OutOfStock>; OutOfStock fallback[b>c]"},
    {WITH_NOTIFIERS(A ", " B, "{OutOfStock: {notify: [a], fallback: [b]}}"),
     WITH_NOTIFIERS(A ", " C, "{OutOfStock: {notify: [c], fallback: [a]}}"),
     "+c; -b drains OutOfStock>; OutOfStock notify[a>c] fallback[b>a]"},
    {WITH_NOTIFIERS(A ", " B, "{Allocated: {notify: [a]}, OutOfStock: {notify: [a, b]}}"),
     WITH_NOTIFIERS(B ", " C, "{Allocated: {notify: [b, c]}, OutOfStock: {notify: [b]}}"),
     "+c; -a drains Allocated>b,c OutOfStock>; Allocated notify[a>b,c]; OutOfStock notify[a,b>b]"},
    {WITH_NOTIFIERS(A ", " B, "{OutOfStock: {notify: [a]}}"), WITH_NOTIFIERS(A, "{OutOfStock: {notify: [a]}}"),
     "-b drains"},
};

static const struct pair section_pairs[] = {
    {HEAD "publishers: {x: {plugin: jsonl_writer, path: x}}\n", HEAD "notifiers: {x: {plugin: console_notifier}}\n",
     "-x drains; +x; !!x"},
    {REPOSITORY "entrypoints: {orders: {plugin: jsonl_reader, path: in}, x: {plugin: csv_reader, path: x}}\n",
     HEAD "publishers: {x: {plugin: jsonl_writer, path: x}}\n", "-x abandons; +x; !!x; hash"},
    {HEAD "notifiers: {x: {plugin: console_notifier}}\n",
     REPOSITORY "entrypoints: {orders: {plugin: jsonl_reader, path: in}, x: {plugin: csv_reader, path: x}}\n",
     "+x; -x drains; !!x"},
};

static void assert_pair(const struct pair *pair)
{
    struct gw_plan plan = plan_of(pair->before, pair->after);

    ck_assert_msg(strcmp(summary_of(&plan), pair->expected) == 0, "%s---\n%s\nexpected: %s\nplan:     %s", pair->before,
                  pair->after, pair->expected, summary_of(&plan));
    ck_assert_int_eq(plan.is_empty, pair->expected[0] == '\0');
}

#define PAIR_TEST(name, pairs)                              \
    START_TEST(name)                                        \
    {                                                       \
        for (size_t i = 0; i < gw_array_length(pairs); i++) \
            assert_pair(&(pairs)[i]);                       \
    }                                                       \
    END_TEST

PAIR_TEST(settings_and_repository_need_a_restart, fixed_pairs)
PAIR_TEST(an_entrypoint_is_compared_option_by_option, entrypoint_pairs)
PAIR_TEST(entrypoints_that_share_an_input_follow_each_other, related_pairs)
PAIR_TEST(a_destination_is_compared_option_by_option, destination_pairs)
PAIR_TEST(routes_are_compared_event_by_event, route_pairs)
PAIR_TEST(an_id_keeps_its_section, section_pairs)

/* ---- what no pair shows --------------------------------------------------------------------------------------- */

START_TEST(a_repository_whose_password_file_changed_is_not_changed)
{
    static char path[] = "/tmp/gangway-plan-XXXXXX";
    char yaml[512];
    const struct gw_bootstrap *running;
    struct gw_plan plan;
    int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    (void)snprintf(yaml, sizeof yaml, DATABASE("postgres_repository, url: 'host=a', password: {file: %s}"), path);
    ck_assert_int_eq(write(fd, "before", 6), 6);
    running = read_with(yaml, true);
    ck_assert_int_eq(pwrite(fd, "secret", 6, 0), 6);
    ck_assert_int_eq(gw_plan_make(arena, running, read_with(yaml, true), key, &plan), GW_OK);
    ck_assert_int_eq(close(fd), 0);
    ck_assert_int_eq(remove(path), 0);
    ck_assert_str_eq(summary_of(&plan), "=repository password#@");
    ck_assert(plan.is_empty);
}
END_TEST

/* The contents of the file whose path is between options and more, before and after; NULL: there is no file. The path
 * follows in the summary. */
static const struct {
    const char *options;
    const char *more;
    const char *before;
    const char *after;
    const char *expected;
} file_pairs[] = {
    {", ca: ", "", "one", "two", "~orders ca%"},
    {", cert: ", ", key: other.pem", "one", "two", "~orders cert%"},
    {", cert: other.pem, key: ", "", "one", "two", "~orders key%"},
    {", ca: ", "", "one", "one", ""},
    {", ca: ", "", NULL, "one", "~orders ca%"},
    {", ca: ", "", "one", NULL, "~orders ca%"},
    {", ca: ", "", NULL, NULL, ""},
    {", ca: ", "", "one", "on", "~orders ca%"},
};

static const struct gw_bootstrap *read_beside(const char *yaml, const char *path, const char *contents)
{
    FILE *file;

    (void)remove(path);
    if (contents == NULL)
        return read_with(yaml, true);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(contents, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    return read_with(yaml, true);
}

START_TEST(other_contents_of_a_certificate_are_a_change_and_are_not_shown)
{
    char folder[] = "/tmp/gangway-plan-XXXXXX";
    char path[64];
    char yaml[512];
    char expected[256];

    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/a.pem", folder);
    for (size_t i = 0; i < gw_array_length(file_pairs); i++) {
        const struct gw_bootstrap *running;
        struct gw_plan plan;

        (void)snprintf(yaml, sizeof yaml, KAFKA("%s%s%s"), file_pairs[i].options, path, file_pairs[i].more);
        running = read_beside(yaml, path, file_pairs[i].before);
        ck_assert_int_eq(gw_plan_make(arena, running, read_beside(yaml, path, file_pairs[i].after), key, &plan), GW_OK);
        (void)snprintf(expected, sizeof expected, "%s %s>%s", file_pairs[i].expected, path, path);
        ck_assert_str_eq(summary_of(&plan), file_pairs[i].expected[0] != '\0' ? expected : "");
        gw_buffer_reset(&summary);
        gw_plan_append_json(&plan, &(struct gw_plan_figures){0}, &summary);
        ck_assert_int_eq(strstr(summary.ptr, "\"contents\": true") != NULL, !plan.is_empty);
    }
    (void)remove(path);
    ck_assert_int_eq(remove(folder), 0);
}
END_TEST

START_TEST(a_value_that_was_not_resolved_is_unknown)
{
    static const char yaml[] = KAFKA(", mechanism: PLAIN, user: u, password: {env: PLAN_HUSH}");
    static const char topic[] = ENTRYPOINT("plugin: kafka_consumer, brokers: [k:9092], group: {env: PLAN_HUSH}, "
                                           "topics: {t: auto}");
    static const char name[] = ENTRYPOINT("plugin: {env: PLAN_HUSH}");
    struct gw_plan plan;

    ck_assert_int_eq(gw_plan_make(arena, read_with(yaml, true), read_with(yaml, false), key, &plan), GW_OK);
    ck_assert_str_eq(summary_of(&plan), "~orders password#?");
    ck_assert_int_eq(gw_plan_make(arena, read_with(topic, true), read_with(topic, false), key, &plan), GW_OK);
    ck_assert_str_eq(summary_of(&plan), "~orders group*#?");
    ck_assert_int_eq(gw_plan_make(arena, read_with(HEAD, true), read_with(name, false), key, &plan), GW_OK);
    ck_assert_str_eq(summary_of(&plan), "~orders plugin*#? first");
}
END_TEST

START_TEST(a_refusal_has_its_place_in_the_new_file)
{
    struct gw_plan plan = plan_of(DATABASE("memory_repository"), "\n  \n" DATABASE("sqlite_repository, path: g.db"));

    ck_assert_uint_eq(plan.refusal_count, 1);
    ck_assert_uint_eq(plan.refusals[0].line, 3);
    ck_assert_uint_eq(plan.refusals[0].column, 1);
    plan = plan_of("service: x\n" HEAD, HEAD "log:\n  level: debug\n");
    ck_assert_uint_eq(plan.refusal_count, 2);
    ck_assert_str_eq(plan.refusals[0].name, "service");
    ck_assert_uint_eq(plan.refusals[0].line, 0);
    ck_assert_str_eq(plan.refusals[1].name, "log.level");
    ck_assert_uint_eq(plan.refusals[1].line, 4);
    ck_assert_uint_eq(plan.refusals[1].column, 3);
}
END_TEST

START_TEST(every_component_is_in_the_plan)
{
    struct gw_plan plan = plan_of(WRITER(""), WRITER(", fsync: false"));

    ck_assert_uint_eq(plan.component_count, 3);
    ck_assert_int_eq(gw_plan_find(&plan, GW_SECTION_ENTRYPOINTS, "orders")->verb, GW_PLAN_UNCHANGED);
    ck_assert_int_eq(gw_plan_find(&plan, GW_SECTION_PUBLISHERS, "events")->verb, GW_PLAN_REPLACED);
    ck_assert_ptr_null(gw_plan_find(&plan, GW_SECTION_PUBLISHERS, "orders"));
    ck_assert_ptr_eq(gw_plan_find(&plan, GW_SECTION_PUBLISHERS, "events")->after, plan.wanted->publishers.items[0]);
}
END_TEST

/* ---- the hash ------------------------------------------------------------------------------------------------- */

static void assert_hashes(const char *left_before, const char *left_after, const char *right_before,
                          const char *right_after, bool is_equal)
{
    struct gw_plan left = plan_of(left_before, left_after);
    struct gw_plan right = plan_of(right_before, right_after);

    ck_assert_uint_eq(strlen(left.hash), GW_PLAN_HASH_CHARS);
    ck_assert_int_eq(strcmp(left.hash, right.hash) == 0, is_equal);
}

START_TEST(the_hash_covers_every_value_of_both_files)
{
    static const char with_secret[] = KAFKA(", mechanism: PLAIN, user: u, password: {env: PLAN_HUSH}");
    static const char with_same[] = KAFKA(", mechanism: PLAIN, user: u, password: {env: PLAN_SAME}");
    static const char with_other[] = KAFKA(", mechanism: PLAIN, user: u, password: {env: PLAN_OTHER}");

    assert_hashes(HEAD, WRITER(""), HEAD, WRITER(""), true);
    assert_hashes(HEAD, WRITER(""), HEAD, "# comment\n" WRITER(", fsync: true"), true);
    assert_hashes(HEAD, WRITER(""), HEAD, WRITER(", fsync: false"), false);
    assert_hashes(HEAD, WRITER(""), WRITER(""), HEAD, false);
    assert_hashes(HEAD, HEAD, WRITER(""), HEAD, false);
    assert_hashes(HEAD, with_secret, HEAD, with_same, true);
    assert_hashes(HEAD, with_secret, HEAD, with_other, false);
    assert_hashes(with_secret, HEAD, with_other, HEAD, false);
    assert_hashes(HEAD, HEAD, HEAD, ENTRYPOINT("plugin: jsonl_reader, path: ./in"), false);
    assert_hashes(HEAD, MANY "{Allocated: {publish: [p]}}\n", HEAD, MANY "{Allocated: {publish: [q]}}\n", false);
    assert_hashes(HEAD, MANY "{OutOfStock: {notify: [a], fallback: [b]}}\n", HEAD,
                  MANY "{OutOfStock: {notify: [a, b]}}\n", false);
    assert_hashes(HEAD, NOTIFIER("plugin: console_notifier"), HEAD, NOTIFIER("plugin: console_notifier, text: ''"),
                  false);
    assert_hashes(HEAD, HEAD, HEAD, HEAD "inbox: {keep: 1d}\n", false);
}
END_TEST

START_TEST(the_hash_of_another_process_is_another)
{
    const struct gw_bootstrap *bootstrap = read_with(HEAD, true);
    struct gw_plan plan;
    struct gw_plan other;

    ck_assert_int_eq(gw_plan_make(arena, bootstrap, bootstrap, key, &plan), GW_OK);
    ck_assert_int_eq(gw_plan_make(arena, bootstrap, bootstrap, other_key, &other), GW_OK);
    ck_assert_str_ne(plan.hash, other.hash);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("plan");
    TCase *tests = tcase_create("plans");

    tcase_add_unchecked_fixture(tests, load_plugins, NULL);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, settings_and_repository_need_a_restart);
    tcase_add_test(tests, an_entrypoint_is_compared_option_by_option);
    tcase_add_test(tests, entrypoints_that_share_an_input_follow_each_other);
    tcase_add_test(tests, a_destination_is_compared_option_by_option);
    tcase_add_test(tests, routes_are_compared_event_by_event);
    tcase_add_test(tests, an_id_keeps_its_section);
    tcase_add_test(tests, a_repository_whose_password_file_changed_is_not_changed);
    tcase_add_test(tests, other_contents_of_a_certificate_are_a_change_and_are_not_shown);
    tcase_add_test(tests, a_value_that_was_not_resolved_is_unknown);
    tcase_add_test(tests, a_refusal_has_its_place_in_the_new_file);
    tcase_add_test(tests, every_component_is_in_the_plan);
    tcase_add_test(tests, the_hash_covers_every_value_of_both_files);
    tcase_add_test(tests, the_hash_of_another_process_is_another);
    suite_add_tcase(suite, tests);
    return suite;
}
