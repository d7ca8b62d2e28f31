/* SPDX-License-Identifier: Apache-2.0 */
/* Binding a map to an option table: values, defaults, references, and every finding with its place. */
#include "check_main.h"
#include "options/options.h"
#include "scratch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct config {
    const char *url;
    const char *password;
    const char *path;
    const char *written;
    struct gw_option_fields fields;
    const char *command;
    const char *text;
    const char *to;
    struct gw_option_list brokers;
    struct gw_option_list files;
    struct gw_option_map topics;
    int64_t workers;
    int64_t timeout_ms;
    int64_t limit;
    double ratio;
    uint32_t follow;
    uint32_t level;
};

/* A plugin of a later minor version: its options are longer than ours, so the stride counts. */
struct longer_option {
    struct gw_option option;
    uint64_t more;
};

static const struct longer_option options[] = {
    {{.name = "url", .help = "Where it is.", .type = GW_OPTION_TEXT, .offset = offsetof(struct config, url)}, 1},
    {{.name = "password",
      .help = "What opens it.",
      .type = GW_OPTION_SECRET,
      .offset = offsetof(struct config, password)},
     1},
    {{.name = "path",
      .help = "The file.",
      .type = GW_OPTION_PATH,
      .fallback = "a.jsonl",
      .flags = GW_OPTION_DASH,
      .offset = offsetof(struct config, path),
      .written = offsetof(struct config, written)},
     1},
    {{.name = "command",
      .help = "Which.",
      .type = GW_OPTION_COMMAND,
      .offset = offsetof(struct config, command),
      .written = offsetof(struct config, fields)},
     1},
    {{.name = "text", .help = "Says it.", .type = GW_OPTION_TEMPLATE, .offset = offsetof(struct config, text)}, 1},
    {{.name = "to",
      .help = "Who.",
      .type = GW_OPTION_RECIPIENT,
      .min = 1,
      .max = 9,
      .offset = offsetof(struct config, to)},
     1},
    {{.name = "brokers",
      .help = "Where to begin.",
      .type = GW_OPTION_LIST,
      .item_type = GW_OPTION_TEXT,
      .fallback = "[a:1, b:2]",
      .min = 1,
      .max = 3,
      .offset = offsetof(struct config, brokers)},
     1},
    {{.name = "files",
      .help = "Files.",
      .type = GW_OPTION_LIST,
      .item_type = GW_OPTION_PATH,
      .offset = offsetof(struct config, files)},
     1},
    {{.name = "topics",
      .help = "Topics.",
      .type = GW_OPTION_MAP,
      .item_type = GW_OPTION_COMMAND,
      .offset = offsetof(struct config, topics)},
     1},
    {{.name = "workers",
      .help = "How many.",
      .type = GW_OPTION_INT,
      .fallback = "2",
      .min = 1,
      .max = 64,
      .offset = offsetof(struct config, workers)},
     1},
    {{.name = "timeout",
      .help = "How long.",
      .type = GW_OPTION_DURATION,
      .fallback = "10s",
      .min = 1000,
      .max = 60000,
      .offset = offsetof(struct config, timeout_ms)},
     1},
    {{.name = "limit",
      .help = "How large.",
      .type = GW_OPTION_SIZE,
      .fallback = "1MiB",
      .offset = offsetof(struct config, limit)},
     1},
    {{.name = "ratio",
      .help = "How much.",
      .type = GW_OPTION_FLOAT,
      .fallback = "0.5",
      .offset = offsetof(struct config, ratio)},
     1},
    {{.name = "follow",
      .help = "Whether.",
      .type = GW_OPTION_BOOL,
      .fallback = "true",
      .offset = offsetof(struct config, follow)},
     1},
    {{.name = "level",
      .help = "Which.",
      .type = GW_OPTION_CHOICE,
      .choices = "low|high",
      .fallback = "high",
      .offset = offsetof(struct config, level)},
     1},
};

static const struct gw_option required[] = {
    {.name = "group",
     .help = "The consumer group.",
     .type = GW_OPTION_TEXT,
     .flags = GW_OPTION_REQUIRED,
     .offset = offsetof(struct config, url)},
};

static const struct gw_option_table table = {&options[0].option, sizeof options / sizeof options[0], sizeof options[0]};
static const struct gw_option_table required_table = {required, 1, sizeof required[0]};

static struct gw_arena *arena;
static struct gw_buffer printed;
static struct gw_diagnostics diagnostics;
static struct gw_binder binder;
static struct config config;

