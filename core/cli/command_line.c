/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the verb, then parses its options with getopt_long and the verb's own table. */
#include "cli/command_line.h"

#include "cli/flags.h"
#include "options/hint.h"

#include <gangway/scope.h>

#include <getopt.h>
#include <string.h>

enum {
    NAMES_MAX = 64,
    WORD_MAX_BYTES = 32,
    FLAG_BASE = 256 /* what getopt returns for flag 0: higher than every character */
};

/* ---- the verb ------------------------------------------------------------------------------------------------- */

/* Names without repetition, for the hint after a typing error. */
struct names {
    char words[NAMES_MAX][WORD_MAX_BYTES];
    const char *items[NAMES_MAX];
    size_t count;
};

static void names_add(struct names *names, const char *word, size_t len)
{
    char *copy = names->words[names->count];

    if (names->count == NAMES_MAX || len >= WORD_MAX_BYTES)
        return;
    memcpy(copy, word, len);
    copy[len] = '\0';
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], copy) == 0)
            return;
    names->items[names->count++] = copy;
}

/* The second word of a verb of this group; NULL for other verbs. */
static const char *word_in_group(const struct gw_verb *verb, const char *group)
{
    size_t len = strlen(group);

    return strncmp(verb->name, group, len) == 0 && verb->name[len] == ' ' ? verb->name + len + 1 : NULL;
}

/* Collects the allowed first words, or the allowed second words of a group. */
static void collect_words(const struct gw_verb_list *verbs, const char *group, struct names *names)
{
    names->count = 0;
    for (size_t i = 0; i < verbs->count; i++) {
        const char *word = group != NULL ? word_in_group(&verbs->items[i], group) : verbs->items[i].name;

        if (word != NULL)
            names_add(names, word, strcspn(word, " "));
    }
}

static enum gw_status refuse_word(const struct gw_verb_list *verbs, const char *group, const char *word,
                                  struct gw_error *reterr)
{
    struct names names;
    char hint[GW_HINT_MAX_BYTES];

