/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each way in which a plugin can be wrong, and the text of its refusal: one shared object of broken/ per refusal. The
 * author of a plugin must know from the text what to change.
 */
#include "check_main.h"
#include "plugin/loader.h"
#include "plugin_directory.h"

#include <gangway/scope.h>
#include <stdio.h>

struct refusal {
    const char *plugin;
    enum gw_status status;
    const char *text; /* behind the file's path */
};

/* The dynamic linker has the last word, or the symbol is not what it should be. */
static const struct refusal symbol_refusals[] = {
    {"undefined_symbol", GW_CONFIG, "it cannot be loaded: undefined symbol: gangway_test_nowhere"},
    {"missing_library", GW_CONFIG,
     "it cannot be loaded: libloader_library.so: cannot open shared object file: No such file or directory"},
    {"no_symbol", GW_ABI, "it exports no gw_plugin_descriptor: it is no plugin of Gangway"},
    {"symbol_is_code", GW_ABI, "its gw_plugin_descriptor is no data, expected a constant"},
    {"symbol_is_short", GW_ABI, "its descriptor says that it has 128 bytes, and its symbol has 24"},
    {"symbol_is_odd", GW_ABI, "its descriptor lies in no memory of a loaded object, or is not aligned"},
    {"symbol_is_tiny", GW_ABI, "its descriptor has 4 bytes, expected 128"},
    {"symbol_of_library", GW_ABI, "its gw_plugin_descriptor is that of a library, expected its own"},
};

static const struct refusal descriptor_refusals[] = {
    {"bad_magic", GW_ABI, "its descriptor's magic is 0x12345678, expected 0x47574159"},
    {"abi_older", GW_ABI, "it was built for abi 0.0, expected 1.0 up to 1.0"},
    {"abi_newer", GW_ABI, "it was built for abi 2.0, expected 1.0 up to 1.0"},
    {"abi_newer_minor", GW_ABI, "it was built for abi 1.1, expected 1.0 up to 1.0"},
    {"size_too_small", GW_ABI, "its descriptor says that it has 40 bytes, expected 128 of abi 1.0"},
    {"size_too_large", GW_ABI, "its descriptor says that it has 4294967280 bytes, expected 128 of abi 1.0"},
    {"port_unknown", GW_ABI,
     "its port is number 9, expected one of 1 (entrypoint) 2 (repository) 3 (publisher) 4 (notifier)"},
    {"port_older", GW_ABI, "it was built for entrypoint 0.0, expected 1.0 up to 1.0"},
    {"port_newer_minor", GW_ABI, "it was built for entrypoint 1.1, expected 1.0 up to 1.0"},
    {"name_other", GW_ABI, "its descriptor's name is 'good', expected 'name_other' as its file"},
    {"name_null", GW_ABI, "its descriptor's name is 'NULL', expected 'name_null' as its file"},
    {"name_wild", GW_ABI, "its descriptor's name is 'unreadable memory', expected 'name_wild' as its file"},
    {"version_null", GW_ABI, "its version is NULL, expected text"},
    {"version_wild", GW_ABI, "its version is unreadable memory, expected text"},
    {"summary_null", GW_ABI, "its summary is NULL, expected text"},
    {"summary_empty", GW_ABI, "its summary is empty, expected text"},
    {"features_unknown", GW_ABI, "its features are 0x81, expected only bits of 0x7, which entrypoint 1.0 knows"},
    {"open_null", GW_ABI, "its open is NULL, expected a function"},
    {"close_null", GW_ABI, "its close is NULL, expected a function"},
    {"check_null", GW_ABI, "its check is NULL, expected a function"},
    {"check_wild", GW_ABI, "its check points to no code, expected a function"},
    {"close_wild", GW_ABI, "its close points to no code, expected a function"},
    {"lint_wild", GW_ABI, "its lint points to no code, expected a function or NULL"},
    {"reserved_set", GW_ABI, "its reserved field is 7, expected 0"},
};