static void set_up(void)
{
    arena = gw_arena_new(4 * 1024 * 1024);
    ck_assert_ptr_nonnull(arena);
    gw_buffer_init(&printed, 64 * 1024);
    scratch_begin();
    ck_assert_int_eq(chdir(scratch_path(".")), 0);
}

static void tear_down(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    scratch_end();
    gw_buffer_done(&printed);
    gw_arena_free(arena);
}

static void bind_with(const struct gw_option_table *chosen, const char *yaml, bool resolves_secrets)
{
    const struct gw_yaml_node *map = NULL;
    struct gw_place place = {1, 1};
    struct gw_error error = {0};

    config = (struct config){0};
    gw_diagnostics_init(&diagnostics, arena, "f.yaml");
    binder = (struct gw_binder){
        .arena = arena, .diagnostics = &diagnostics, .folder = "/conf", .resolves_secrets = resolves_secrets};
    ck_assert_msg(gw_yaml_parse(arena, "f.yaml", gw_text_of(yaml), &map, &error) == GW_OK, "%s", error.text);
    gw_options_bind(&binder, chosen, map, place, &config);
    gw_options_check_keys(&binder, chosen, 1, map);
    gw_buffer_reset(&printed);
    gw_diagnostics_print(&diagnostics, &printed);
}

static void bind_text(const char *yaml)
{
    bind_with(&table, yaml, true);
    ck_assert_msg(diagnostics.errors == 0, "%s", printed.ptr != NULL ? printed.ptr : "");
}

static void assert_findings(const char *yaml, const char *expected)
{
    bind_with(&table, yaml, true);
    ck_assert_str_eq(printed.ptr != NULL ? printed.ptr : "", expected);
}

START_TEST(defaults_replace_missing_options)
{
    bind_text("{}");
    ck_assert_ptr_null(config.url);
    ck_assert_str_eq(config.path, "/conf/a.jsonl");
    ck_assert_uint_eq(config.brokers.count, 2);
    ck_assert_str_eq(config.brokers.items[1], "b:2");
    ck_assert_uint_eq(config.topics.count, 0);
    ck_assert_int_eq(config.workers, 2);
    ck_assert_int_eq(config.timeout_ms, 10000);
    ck_assert_int_eq(config.limit, 1048576);
    ck_assert_double_eq(config.ratio, 0.5);
    ck_assert_uint_eq(config.follow, 1);
    ck_assert_uint_eq(config.level, 1);
}
END_TEST

START_TEST(every_type_is_converted)
{
    bind_text("url: 5\npath: /abs/x\ncommand: Allocate\ntext: 'Out of {sku}'\nto: me\nbrokers: [x, 'y']\n"
              "topics: {allocate: Allocate, other: auto}\nworkers: 64\ntimeout: 1m\nlimit: \"64KiB\"\nratio: 2\n"
              "follow: false\nlevel: low\n");
    ck_assert_str_eq(config.url, "5");
    ck_assert_str_eq(config.path, "/abs/x");
    ck_assert_str_eq(config.command, "Allocate");
    ck_assert_str_eq(config.text, "Out of {sku}");
    ck_assert_str_eq(config.to, "me");
    ck_assert_uint_eq(config.brokers.count, 2);
    ck_assert_str_eq(config.brokers.items[0], "x");
    ck_assert_uint_eq(config.topics.count, 2);
    ck_assert_str_eq(config.topics.items[1].key, "other");
    ck_assert_str_eq(config.topics.items[1].value, "auto");
    ck_assert_int_eq(config.workers, 64);
    ck_assert_int_eq(config.timeout_ms, 60000);
    ck_assert_int_eq(config.limit, 65536);
    ck_assert_double_eq(config.ratio, 2);
    ck_assert_uint_eq(config.follow, 0);
    ck_assert_uint_eq(config.level, 0);
}
END_TEST

/* The fields as "name" or "name/alias", with a star behind those that are required. */
static const char *fields_text(void)
{
    static char text[256];
    size_t len = 0;

    text[0] = '\0';
    for (uint64_t i = 0; i < config.fields.count; i++) {
        const struct gw_option_field *field = &config.fields.items[i];

        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s%s%s%s", i == 0 ? "" : " ", field->name,
                                field->alias != NULL ? "/" : "", field->alias != NULL ? field->alias : "",
                                field->is_required != 0 ? "*" : "");
    }
    return text;
}

START_TEST(a_command_brings_its_fields)
{
    bind_text("command: CreateBatch\n");
    ck_assert_str_eq(fields_text(), "ref* sku* qty* eta");
    bind_text("command: ChangeBatchQuantity\n");
    ck_assert_str_eq(fields_text(), "ref/batchref* qty*");
    bind_text("command: auto\n");
    ck_assert_str_eq(fields_text(), "type* ref sku qty eta orderid batchref");
}
END_TEST

