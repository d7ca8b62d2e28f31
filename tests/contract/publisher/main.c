/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract suite of the publisher port: what its header says, against any plugin.
 *
 *     contract_publisher PLUGIN --fetch COMMAND [--prepare COMMAND] [--away KEY=VALUE] [--obstruct COMMAND]
 *                        [--clear COMMAND] [--carries sku,headers] [--one-order] [key=value...]
 *
 * See suite.h for the settings, arrival.h for the fetch, fixture.h for the rest.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

static void say_what_is_left_out(void)
{
    if (publisher.away == NULL)
        suite_leave_out("what it does without the other side", "was given no --away");
    if (publisher.obstruct == NULL || publisher.clear == NULL)
        suite_leave_out("what it does when it cannot write", "was given no --obstruct and --clear");
    if (publisher.carries == NULL)
        suite_leave_out("what arrives beside a payload, an id and a type", "was given no --carries");
    if (!publisher.is_one_order)
        suite_leave_out("the order of events of different SKUs", "was not said to keep one order");
}

static Suite *publisher_suite(uint32_t features)
{
    Suite *made = suite_create("publisher");

    (void)features;
    if (publisher.fetch == NULL) {
        (void)fputs("contract_publisher needs --fetch COMMAND\n", stderr);
        exit(EXIT_FAILURE);
    }
    say_what_is_left_out();
    suite_add_tcase(made, opening_case());
    suite_add_tcase(made, publishing_case());
    suite_add_tcase(made, failing_case());
    return made;
}

int main(int argc, char **argv)
{
    const struct suite_option options[] = {
        {"--fetch", NULL, &publisher.fetch},
        {"--prepare", NULL, &publisher.prepare},
        {"--away", NULL, &publisher.away},
        {"--obstruct", NULL, &publisher.obstruct},
        {"--clear", NULL, &publisher.clear},
        {"--carries", NULL, &publisher.carries},
        {"--one-order", &publisher.is_one_order, NULL},
    };

    return suite_main(argc, argv, GW_PORT_PUBLISHER, options, sizeof options / sizeof options[0], publisher_suite);
}
