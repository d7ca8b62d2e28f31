/* SPDX-License-Identifier: Apache-2.0 */
/* Days of the calendar and times as text: as in the plugin library. No state, any thread. */
#ifndef GW_BASE_CALENDAR_H
#define GW_BASE_CALENDAR_H

#include <gangway/sdk/calendar.h>

#endif