START_TEST(paths_are_relative_to_the_folder_of_the_file)
{
    bind_text("path: ./sub/x\nfiles: [y, /z]\n");
    ck_assert_str_eq(config.path, "/conf/sub/x");
    ck_assert_str_eq(config.written, "./sub/x");
    ck_assert_str_eq(config.files.items[0], "/conf/y");
    ck_assert_str_eq(config.files.items[1], "/z");
    bind_text("path: '-'\nfiles: ['-']\n");
    ck_assert_str_eq(config.path, "-");
    ck_assert_str_eq(config.files.items[0], "/conf/-");
}
END_TEST

START_TEST(an_unknown_key_is_reported_with_the_nearest_one)
{
    assert_findings("{}\n", "");
    bind_with(&required_table, "group: a\ngrop: b\n", true);
    ck_assert_str_eq(printed.ptr, "f.yaml:2:1: error: unknown key 'grop'; expected group; did you mean 'group'?\n");
    bind_with(&required_table, "group: a\n\"x\\n\\e\\x9b\": b\n", true);
    ck_assert_str_eq(printed.ptr, "f.yaml:2:1: error: unknown key 'x\\n\\x1b\\xc2\\x9b'; expected group\n");
}
END_TEST

START_TEST(a_missing_required_key_is_reported_at_the_component)
{
    bind_with(&required_table, "{}\n", true);
    ck_assert_str_eq(printed.ptr,
                     "f.yaml:1:1: error: the key 'group' is missing; expected text: The consumer group.\n");
}
END_TEST

START_TEST(a_misspelt_required_key_is_reported_once)
{
    bind_with(&required_table, "gruop: a\n", true);
    ck_assert_uint_eq(diagnostics.errors, 1);
    ck_assert_str_eq(printed.ptr, "f.yaml:1:1: error: unknown key 'gruop'; expected group; did you mean 'group'?\n");
}
END_TEST

START_TEST(every_mistake_is_reported_in_the_order_of_the_file)
{
    assert_findings("workers: many\ntimeout: 10\nfollow: yes\n",
                    "f.yaml:1:10: error: 'workers' is not a whole number; expected a whole number, from 1 to 64\n"
                    "f.yaml:2:10: error: 'timeout' has no unit; expected a duration with a unit: 250ms, 10s, 5m, 2h, "
                    "7d, from 1s to 1m\n"
                    "f.yaml:3:9: error: 'follow' is neither true nor false; expected true or false\n");
}
END_TEST

START_TEST(values_out_of_range_are_refused)
{
    assert_findings("workers: 0\n",
                    "f.yaml:1:10: error: 'workers' is out of range; expected a whole number, from 1 to 64\n");
    assert_findings("workers: 65\n",
                    "f.yaml:1:10: error: 'workers' is out of range; expected a whole number, from 1 to 64\n");
    assert_findings("to: 0123456789\n",
                    "f.yaml:1:5: error: 'to' is too long; expected who is notified, from 1 to 9 bytes\n");
    assert_findings("brokers: []\n",
                    "f.yaml:1:10: error: 'brokers' has too few items; expected a list of text, from 1 to 3 items\n");
    assert_findings("brokers: [a, b, c, d]\n",
                    "f.yaml:1:10: error: 'brokers' has too many items; expected a list of text, from 1 to 3 items\n");
}
END_TEST

START_TEST(null_is_no_value)
{
    static const char *const nulls[] = {"url:\n", "url: null\n", "url: ~\n", "url: NULL\n"};

    for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++) {
        bind_with(&table, nulls[i], true);
        ck_assert_ptr_nonnull(
            strstr(printed.ptr, "error: 'url' is empty: leave the key out, or give it a value; expected text\n"));
    }
    bind_text("url: 'null'\n");
    ck_assert_str_eq(config.url, "null");
    bind_text("url: ''\n");
    ck_assert_str_eq(config.url, "");
    assert_findings("brokers: [null]\n", "f.yaml:1:11: error: an item of 'brokers' is empty; expected text\n");
    assert_findings("topics:\n", "f.yaml:1:8: error: 'topics' is empty: leave the key out, or give it a value; "
                                 "expected a map of command\n");
}
END_TEST

