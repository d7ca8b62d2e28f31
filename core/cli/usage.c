/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/usage.h"

#include "cli/flags.h"

#include <gangway/abi.h>

#include <string.h>

enum { NAME_WIDTH = 36 };

static bool is_in_group(const struct gw_verb *verb, const char *group)
{
    size_t len = group != NULL ? strlen(group) : 0;

    return group == NULL || (strncmp(verb->name, group, len) == 0 && verb->name[len] == ' ');
}

static void print_verbs(FILE *out, const struct gw_verb_list *verbs, const char *group)
{
    char call[NAME_WIDTH * 2];

    for (size_t i = 0; i < verbs->count; i++) {
        const struct gw_verb *verb = &verbs->items[i];

        if (!is_in_group(verb, group))
            continue;
        (void)snprintf(call, sizeof call, "%s %s", verb->name, verb->operands);
        (void)fprintf(out, "  %-*s  %s\n", NAME_WIDTH, call, verb->summary);
    }
}

static void print_program(FILE *out, const struct gw_verb_list *verbs)
{
    (void)fputs(
        "usage: gangway VERB [OPTION...]\n\n"
        "Takes commands about stock from brokers and files, decides which batch serves which order line,\n"
        "and tells the systems and people concerned.\n\n"
        "verbs:\n",
        out);
    print_verbs(out, verbs, NULL);
    (void)fputs("\n`gangway VERB --help` says more about one of them, `gangway --version` which version this is.\n"
                "exit status: 0 done, 1 failed, 2 wrong usage, 78 a bootstrap file that is refused\n",
                out);
}

static void print_call(FILE *out, const struct gw_verb *verb)
{
    (void)fprintf(out, "usage: gangway %s%s%s", verb->name, verb->operands[0] != '\0' ? " " : "", verb->operands);
    for (enum gw_flag flag = 0; flag < GW_FLAG_COUNT; flag++) {
        const struct gw_flag_spec *spec = gw_flag_spec(flag);
        bool is_required = (verb->required & GW_FLAG_BIT(flag)) != 0;

        if ((verb->flags & GW_FLAG_BIT(flag)) != 0)
            (void)fprintf(out, " %s%s%s%s%s", is_required ? "" : "[", spec->name, spec->arguments != NULL ? " " : "",
                          spec->arguments != NULL ? spec->arguments : "", is_required ? "" : "]");
    }
    (void)fputc('\n', out);
}

static void print_options(FILE *out, const struct gw_verb *verb)
{
    char call[NAME_WIDTH * 2];

    for (enum gw_flag flag = 0; flag < GW_FLAG_COUNT; flag++) {
        const struct gw_flag_spec *spec = gw_flag_spec(flag);

        if (flag != GW_FLAG_HELP && (verb->flags & GW_FLAG_BIT(flag)) == 0)
            continue;
        (void)snprintf(call, sizeof call, "%s %s", spec->name, spec->arguments != NULL ? spec->arguments : "");
        (void)fprintf(out, "  %-*s  %s\n", NAME_WIDTH, call, spec->help);
    }
}

static void print_verb(FILE *out, const struct gw_verb *verb)
{
    print_call(out, verb);
    (void)fprintf(out, "\n%s\n", verb->summary);
    if (verb->details != NULL)
        (void)fprintf(out, "%s\n", verb->details);
    (void)fputs("\noptions:\n", out);
    print_options(out, verb);
}

void gw_usage_print_help(FILE *out, const struct gw_verb_list *verbs, const struct gw_command_line *line)
{
    switch (line->help) {
    case GW_HELP_NONE:
        break;
    case GW_HELP_PROGRAM:
        print_program(out, verbs);
        break;
    case GW_HELP_GROUP:
        (void)fprintf(out, "usage: gangway %s VERB [OPTION...]\n\nverbs:\n", line->group);
        print_verbs(out, verbs, line->group);
        break;
    case GW_HELP_VERB:
        print_verb(out, line->verb);
        break;
    case GW_HELP_VERSION:
        (void)fprintf(out, "gangway %s (plugin ABI %d.%d)\n", GANGWAY_VERSION, GW_ABI_MAJOR, GW_ABI_MINOR);
        break;
    }
}

void gw_usage_print_hint(FILE *out, const struct gw_command_line *line)
{
    if (line->verb != NULL)
        print_call(out, line->verb);
    else
        (void)fputs("`gangway --help` lists the verbs\n", out);
}
