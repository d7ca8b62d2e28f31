/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translates libyaml's problems (0.2.5) into clearer texts. A problem that is not in the table keeps libyaml's text, so
 * a newer libyaml loses no message.
 *
 * libyaml gives two marks, counted from 0. The problem mark is where it failed, often a line too late. The context mark
 * is where the construct that it was reading began.
 */
#include "yaml/yaml_problem.h"

#include "yaml/yaml.h"
#include "yaml/yaml_text.h"

#include <gangway/scope.h>

enum problem_place {
    AT_PROBLEM,  /* the error is at the problem mark */
    AT_CONTEXT,  /* the error is the construct that began at the context mark */
    WITH_CONTEXT /* the error is at the problem mark, and the text also names the context mark */
};

struct problem_words {
    const char *problem;
    enum problem_place place;
    const char *words;
};

static const char tab_words[] = "a tab cannot indent; use spaces";

static const struct problem_words words_by_problem[] = {
    {"could not find expected ':'", AT_CONTEXT, "expected ':' and a value behind this key"},
    {"mapping values are not allowed in this context", AT_PROBLEM,
     "a ':' that is not allowed here; check the indentation, or put the text into quotes"},
    {"mapping keys are not allowed in this context", AT_PROBLEM,
     "a key that is not allowed here; check the indentation"},
    {"block sequence entries are not allowed in this context", AT_PROBLEM,
     "a '-' that is not allowed here; put every item of the list on a line of its own"},
    {"did not find expected key", WITH_CONTEXT, "expected a key here, or check the indentation: in the map"},
    {"did not find expected '-' indicator", WITH_CONTEXT, "expected '- ' here, or check the indentation: in the list"},
    {"did not find expected ',' or ']'", WITH_CONTEXT, "expected ',' or ']' in the list"},
    {"did not find expected ',' or '}'", WITH_CONTEXT, "expected ',' or '}' in the map"},
    {"did not find expected node content", AT_PROBLEM, "expected a value here"},
    {"did not find expected <document start>", AT_PROBLEM, "expected the end of the file here"},
    {"found unexpected end of stream", AT_CONTEXT, "the quote that opens here is never closed"},
    {"found unexpected document indicator", AT_CONTEXT,
     "the quote that opens here is not closed before a line of '---' or '...'"},
    {"found unknown escape character", AT_PROBLEM,
     "an unknown escape; in double quotes a backslash is written \\\\, in single quotes it is literal"},
    {"did not find expected hexdecimal number", AT_PROBLEM, "expected hexadecimal digits in this escape"},
    {"found invalid Unicode character escape code", AT_PROBLEM, "an escape that is no Unicode character"},
    {"found a tab character that violates indentation", AT_PROBLEM, tab_words},
    {"found a tab character where an indentation space is expected", AT_PROBLEM, tab_words},
    {"did not find expected comment or line break", AT_PROBLEM, "expected the end of the line behind '|' or '>'"},
    {"found an indentation indicator equal to 0", AT_PROBLEM, "expected an indentation of 1 to 9 behind '|' or '>'"},
    {"found unexpected ':'", AT_PROBLEM, "a ':' in unquoted text; put the text into quotes"},
    {"found incompatible YAML document", AT_PROBLEM, "another version of YAML; expected %YAML 1.1 or 1.2"},
};

/* Names of constructs that are always refused, whatever their syntax. */
static const struct problem_words words_by_context[] = {
    {"while scanning an alias", AT_CONTEXT, "'*' begins an alias, which is not supported; put the text into quotes"},
    {"while scanning an anchor", AT_CONTEXT, "'&' begins an anchor, which is not supported; put the text into quotes"},
    {"while scanning a tag", AT_CONTEXT, "'!' begins a tag, which is not supported; put the text into quotes"},
    {"while parsing a tag", AT_CONTEXT, "'!' begins a tag, which is not supported; put the text into quotes"},
    {"while parsing a node", AT_CONTEXT, "'!' begins a tag, which is not supported; put the text into quotes"},
};

static const struct problem_words *words_of(const char *key, const struct problem_words *table, size_t count)
{
    for (size_t i = 0; key != NULL && i < count; i++)
        if (strcmp(table[i].problem, key) == 0)
            return &table[i];
    return NULL;
}

/* libyaml only says that no token begins with this character; here each character has its own text. */
static enum gw_status stray_character(const yaml_mark_t *mark, const char *file_name, struct gw_text text,
                                      struct gw_error *reterr)
{
    uint32_t line = (uint32_t)mark->line + 1;
    uint32_t column = (uint32_t)mark->column + 1;
    char stray = gw_yaml_text_at(text, line, column);

    if (stray == '\t')
        return gw_yaml_error(reterr, file_name, line, column, "%s", tab_words);
    return gw_yaml_error(reterr, file_name, line, column, "text cannot begin with '%c'; put it into quotes", stray);
}

static enum gw_status problem_in_words(const yaml_parser_t *parser, const struct problem_words *words,
                                       const char *file_name, struct gw_error *reterr)
{
    const yaml_mark_t *mark = words->place == AT_CONTEXT ? &parser->context_mark : &parser->problem_mark;
    uint32_t line = (uint32_t)mark->line + 1;
    uint32_t column = (uint32_t)mark->column + 1;

    if (words->place == WITH_CONTEXT)
        return gw_yaml_error(reterr, file_name, line, column, "%s that begins at %zu:%zu", words->words,
                             parser->context_mark.line + 1, parser->context_mark.column + 1);
    return gw_yaml_error(reterr, file_name, line, column, "%s", words->words);
}

enum gw_status gw_yaml_problem(const yaml_parser_t *parser, const char *file_name, struct gw_text text,
                               struct gw_error *reterr)
{
    const char *problem = parser->problem != NULL ? parser->problem : "not YAML";
    const yaml_mark_t *mark = &parser->problem_mark;
    const struct problem_words *words;

    if (parser->error == YAML_MEMORY_ERROR)
        return gw_error_set(reterr, GW_NOMEM, "%s: out of memory", file_name);
    words = words_of(parser->context, words_by_context, gw_array_length(words_by_context));
    if (words == NULL)
        words = words_of(problem, words_by_problem, gw_array_length(words_by_problem));
    if (words != NULL)
        return problem_in_words(parser, words, file_name, reterr);
    if (strcmp(problem, "found character that cannot start any token") == 0)
        return stray_character(mark, file_name, text, reterr);
    return gw_yaml_error(reterr, file_name, (uint32_t)mark->line + 1, (uint32_t)mark->column + 1, "%s", problem);
}