START_TEST(a_value_of_another_kind_is_refused)
{
    assert_findings("url: [a]\n", "f.yaml:1:6: error: 'url' is a list; expected text\n");
    assert_findings("url: {a: b}\n", "f.yaml:1:6: error: 'url' is a map; expected text\n");
    assert_findings("brokers: a\n",
                    "f.yaml:1:10: error: 'brokers' is not a list; expected a list of text, from 1 to 3 items\n");
    assert_findings("brokers: [[a]]\n", "f.yaml:1:11: error: an item of 'brokers' is a list; expected text\n");
    assert_findings("topics: [a]\n", "f.yaml:1:9: error: 'topics' is not a map; expected a map of command\n");
    assert_findings("workers: '5'\n",
                    "f.yaml:1:10: error: 'workers' is in quotes, which make it text; expected a whole "
                    "number, from 1 to 64\n");
    assert_findings("follow: 'true'\n",
                    "f.yaml:1:9: error: 'follow' is in quotes, which make it text; expected true or false\n");
}
END_TEST

START_TEST(names_are_refused_with_the_nearest)
{
    assert_findings(
        "level: hihg\n",
        "f.yaml:1:8: error: 'level' is none of the choices (did you mean 'high'?); expected one of low, high\n");
    assert_findings("topics: {a: allocat}\n",
                    "f.yaml:1:13: error: 'a' in 'topics' names no command (did you mean 'Allocate'?); expected one of "
                    "auto, CreateBatch, Allocate, Deallocate, ChangeBatchQuantity\n");
    assert_findings("text: '{sku'\n", "f.yaml:1:7: error: 'text' is no template ('{' at character 1 begins no place; "
                                      "expected {field}, or {{ for a brace); expected text with {field} places\n");
}
END_TEST

START_TEST(a_reference_stands_for_any_scalar)
{
    ck_assert_int_eq(setenv("GW_TEST_URL", "amqp://x", 1), 0);
    ck_assert_int_eq(setenv("GW_TEST_NUMBER", "7", 1), 0);
    bind_text("url: {env: GW_TEST_URL}\nworkers: {env: GW_TEST_NUMBER}\nbrokers: [a, {env: GW_TEST_URL}]\n"
              "path: {env: GW_TEST_NUMBER}\n");
    ck_assert_str_eq(config.url, "amqp://x");
    ck_assert_int_eq(config.workers, 7);
    ck_assert_str_eq(config.brokers.items[1], "amqp://x");
    ck_assert_str_eq(config.path, "/conf/7");
    ck_assert_uint_eq(diagnostics.warnings, 0);
}
END_TEST

START_TEST(a_reference_is_never_read_as_yaml)
{
    ck_assert_int_eq(setenv("GW_TEST_URL", "{env: HOME}: [x]\nworkers: 9", 1), 0);
    bind_text("url: {env: GW_TEST_URL}\n");
    ck_assert_str_eq(config.url, "{env: HOME}: [x]\nworkers: 9");
    ck_assert_int_eq(config.workers, 2);
}
END_TEST

static void bind_secret(bool resolves_secrets)
{
    char yaml[128];

    (void)snprintf(yaml, sizeof yaml, "password: {file: %s}\n", scratch_path("secret"));
    bind_with(&table, yaml, resolves_secrets);
}

START_TEST(one_line_end_at_the_end_of_a_file_is_cut)
{
    scratch_write_bytes("secret", "hush\n\n", 6);
    bind_secret(true);
    ck_assert_str_eq(config.password, "hush\n");
    ck_assert_uint_eq(diagnostics.warnings, 1);
    scratch_write_bytes("secret", "hush\r\n", 6);
    bind_secret(true);
    ck_assert_str_eq(config.password, "hush");
    ck_assert_uint_eq(diagnostics.warnings, 0);
    scratch_write_bytes("secret", "hush", 4);
    bind_secret(true);
    ck_assert_str_eq(config.password, "hush");
    scratch_write_bytes("secret", "\n", 1);
    bind_secret(true);
    ck_assert_str_eq(config.password, "");
}
END_TEST

/* The finding names the variable or the file, never the value. */
static void assert_warned(const char *where, const char *flaw)
{
    ck_assert_uint_eq(diagnostics.errors, 0);
    ck_assert_uint_eq(diagnostics.warnings, 1);
    ck_assert_msg(strstr(printed.ptr, where) != NULL, "%s", printed.ptr);
    ck_assert_msg(strstr(printed.ptr, flaw) != NULL, "%s", printed.ptr);
    ck_assert_msg(strstr(printed.ptr, "hush") == NULL, "%s", printed.ptr);
}

