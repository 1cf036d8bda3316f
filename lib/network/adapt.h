// SPDX-License-Identifier: Apache-2.0
// What layers learn from the data before training.
#ifndef RIDGE_NETWORK_ADAPT_H
#define RIDGE_NETWORK_ADAPT_H

#include "network/feed.h"

// Whether there are layers that have yet to learn from data. Waits if there are layers that do.
ridge_status ridge_adapt_wanted(const struct ridge_network *network, bool *wanted);
// The launches by which all of them learn from the rows of the feed, which are on the device.
ridge_status ridge_adapt_record(const struct ridge_network *network, const struct ridge_feed *feed,
                                ridge_launcher *on);

#endif
