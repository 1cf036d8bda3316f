// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGE_TRAINING_H
#define RIDGE_TRAINING_H

#include <ridge/base.h>

#endif
