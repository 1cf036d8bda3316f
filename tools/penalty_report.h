// SPDX-License-Identifier: Apache-2.0
// What each penalty of a network adds to its loss, as a table or as JSON.
#ifndef RIDGE_TOOLS_PENALTY_REPORT_H
#define RIDGE_TOOLS_PENALTY_REPORT_H

#include <cJSON.h>
#include <ridge/penalty.h>
#include <stdbool.h>

// By parameter, with the share of zeros, and by layer where its output is penalised, over the rows
// of `data`. On standard output, nothing where there is no penalty; or as the entry "penalties" of
// an object. False after a message.
bool report_penalties(ridge_network *network, const ridge_dataset *data, cJSON *object);

#endif