    collect_words(verbs, group, &names);
    (void)gw_hint(hint, gw_text_of(word), names.items, names.count);
    if (word == NULL && group != NULL)
        return gw_error_set(reterr, GW_INVALID, "%s needs one more word: %s", group, hint);
    if (word == NULL)
        return gw_error_set(reterr, GW_INVALID, "a verb is missing: %s", hint);
    return gw_error_set(reterr, GW_INVALID, "unknown verb '%s%s%s': %s", group != NULL ? group : "",
                        group != NULL ? " " : "", word, hint);
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool is_group(const struct gw_verb_list *verbs, const char *word)
{
    for (size_t i = 0; i < verbs->count; i++)
        if (word_in_group(&verbs->items[i], word) != NULL)
            return true;
    return false;
}

/* Finds a verb of two words. */
static enum gw_status read_group(const struct gw_verb_list *verbs, const char *group, const char *word,
                                 struct gw_command_line *line, struct gw_error *reterr)
{
    line->group = group;
    if (word != NULL && is_help(word)) {
        line->help = GW_HELP_GROUP;
        return GW_OK;
    }
    for (size_t i = 0; word != NULL && i < verbs->count; i++) {
        const char *second = word_in_group(&verbs->items[i], group);

        if (second != NULL && strcmp(second, word) == 0)
            line->verb = &verbs->items[i];
    }
    if (line->verb != NULL)
        return GW_OK;
    return refuse_word(verbs, group, word != NULL && word[0] == '-' ? NULL : word, reterr);
}

/* Finds the verb. *ret_words: how many words of argv name it. */
static enum gw_status read_verb(const struct gw_verb_list *verbs, int argc, char **argv, struct gw_command_line *line,
                                int *ret_words, struct gw_error *reterr)
{
    static const char *const global[] = {"--help", "--version"};
    const char *word = argc > 1 ? argv[1] : NULL;
    char hint[GW_HINT_MAX_BYTES];

    *ret_words = 1;
    if (word == NULL)
        return refuse_word(verbs, NULL, NULL, reterr);
    if (word[0] == '-') {
        line->help = is_help(word) ? GW_HELP_PROGRAM : strcmp(word, "--version") == 0 ? GW_HELP_VERSION : GW_HELP_NONE;
        if (line->help != GW_HELP_NONE)
            return GW_OK;
        return gw_error_set(reterr, GW_INVALID, "unknown option '%s' before a verb: %s", word,
                            gw_hint(hint, gw_text_of(word), global, gw_array_length(global)));
    }
    for (size_t i = 0; i < verbs->count; i++)
        if (strcmp(verbs->items[i].name, word) == 0)
            line->verb = &verbs->items[i];
    if (line->verb != NULL)
        return GW_OK;
    *ret_words = 2;
    if (is_group(verbs, word))
        return read_group(verbs, word, argc > 2 ? argv[2] : NULL, line, reterr);
    return refuse_word(verbs, NULL, word, reterr);
}

/* ---- its options and operands --------------------------------------------------------------------------------- */

static bool takes(const struct gw_verb *verb, enum gw_flag flag)
{
    return flag == GW_FLAG_HELP || (verb->flags & GW_FLAG_BIT(flag)) != 0;
}

static void fill_options(const struct gw_verb *verb, struct option options[GW_FLAG_COUNT + 1])
{
    size_t count = 0;

    for (enum gw_flag flag = 0; flag < GW_FLAG_COUNT; flag++) {
        const struct gw_flag_spec *spec = gw_flag_spec(flag);

        if (takes(verb, flag))
            options[count++] = (struct option){.name = spec->name + 2,
                                               .has_arg = spec->argument_count > 0 ? required_argument : no_argument,
                                               .val = FLAG_BASE + (int)flag};
    }
    options[count] = (struct option){0};
}

static enum gw_status refuse_option(const struct gw_verb *verb, const char *word, struct gw_error *reterr)
{
    const char *names[GW_FLAG_COUNT];
    size_t count = 0;
    size_t len = strcspn(word, "=");
    char letter[3] = {'-', (char)optopt, '\0'};
    char hint[GW_HINT_MAX_BYTES];

    if (optopt >= FLAG_BASE)
        return gw_error_set(reterr, GW_INVALID, "%s takes no value",
                            gw_flag_spec((enum gw_flag)(optopt - FLAG_BASE))->name);
    if (optopt != 0) { /* a single letter, perhaps one of several in a word, which getopt may have passed */
        word = letter;
        len = 2;
    }
    for (enum gw_flag flag = 0; flag < GW_FLAG_COUNT; flag++)
        if (takes(verb, flag))
            names[count++] = gw_flag_spec(flag)->name;
    return gw_error_set(reterr, GW_INVALID, "unknown option '%.*s': %s", (int)len, word,
                        gw_hint(hint, gw_text_span(word, len), names, count));
}

static enum gw_status refuse_without_value(enum gw_flag flag, struct gw_error *reterr)
{
    const struct gw_flag_spec *spec = gw_flag_spec(flag);

    return gw_error_set(reterr, GW_INVALID, "%s needs %s behind it", spec->name, spec->arguments);
}

static enum gw_status read_format(struct gw_command_line *line, struct gw_error *reterr)
{
    static const char *const words[] = {
        [GW_FORMAT_PLAIN] = "plain", [GW_FORMAT_JSON] = "json", [GW_FORMAT_MARKDOWN] = "markdown"};
    const char *word = gw_command_line_value(line, GW_FLAG_FORMAT);
    char hint[GW_HINT_MAX_BYTES];