START_TEST(white_space_at_an_end_of_a_value_is_a_warning)
{
    /* Of a file one line end is cut, of a variable none. */
    static const char *const cases[][3] = {
        {"hush\n\n", "hush\n", "(LF)"},
        {"hush\r\n\r\n", "hush\r\n", "(CR LF)"},
        {"hush\r", "hush\r", "carriage return"},
        {"hush ", "hush\t", "ends with a blank"},
        {" hush", "\nhush", "begins with a blank"},
        {"\xef\xbb\xbfhush\n", "\xef\xbb\xbfhush", "byte-order mark"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scratch_write_bytes("secret", cases[i][0], strlen(cases[i][0]));
        ck_assert_int_eq(setenv("GW_TEST_URL", cases[i][1], 1), 0);
        for (int resolves = 0; resolves <= 1; resolves++) {
            bind_secret(resolves == 1);
            assert_warned("secret}", cases[i][2]);
            bind_with(&table, "url: {env: GW_TEST_URL}\n", resolves == 1);
            assert_warned("{env: GW_TEST_URL}", cases[i][2]);
        }
    }
}
END_TEST

START_TEST(a_line_end_at_the_end_of_a_literal_is_a_warning_but_not_in_a_template)
{
    bind_with(&table, "url: |\n  amqp://hush\n", true);
    assert_warned("'url'", "(LF)");
    bind_with(&table, "text: |\n  one\n  two\n", true);
    ck_assert_uint_eq(diagnostics.warnings, 0);
}
END_TEST

START_TEST(a_file_with_nul_or_without_end_is_refused)
{
    static char large[64 * 1024 + 1];

    scratch_write_bytes("secret", "hu\0sh", 5);
    bind_secret(true);
    ck_assert_ptr_nonnull(strstr(printed.ptr, "holds a NUL byte: it is UTF-16"));
    memset(large, 'x', sizeof large);
    scratch_write_bytes("secret", large, sizeof large);
    bind_secret(true);
    ck_assert_ptr_nonnull(strstr(printed.ptr, "is larger than 64 KiB\n"));
    bind_with(&table, "password: {file: /dev/zero}\n", true);
    ck_assert_str_eq(printed.ptr, "f.yaml:1:11: error: 'password': '/dev/zero' is no regular file\n");
}
END_TEST

START_TEST(a_missing_reference_is_an_error_when_secrets_are_resolved)
{
    (void)unsetenv("GW_TEST_NOBODY");
    bind_with(&table, "url: {env: GW_TEST_NOBODY}\npassword: {file: nowhere}\n", true);
    ck_assert_str_eq(printed.ptr,
                     "f.yaml:1:6: error: 'url': the environment variable 'GW_TEST_NOBODY' is not set\n"
                     "f.yaml:2:11: error: 'password': the file '/conf/nowhere' cannot be read: No such file or "
                     "directory\n");
}
END_TEST

START_TEST(a_missing_reference_is_a_warning_when_they_are_not)
{
    (void)unsetenv("GW_TEST_NOBODY");
    bind_with(&table, "url: {env: GW_TEST_NOBODY}\npassword: {file: nowhere}\n", false);
    ck_assert_uint_eq(diagnostics.errors, 0);
    ck_assert_str_eq(printed.ptr,
                     "f.yaml:1:6: warning: 'url': the environment variable 'GW_TEST_NOBODY' is not set\n"
                     "f.yaml:2:11: warning: 'password': the file '/conf/nowhere' cannot be read: No such file or "
                     "directory\n");
}
END_TEST

START_TEST(without_secrets_nothing_is_read_and_defaults_stay)
{
    ck_assert_int_eq(setenv("GW_TEST_NUMBER", "not a number", 1), 0);
    scratch_write_bytes("secret", "hush", 4);
    bind_secret(false);
    ck_assert_uint_eq(diagnostics.errors + diagnostics.warnings, 0);
    ck_assert_ptr_null(strstr(config.password, "hush"));
    ck_assert_uint_eq(binder.unresolved, 1);
    bind_with(&table, "workers: {env: GW_TEST_NUMBER}\ntext: {env: GW_TEST_NUMBER}\n", false);
    ck_assert_uint_eq(diagnostics.errors + diagnostics.warnings, 0);
    ck_assert_int_eq(config.workers, 2);
    ck_assert_ptr_null(config.text);
    ck_assert_uint_eq(binder.unresolved, 2);
}
END_TEST

static void assert_reference(size_t index, const char *option, const char *text, bool is_resolved)
{
    ck_assert_uint_lt(index, binder.reference_count);
    ck_assert_str_eq(binder.references[index].option, option);
    ck_assert_str_eq(binder.references[index].text, text);
    ck_assert_int_eq(binder.references[index].is_resolved, is_resolved);
}

START_TEST(the_references_of_each_option_are_known_whether_or_not_they_are_resolved)
{
    ck_assert_int_eq(setenv("GW_TEST_URL", "x", 1), 0);
    for (int resolves = 0; resolves < 2; resolves++) {
        bind_with(&table, "brokers: [a, {env: GW_TEST_URL}]\npassword: {env: GW_TEST_URL}\nworkers: 3\n",
                  resolves == 1);
        ck_assert_uint_eq(binder.reference_count, 2);
        assert_reference(0, "password", "{env: GW_TEST_URL}", resolves == 1);
        assert_reference(1, "brokers", "{env: GW_TEST_URL}", resolves == 1);
    }
}
END_TEST

START_TEST(a_secret_in_the_file_is_a_warning)
{
    assert_findings("password: hush\n", "f.yaml:1:11: warning: 'password' is a secret in plain text; {env: NAME} "
                                        "or {file: PATH} keep it out\n");
    ck_assert_str_eq(config.password, "hush");
}
END_TEST

/* Every kind of error, in every place, from a literal, a variable or a file. */
START_TEST(no_finding_shows_a_value)
{
    static const char *const places[] = {
        "url: [%s]\n",          "password: [%s]\n",   "password: {x: %s}\n",  "path: [%s]\n",      "command: %s\n",
        "text: '{%s'\n",        "to: %s-%s\n",        "brokers: %s\n",        "brokers: [[%s]]\n", "topics: {a: %s}\n",
        "topics: {a: [%s]}\n",  "workers: %s\n",      "timeout: %s\n",        "limit: %s\n",       "ratio: %s\n",
        "follow: %s\n",         "level: %s\n",        "password: {%s: }\n",   "nobody: %s\n",      "password: %s\n",
        "workers: {env: GW_C}", "level: {env: GW_C}", "command: {env: GW_C}", "text: {env: GW_C}",
    };

    ck_assert_int_eq(setenv("GW_C", "{canary", 1), 0);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char yaml[128] = "";
        const char *rest = places[i];

        for (const char *at; (at = strstr(rest, "%s")) != NULL; rest = at + 2)
            (void)snprintf(yaml + strlen(yaml), sizeof yaml - strlen(yaml), "%.*scanary", (int)(at - rest), rest);
        (void)snprintf(yaml + strlen(yaml), sizeof yaml - strlen(yaml), "%s", rest);
        bind_with(&table, yaml, true);
        ck_assert_msg(diagnostics.errors + diagnostics.warnings == 1, "%s: %s", yaml, printed.ptr);
        ck_assert_msg(strstr(printed.ptr, "canary") == NULL, "%s: %s", yaml, printed.ptr);
    }
}
END_TEST

