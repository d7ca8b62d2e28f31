/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/flags.h"

static const struct gw_flag_spec specs[GW_FLAG_COUNT] = {
    [GW_FLAG_HELP] = {"--help", NULL, 0, "says what the verb does and takes"},
    [GW_FLAG_CONFIG] = {"--config", "FILE", 1, "the bootstrap file"},
    [GW_FLAG_PLUGIN_DIR] = {"--plugin-dir", "DIR", 1, "where the plugins are; stronger than the file's plugins.dir"},
    [GW_FLAG_FORMAT] = {"--format", "plain|json|markdown", 1, "how the table is printed; plain by default"},
    [GW_FLAG_FORGET] = {"--forget", "SOURCE", 1, "forgets a source that will never be read again"},
    [GW_FLAG_SET] = {"--set", "SOURCE OFFSET|earliest|latest", 2, "moves a source of a gateway that is stopped"},
    [GW_FLAG_QTY] = {"--qty", "N", 1, "asks for the first batch that could take N units now"},
    [GW_FLAG_ALL] = {"--all", NULL, 0, "all of them"},
    [GW_FLAG_REASON] = {"--reason", "TEXT", 1, "only those whose reason contains TEXT"},
    [GW_FLAG_SOURCE] = {"--source", "NAME", 1, "only those of this source or component"},
    [GW_FLAG_TO] = {"--to", "DESTINATION", 1, "the publisher or notifier that gets the deliveries instead"},
    [GW_FLAG_BURY] = {"--bury", "DESTINATION", 1, "turns the events that wait for it into dead letters"},
    [GW_FLAG_CORE_DUMPS] = {"--core-dumps", NULL, 0,
                            "allows core files after a crash; they hold passwords and messages"},
    [GW_FLAG_SOCKET] = {"--socket", "PATH", 1, "the admin socket of the running gateway"},
    [GW_FLAG_PLAN] = {"--plan", "HASH", 1,
                      "the hash that `plan` printed: refuse when file or gateway have changed since"},
    [GW_FLAG_WATCH] = {"--watch", NULL, 0, "asks every two seconds until it is interrupted, with rates"},
    [GW_FLAG_EVENT] = {"--event", "EVENT.json", 1, "the event of the notice; by default one that reaches the channel"},
    [GW_FLAG_RECIPIENT] = {"--recipient", "NAME", 1,
                           "this recipient; a test goes to the channel's first one otherwise"},
    [GW_FLAG_SINCE] = {"--since", "AGE", 1, "only those that were sent at most so long ago, such as 1h"},
    [GW_FLAG_FORGET_RECIPIENT] = {"--forget", "RECIPIENT", 1, "deletes what is kept of a recipient"},
};

const struct gw_flag_spec *gw_flag_spec(enum gw_flag flag)
{
    return &specs[flag];
}
