// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGE_NETWORK_H
#define RIDGE_NETWORK_H

#include <ridge/base.h>

#endif