START_TEST(what_is_no_reference_is_a_map)
{
    assert_findings("url: {env: ''}\n", "f.yaml:1:6: error: 'url' is a map; expected text\n");
    assert_findings("url: {env: [a]}\n", "f.yaml:1:6: error: 'url' is a map; expected text\n");
    assert_findings("workers: [1]\n",
                    "f.yaml:1:10: error: 'workers' is a list; expected a whole number, from 1 to 64\n");
    assert_findings("to: ''\n", "f.yaml:1:5: error: 'to' is too short; expected who is notified, from 1 to 9 bytes\n");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_an_error_even_if_it_can_be_opened)
{
    scratch_write_bytes("secret", "hush", 4);
    bind_with(&table, "password: {file: /proc/self/mem}\n", true);
    ck_assert_str_eq(printed.ptr, "f.yaml:1:11: error: 'password': the file '/proc/self/mem' cannot be read: "
                                  "Input/output error\n");
    bind_with(&table, "password: {file: /proc/version/x}\n", true);
    ck_assert_str_eq(printed.ptr, "f.yaml:1:11: error: 'password': the file '/proc/version/x' cannot be read: Not a "
                                  "directory\n");
    scratch_write("secret", "");
    bind_secret(true);
    ck_assert_str_eq(config.password, "");
    ck_assert_uint_eq(diagnostics.errors + diagnostics.warnings, 0);
}
END_TEST

