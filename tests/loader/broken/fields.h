/* SPDX-License-Identifier: Apache-2.0 */
/* The members of the descriptor and of the first option of entrypoint.c; a test's plugin overrides them with -D. */
#ifndef GW_TEST_FIELDS_H
#define GW_TEST_FIELDS_H

#ifndef MAGIC
#define MAGIC GW_PLUGIN_MAGIC
#endif
#ifndef STRUCT_SIZE
#define STRUCT_SIZE sizeof(struct gw_plugin)
#endif
#ifndef ABI_MAJOR
#define ABI_MAJOR GW_ABI_MAJOR
#endif
#ifndef ABI_MINOR
#define ABI_MINOR GW_ABI_MINOR
#endif
#ifndef PORT
#define PORT GW_PORT_ENTRYPOINT
#endif
#ifndef PORT_MAJOR
#define PORT_MAJOR GW_ENTRYPOINT_MAJOR
#endif
#ifndef PORT_MINOR
#define PORT_MINOR GW_ENTRYPOINT_MINOR
#endif
#ifndef FEATURES
#define FEATURES GW_ENTRYPOINT_ORDERED
#endif
#ifndef NAME
#define NAME PLUGIN_NAME
#endif
#ifndef VERSION
#define VERSION "1.2.3"
#endif
#ifndef SUMMARY
#define SUMMARY "A plugin of the loader's tests"
#endif
#ifndef OPS
#define OPS &ops
#endif
#ifndef OPS_SIZE
#define OPS_SIZE sizeof ops
#endif
#ifndef CHECK
#define CHECK check
#endif
#ifndef POLL
#define POLL poll
#endif
#ifndef SETTLE
#define SETTLE settle
#endif
#ifndef START
#define START start
#endif
#ifndef OPEN
#define OPEN open
#endif
#ifndef LINT
#define LINT NULL
#endif
#ifndef CLOSE
#define CLOSE close
#endif
#ifndef OPTIONS
#define OPTIONS options
#endif
#ifndef OPTION_COUNT
#define OPTION_COUNT sizeof options / sizeof options[0]
#endif
#ifndef OPTION_SIZE
#define OPTION_SIZE sizeof(struct gw_option)
#endif
#ifndef CONFIG_SIZE
#define CONFIG_SIZE sizeof(struct config)
#endif
#ifndef RESERVED
#define RESERVED 0
#endif
#ifndef METRICS
#define METRICS metrics
#endif
#ifndef METRIC_COUNT
#define METRIC_COUNT sizeof metrics / sizeof metrics[0]
#endif
#ifndef METRIC_SIZE
#define METRIC_SIZE sizeof(struct gw_metric)
#endif
#ifndef M_FIRST
#define M_FIRST GW_METRIC_CONNECTION_UP
#endif
#ifndef M_NAME
#define M_NAME "waiting_bytes"
#endif
#ifndef M_HELP
#define M_HELP "Bytes that wait."
#endif
#ifndef M_LABEL
#define M_LABEL "queue"
#endif
#ifndef M_TYPE
#define M_TYPE GW_METRIC_GAUGE
#endif
#ifndef M_RESERVED
#define M_RESERVED 0
#endif
#ifndef O_NAME
#define O_NAME "first"
#endif
#ifndef O_HELP
#define O_HELP "The first option."
#endif
#ifndef O_FALLBACK
#define O_FALLBACK NULL
#endif
#ifndef O_CHOICES
#define O_CHOICES NULL
#endif
#ifndef O_MIN
#define O_MIN 0
#endif
#ifndef O_MAX
#define O_MAX 0
#endif
#ifndef O_TYPE
#define O_TYPE GW_OPTION_INT
#endif
#ifndef O_ITEM_TYPE
#define O_ITEM_TYPE 0
#endif
#ifndef O_FLAGS
#define O_FLAGS 0
#endif
#ifndef O_ESCAPE
#define O_ESCAPE GW_ESCAPE_NONE
#endif
#ifndef O_OFFSET
#define O_OFFSET offsetof(struct config, first)
#endif
#ifndef O_WRITTEN
#define O_WRITTEN 0
#endif

#endif