static const struct refusal slot_refusals[] = {
    {"ops_null", GW_ABI, "it has no operations (NULL), expected those of its port"},
    {"ops_wild", GW_ABI, "its operations lie in no memory of a loaded object"},
    {"ops_odd", GW_ABI, "its operations lie in no memory of a loaded object"},
    {"ops_size_odd", GW_ABI,
     "its operations say that they have 60 bytes, expected 56 of entrypoint 1.0 or a little more"},
    {"ops_past_end", GW_ABI,
     "its operations say that they have 4096 bytes, expected 56 of entrypoint 1.0 or a little more"},
    {"ops_too_short", GW_ABI,
     "its operations say that they have 8 bytes, expected 56 of entrypoint 1.0 or a little more"},
    {"ops_too_long", GW_ABI,
     "its operations say that they have 2147483647 bytes, expected 56 of entrypoint 1.0 or a little more"},
    {"poll_missing", GW_ABI, "its slot poll is NULL, expected a function"},
    {"settle_missing", GW_ABI, "its slot settle is NULL, expected a function"},
    {"start_missing", GW_ABI, "its slot start is NULL, expected a function, as its features say ORDERED"},
    {"poll_wild", GW_ABI, "its slot poll points to no code, expected a function"},
    {"repository_migrate", GW_ABI, "its slot migrate is NULL, expected a function"},
    {"repository_claim", GW_ABI, "its slot claim is NULL, expected a function"},
    {"repository_open_session", GW_ABI, "its slot open_session is NULL, expected a function"},
    {"repository_close_session", GW_ABI, "its slot close_session is NULL, expected a function"},
    {"repository_load", GW_ABI, "its slot load is NULL, expected a function"},
    {"repository_apply", GW_ABI, "its slot apply is NULL, expected a function"},
    {"repository_positions", GW_ABI, "its slot positions is NULL, expected a function"},
    {"repository_set_position", GW_ABI, "its slot set_position is NULL, expected a function"},
    {"repository_query", GW_ABI, "its slot query is NULL, expected a function"},
    {"repository_expire", GW_ABI, "its slot expire is NULL, expected a function, as its features say INBOX"},
    {"repository_outbox_next", GW_ABI, "its slot outbox_next is NULL, expected a function, as its features say OUTBOX"},
    {"repository_outbox_settle", GW_ABI,
     "its slot outbox_settle is NULL, expected a function, as its features say OUTBOX"},
    {"repository_outbox_figures", GW_ABI,
     "its slot outbox_figures is NULL, expected a function, as its features say OUTBOX"},
    {"repository_lease", GW_ABI, "its slot lease is NULL, expected a function, as its features say SHARED"},
    {"repository_dead_list", GW_ABI,
     "its slot dead_list is NULL, expected a function, as its features say DEAD_LETTERS"},
    {"repository_dead_discard", GW_ABI,
     "its slot dead_discard is NULL, expected a function, as its features say DEAD_LETTERS"},
    {"repository_dead_requeue", GW_ABI,
     "its slot dead_requeue is NULL, expected a function, as its features say DEAD_LETTERS"},
    {"repository_dead_count", GW_ABI,
     "its slot dead_count is NULL, expected a function, as its features say DEAD_LETTERS"},
    {"publisher_publish", GW_ABI, "its slot publish is NULL, expected a function"},
    {"notifier_send", GW_ABI, "its slot send is NULL, expected a function"},
};

static const struct refusal metric_refusals[] = {
    {"metrics_null", GW_ABI, "its table of 2 metrics of 32 bytes lies in no memory of a loaded object"},
    {"metrics_wild", GW_ABI, "its table of 2 metrics of 32 bytes lies in no memory of a loaded object"},
    {"metrics_too_many", GW_ABI, "it has 1000 metrics, expected 256 at most"},
    {"metrics_past_end", GW_ABI, "its table of 256 metrics of 1024 bytes lies in no memory of a loaded object"},
    {"metric_too_short", GW_ABI, "its metrics say that they have 24 bytes each, expected 32 or a little more"},
    {"metric_too_long", GW_ABI, "its metrics say that they have 2048 bytes each, expected 32 or a little more"},
    {"metric_size_odd", GW_ABI, "its metrics say that they have 36 bytes each, expected 32 or a little more"},
    {"metrics_odd", GW_ABI, "its table of 2 metrics of 32 bytes lies in no memory of a loaded object"},
    {"metric_help_empty", GW_ABI, "its metric 1 ('waiting_bytes') has no help, expected a sentence"},
    {"metric_known_label", GW_ABI, "its metric 1 ('lag') has a name that the core reads, and another type or label"},
    {"metric_nameless", GW_ABI, "its metric 1 ('NULL') has a name that is not lower-case words joined by '_'"},
    {"metric_bad_name", GW_ABI, "its metric 1 ('Lag-Bytes') has a name that is not lower-case words joined by '_'"},
    {"metric_twice", GW_ABI, "its metric 1 ('connection_up') has the same name as one before it"},
    {"metric_first_nameless", GW_ABI, "its metric 0 ('NULL') has a name that is not lower-case words joined by '_'"},
    {"metric_known_bare", GW_ABI,
     "its metric 1 ('connection_up') has a name that the core reads, and another type or label"},
    {"metric_helpless", GW_ABI, "its metric 1 ('waiting_bytes') has no help, expected a sentence"},
    {"metric_bad_label", GW_ABI,
     "its metric 1 ('waiting_bytes') has a label that is not lower-case words joined by '_'"},
    {"metric_type_unknown", GW_ABI,
     "its metric 1 ('waiting_bytes') has a type that this core does not know, expected 1 (gauge)"},
    {"metric_known_otherwise", GW_ABI,
     "its metric 1 ('lag') has a name that the core reads, and another type or label"},
    {"metric_reserved_set", GW_ABI, "its metric 1 ('waiting_bytes') has a reserved field that is not 0"},
};