START_TEST(a_value_of_line_ends_alone_is_warned_of)
{
    static const char *const cases[][2] = {
        {"\n", "(LF)"}, {"\nhush", "begins"}, {"\thush", "begins"}, {"\rhush", "begins"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_eq(setenv("GW_TEST_URL", cases[i][0], 1), 0);
        bind_with(&table, "url: {env: GW_TEST_URL}\n", true);
        assert_warned("{env: GW_TEST_URL}", cases[i][1]);
    }
}
END_TEST

START_TEST(a_path_and_a_command_that_are_not_resolved_are_placeholders)
{
    ck_assert_int_eq(setenv("GW_TEST_URL", "Allocate", 1), 0);
    bind_with(&table, "path: {env: GW_TEST_URL}\ncommand: {env: GW_TEST_URL}\n", false);
    ck_assert_uint_eq(diagnostics.errors, 0);
    ck_assert_str_eq(config.path, "{env: GW_TEST_URL}");
    ck_assert_str_eq(config.command, "{env: GW_TEST_URL}");
    ck_assert_uint_eq(config.fields.count, 0);
    ck_assert_uint_eq(binder.unresolved, 2);
}
END_TEST

START_TEST(a_lack_of_memory_is_reported_without_other_findings)
{
    static const char yaml[] = "url: x\nbrokers: [a, b]\ntopics: {a: auto}\npath: x\nworkers: many\n";

    for (size_t max = 64; max < 16 * 1024; max += 64) {
        struct gw_arena *small = gw_arena_new(max);
        const struct gw_yaml_node *map = NULL;
        struct gw_place place = {1, 1};
        struct config filled = {0};

        ck_assert_ptr_nonnull(small);
        ck_assert_int_eq(gw_yaml_parse(arena, "f.yaml", gw_text_of(yaml), &map, NULL), GW_OK);
        gw_diagnostics_init(&diagnostics, small, "f.yaml");
        binder = (struct gw_binder){
            .arena = small, .diagnostics = &diagnostics, .folder = "/conf", .resolves_secrets = true};
        gw_options_bind(&binder, &table, map, place, &filled);
        ck_assert(diagnostics.has_failed || (diagnostics.errors == 1 && filled.brokers.count == 2));
        gw_arena_free(small);
    }
}
END_TEST

/* ---- options that stand alone ---------------------------------------------------------------------------------- */

struct rare_config {
    const char *secret;
    const char *needed;
    struct gw_option_map map;
    int64_t count;
    int64_t unknown;
    uint32_t letter;
};

static const struct gw_option rare[] = {
    {.name = "secret",
     .help = "A secret with a default.",
     .type = GW_OPTION_SECRET,
     .fallback = "guest",
     .offset = offsetof(struct rare_config, secret)},
    {.name = "needed",
     .help = "It must be there.",
     .type = GW_OPTION_TEXT,
     .flags = GW_OPTION_REQUIRED,
     .offset = offsetof(struct rare_config, needed)},
    {.name = "map",
     .help = "A map with a default.",
     .type = GW_OPTION_MAP,
     .item_type = GW_OPTION_TEXT,
     .fallback = "{a: b}",
     .min = 1,
     .max = 2,
     .offset = offsetof(struct rare_config, map)},
    {.name = "count",
     .help = "At most nine.",
     .type = GW_OPTION_INT,
     .max = 9,
     .offset = offsetof(struct rare_config, count)},
    {.name = "unknown", .help = "Of a later version.", .type = 99, .offset = offsetof(struct rare_config, unknown)},
    {.name = "letter",
     .help = "More than a refusal names.",
     .type = GW_OPTION_CHOICE,
     .choices = "a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z|aa|bb|cc|dd|ee|ff|gg|last",
     .offset = offsetof(struct rare_config, letter)},
};
static const struct gw_option_table rare_table = {rare, sizeof rare / sizeof rare[0], sizeof rare[0]};
static struct rare_config rare_config;

static const char *bind_rare(const char *yaml)
{
    const struct gw_yaml_node *map = NULL;
    struct gw_place place = {1, 1};

    rare_config = (struct rare_config){.unknown = -1};
    gw_diagnostics_init(&diagnostics, arena, "f.yaml");
    binder =
        (struct gw_binder){.arena = arena, .diagnostics = &diagnostics, .folder = "/conf", .resolves_secrets = true};
    ck_assert_int_eq(gw_yaml_parse(arena, "f.yaml", gw_text_of(yaml), &map, NULL), GW_OK);
    gw_options_bind(&binder, &rare_table, map, place, &rare_config);
    gw_buffer_reset(&printed);
    gw_diagnostics_print(&diagnostics, &printed);
    return printed.ptr != NULL ? printed.ptr : "";
}

START_TEST(a_default_of_a_secret_is_no_finding_and_a_default_of_a_map_is_yaml)
{
    ck_assert_str_eq(bind_rare("needed: x\n"), "");
    ck_assert_str_eq(rare_config.secret, "guest");
    ck_assert_uint_eq(rare_config.map.count, 1);
    ck_assert_str_eq(rare_config.map.items[0].key, "a");
    ck_assert_str_eq(rare_config.map.items[0].value, "b");
}
END_TEST

START_TEST(a_range_may_begin_at_zero_and_counts_the_items_of_a_map)
{
    ck_assert_str_eq(bind_rare("needed: x\ncount: 0\n"), "");
    ck_assert_str_eq(bind_rare("needed: x\ncount: 10\nmap: {}\n"),
                     "f.yaml:2:8: error: 'count' is out of range; expected a whole number, from 0 to 9\n"
                     "f.yaml:3:6: error: 'map' has too few items; expected a map of text, from 1 to 2 items\n");
}
END_TEST

START_TEST(a_missing_key_is_told_unless_another_is_nearly_it)
{
    ck_assert_str_eq(bind_rare("count: 1\n"),
                     "f.yaml:1:1: error: the key 'needed' is missing; expected text: It must be there.\n");
    ck_assert_str_eq(bind_rare("count: 1\nneded: x\n"), "");
    ck_assert_ptr_null(rare_config.needed);
}
END_TEST

START_TEST(an_option_of_an_unknown_type_is_left_alone)
{
    ck_assert_str_eq(bind_rare("needed: x\nunknown: 5\n"), "");
    ck_assert_int_eq(rare_config.unknown, -1);
    ck_assert_str_eq(gw_option_type_word(99), "unknown");
}
END_TEST

START_TEST(a_refused_choice_names_the_nearest_of_the_first_choices)
{
    const char *const found = bind_rare("needed: x\nletter: lst\n");

    ck_assert_int_eq(strncmp(found, "f.yaml:2:9: error: 'letter' is none of the choices; expected one of a, b", 71), 0);
    ck_assert_str_eq(bind_rare("needed: x\nletter: last\n"), "");
    ck_assert_uint_eq(rare_config.letter, 33);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("options");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, defaults_replace_missing_options);
    tcase_add_test(tests, every_type_is_converted);
    tcase_add_test(tests, a_command_brings_its_fields);
    tcase_add_test(tests, paths_are_relative_to_the_folder_of_the_file);
    tcase_add_test(tests, an_unknown_key_is_reported_with_the_nearest_one);
    tcase_add_test(tests, a_missing_required_key_is_reported_at_the_component);
    tcase_add_test(tests, a_misspelt_required_key_is_reported_once);
    tcase_add_test(tests, every_mistake_is_reported_in_the_order_of_the_file);
    tcase_add_test(tests, values_out_of_range_are_refused);
    tcase_add_test(tests, null_is_no_value);
    tcase_add_test(tests, a_value_of_another_kind_is_refused);
    tcase_add_test(tests, names_are_refused_with_the_nearest);
    tcase_add_test(tests, a_reference_stands_for_any_scalar);
    tcase_add_test(tests, a_reference_is_never_read_as_yaml);
    tcase_add_test(tests, one_line_end_at_the_end_of_a_file_is_cut);
    tcase_add_test(tests, white_space_at_an_end_of_a_value_is_a_warning);
    tcase_add_test(tests, a_line_end_at_the_end_of_a_literal_is_a_warning_but_not_in_a_template);
    tcase_add_test(tests, a_file_with_nul_or_without_end_is_refused);
    tcase_add_test(tests, a_missing_reference_is_an_error_when_secrets_are_resolved);
    tcase_add_test(tests, a_missing_reference_is_a_warning_when_they_are_not);
    tcase_add_test(tests, without_secrets_nothing_is_read_and_defaults_stay);
    tcase_add_test(tests, the_references_of_each_option_are_known_whether_or_not_they_are_resolved);
    tcase_add_test(tests, a_secret_in_the_file_is_a_warning);
    tcase_add_test(tests, no_finding_shows_a_value);
    tcase_add_test(tests, what_is_no_reference_is_a_map);
    tcase_add_test(tests, a_file_that_cannot_be_read_is_an_error_even_if_it_can_be_opened);
    tcase_add_test(tests, a_value_of_line_ends_alone_is_warned_of);
    tcase_add_test(tests, a_path_and_a_command_that_are_not_resolved_are_placeholders);
    tcase_add_test(tests, a_default_of_a_secret_is_no_finding_and_a_default_of_a_map_is_yaml);
    tcase_add_test(tests, a_range_may_begin_at_zero_and_counts_the_items_of_a_map);
    tcase_add_test(tests, a_missing_key_is_told_unless_another_is_nearly_it);
    tcase_add_test(tests, an_option_of_an_unknown_type_is_left_alone);
    tcase_add_test(tests, a_refused_choice_names_the_nearest_of_the_first_choices);
    tcase_add_test(tests, a_lack_of_memory_is_reported_without_other_findings);
    suite_add_tcase(suite, tests);
    return suite;
}