    for (size_t i = 0; word != NULL && i < gw_array_length(words); i++)
        if (strcmp(word, words[i]) == 0) {
            line->format = (enum gw_format)i;
            return GW_OK;
        }
    if (word == NULL)
        return GW_OK;
    return gw_error_set(reterr, GW_INVALID, "unknown format '%s': %s", word,
                        gw_hint(hint, gw_text_of(word), words, gw_array_length(words)));
}

/* Stores an option that getopt has found. The second value of an option is the next word, wherever it is. */
static enum gw_status take_option(struct gw_command_line *line, enum gw_flag flag, int argc, char **argv,
                                  struct gw_error *reterr)
{
    const struct gw_flag_spec *spec = gw_flag_spec(flag);
    struct gw_flag_value *value = &line->values[flag];

    value->first = spec->argument_count > 0 ? optarg : spec->name;
    if (spec->argument_count < 2)
        return GW_OK;
    if (optind >= argc)
        return refuse_without_value(flag, reterr);
    value->second = argv[optind++];
    return GW_OK;
}

static enum gw_status read_options(struct gw_command_line *line, int argc, char **argv, struct gw_error *reterr)
{
    struct option options[GW_FLAG_COUNT + 1];
    enum gw_status status = GW_OK;

    fill_options(line->verb, options);
    opterr = 0;
    optind = 0; /* restarts getopt */
    while (status == GW_OK) {
        int found = getopt_long(argc, argv, ":h", options, NULL);

        if (found == -1)
            break;
        if (found == '?')
            return refuse_option(line->verb, argv[optind - 1], reterr);
        if (found == ':')
            return refuse_without_value((enum gw_flag)(optopt - FLAG_BASE), reterr);
        status = take_option(line, found == 'h' ? GW_FLAG_HELP : (enum gw_flag)(found - FLAG_BASE), argc, argv, reterr);
    }
    line->operands = (const char *const *)argv + optind;
    line->operand_count = (size_t)(argc - optind);
    return status;
}

static enum gw_status check_operands(const struct gw_command_line *line, struct gw_error *reterr)
{
    const struct gw_verb *verb = line->verb;

    if (line->operand_count < verb->operands_min)
        return gw_error_set(reterr, GW_INVALID, "%s needs %s", verb->name, verb->operands);
    if (line->operand_count > verb->operands_max)
        return gw_error_set(reterr, GW_INVALID, "%s does not know what to do with '%s'", verb->name,
                            line->operands[verb->operands_max]);
    for (enum gw_flag flag = 0; flag < GW_FLAG_COUNT; flag++)
        if ((verb->required & GW_FLAG_BIT(flag)) != 0 && !gw_command_line_has(line, flag))
            return gw_error_set(reterr, GW_INVALID, "%s needs %s %s", verb->name, gw_flag_spec(flag)->name,
                                gw_flag_spec(flag)->arguments);
    return GW_OK;
}

enum gw_status gw_command_line_read(const struct gw_verb_list *verbs, int argc, char **argv,
                                    struct gw_command_line *ret_line, struct gw_error *reterr)
{
    int words;
    enum gw_status status;

    *ret_line = (struct gw_command_line){.format = GW_FORMAT_PLAIN};
    status = read_verb(verbs, argc, argv, ret_line, &words, reterr);
    if (status != GW_OK || ret_line->verb == NULL)
        return status;
    status = read_options(ret_line, argc - words, argv + words, reterr);
    if (status == GW_OK && gw_command_line_has(ret_line, GW_FLAG_HELP)) {
        ret_line->help = GW_HELP_VERB;
        return GW_OK;
    }
    if (status == GW_OK)
        status = read_format(ret_line, reterr);
    return status == GW_OK ? check_operands(ret_line, reterr) : status;
}

bool gw_command_line_has(const struct gw_command_line *line, enum gw_flag flag)
{
    return line->values[flag].first != NULL;
}

const char *gw_command_line_value(const struct gw_command_line *line, enum gw_flag flag)
{
    return line->values[flag].first;
}