static const struct refusal option_refusals[] = {
    {"options_null", GW_ABI, "its option table is NULL, expected 2 options"},
    {"options_wild", GW_ABI, "its table of 2 options of 72 bytes lies in no memory of a loaded object"},
    {"options_too_many", GW_ABI, "it has 100000 options, expected 256 at most"},
    {"options_past_end", GW_ABI, "its table of 256 options of 1024 bytes lies in no memory of a loaded object"},
    {"options_odd", GW_ABI, "its table of 2 options of 72 bytes lies in no memory of a loaded object"},
    {"option_size_odd", GW_ABI, "its options say that they have 76 bytes each, expected 72 or a little more"},
    {"option_too_short", GW_ABI, "its options say that they have 64 bytes each, expected 72 or a little more"},
    {"option_too_long", GW_ABI, "its options say that they have 65536 bytes each, expected 72 or a little more"},
    {"config_too_large", GW_ABI, "its config struct has 2147483647 bytes, expected 1048576 at most"},
    {"option_nameless", GW_ABI, "its option 0 ('NULL') has no name"},
    {"option_bad_name", GW_ABI, "its option 0 ('Bad-Name') has a name that is not lower-case words joined by '_'"},
    {"option_name_empty", GW_ABI, "its option 0 ('') has a name that is not lower-case words joined by '_'"},
    {"option_name_of_digit", GW_ABI, "its option 0 ('9lives') has a name that is not lower-case words joined by '_'"},
    {"option_name_of_brace", GW_ABI, "its option 0 ('{x}') has a name that is not lower-case words joined by '_'"},
    {"option_name_open", GW_ABI, "its option 0 ('first_') has a name that is not lower-case words joined by '_'"},
    {"option_loose_name", GW_ABI, "its option 0 ('two__words') has a name that is not lower-case words joined by '_'"},
    {"option_twice", GW_ABI, "its option 1 ('second') has the same name as option 0"},
    {"option_core_key", GW_ABI, "its option 0 ('workers') has the name of one of the core's own keys"},
    {"option_plugin_key", GW_ABI, "its option 0 ('plugin') has the name of one of the core's own keys"},
    {"option_helpless", GW_ABI, "its option 0 ('first') has no help, expected a sentence"},
    {"option_help_empty", GW_ABI, "its option 0 ('first') has no help, expected a sentence"},
    {"option_fallback_wild", GW_ABI, "its option 0 ('first') has a default that is no string"},
    {"option_required_default", GW_ABI, "its option 0 ('first') is required and has a default, expected one of both"},
    {"option_type_unknown", GW_ABI, "its option 0 ('first') has type 99, expected 1 to 14"},
    {"option_type_zero", GW_ABI, "its option 0 ('first') has type 0, expected 1 to 14"},
    {"option_items_of_int", GW_ABI,
     "its option 0 ('first') is a list or a map with items of type 2, expected a text-like type"},
    {"option_items_of_nothing", GW_ABI,
     "its option 0 ('first') is a list or a map with items of type 0, expected a text-like type"},
    {"option_items_misplaced", GW_ABI, "its option 0 ('first') has items of type 6 and is neither a list nor a map"},
    {"option_choice_without", GW_ABI, "its option 0 ('first') is of type choice and has no choices"},
    {"option_choice_empty_word", GW_ABI,
     "its option 0 ('first') has choices that are not different words joined by '|'"},
    {"option_choice_twice", GW_ABI, "its option 0 ('first') has choices that are not different words joined by '|'"},
    {"option_choices_misplaced", GW_ABI, "its option 0 ('first') has choices and is not of type choice"},
    {"option_range_upside_down", GW_ABI, "its option 0 ('first') has a minimum of 5 above its maximum of 4"},
    {"option_range_negative", GW_ABI, "its option 0 ('first') has a minimum of -1, expected 0 at least"},
    {"option_range_of_bool", GW_ABI, "its option 0 ('first') has a range, and its type has none"},
    {"option_range_of_float", GW_ABI, "its option 0 ('first') has a range, and its type has none"},
    {"option_range_of_choice", GW_ABI, "its option 0 ('first') has a range, and its type has none"},
    {"option_flags_unknown", GW_ABI, "its option 0 ('first') has flags 0x40, expected only bits of 0x3f"},
    {"option_dash_misplaced", GW_ABI, "its option 0 ('first') may be '-' and is no path"},
    {"option_off_misplaced", GW_ABI, "its option 0 ('first') may be 'off' and is neither size nor duration"},
    {"option_contents_misplaced", GW_ABI, "its option 0 ('first') is compared by its contents and is no path"},
    {"option_escape_unknown", GW_ABI, "its option 0 ('first') has escape 9, expected 0 to 6"},
    {"option_escape_misplaced", GW_ABI, "its option 0 ('first') has an escape and is no template"},
    {"option_outside", GW_ABI, "its option 0 ('first') takes 8 bytes at offset 20, and the config struct has 24"},
    {"option_far_outside", GW_ABI,
     "its option 0 ('first') takes 8 bytes at offset 4294967288, and the config struct has 24"},
    {"option_unaligned", GW_ABI, "its option 0 ('first') is at offset 4, expected a multiple of 8"},
    {"option_overlap", GW_ABI, "its option 1 ('second') takes the place of option 0 in the config struct"},
    {"option_written_misplaced", GW_ABI,
     "its option 0 ('first') wants a second value and is neither a path nor a command"},
    {"option_written_outside", GW_ABI,
     "its option 0 ('first') takes 8 bytes at offset 24, and the config struct has 24"},
    {"option_written_overlap", GW_ABI, "its option 1 ('second') takes the place of option 0 in the config struct"},
    {"option_written_same", GW_ABI, "its option 0 ('first') has one place for its value and for how it is written"},
};

