// SPDX-License-Identifier: Apache-2.0
// A network's description as JSON: layers, their fields, settings. Parameters are not in it.
#ifndef RIDGE_NETWORK_DESCRIBE_H
#define RIDGE_NETWORK_DESCRIBE_H

#include "network/network.h"

// The description of a compiled network; the caller frees it. NULL with a message on failure.
char *ridge_network_describe(const ridge_network *network);

// Builds and compiles the network of a description. Errors: RIDGE_ERROR_FORMAT for text that is no
// description; those of builders and compile.
ridge_status ridge_network_from_description(ridge_device *device, const char *text,
                                            ridge_network **network);

#endif