static void assert_refused(const struct refusal *refusal)
{
    char file_name[128];
    char text[GW_ERROR_TEXT_MAX * 2];
    const struct gw_plugin *plugin = NULL;
    struct gw_error error = {0};

    plugin_directory_install(refusal->plugin);
    ck_assert_msg(gw_loader_load(plugin_directory, refusal->plugin, &plugin, &error) != GW_OK, "%s loads",
                  refusal->plugin);
    (void)snprintf(file_name, sizeof file_name, "%s.so", refusal->plugin);
    (void)snprintf(text, sizeof text, "%s: %s", plugin_directory_path(file_name), refusal->text);
    ck_assert_str_eq(error.text, text);
    ck_assert_int_eq(error.status, (int)refusal->status);
    ck_assert_ptr_null(plugin);
}

START_TEST(an_unloadable_file_or_a_missing_symbol_is_reported)
{
    assert_refused(&symbol_refusals[_i]);
}
END_TEST

START_TEST(a_wrong_descriptor_is_refused_field_by_field)
{
    assert_refused(&descriptor_refusals[_i]);
}
END_TEST

START_TEST(operations_that_lack_a_mandatory_slot_are_refused)
{
    assert_refused(&slot_refusals[_i]);
}
END_TEST

START_TEST(an_option_table_that_cannot_be_bound_is_refused)
{
    assert_refused(&option_refusals[_i]);
}
END_TEST

START_TEST(a_metric_table_that_cannot_be_read_is_refused)
{
    assert_refused(&metric_refusals[_i]);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("refusals");
    TCase *tests = tcase_create("refusals");

    tcase_add_checked_fixture(tests, plugin_directory_make, plugin_directory_remove);
    tcase_add_loop_test(tests, an_unloadable_file_or_a_missing_symbol_is_reported, 0, gw_array_length(symbol_refusals));
    tcase_add_loop_test(tests, a_wrong_descriptor_is_refused_field_by_field, 0, gw_array_length(descriptor_refusals));
    tcase_add_loop_test(tests, operations_that_lack_a_mandatory_slot_are_refused, 0, gw_array_length(slot_refusals));
    tcase_add_loop_test(tests, an_option_table_that_cannot_be_bound_is_refused, 0, gw_array_length(option_refusals));
    tcase_add_loop_test(tests, a_metric_table_that_cannot_be_read_is_refused, 0, gw_array_length(metric_refusals));
    suite_add_tcase(suite, tests);
    return suite;
}
