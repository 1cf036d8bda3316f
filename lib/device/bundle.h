// SPDX-License-Identifier: Apache-2.0
// Several programs in one text, for drivers where each build costs the same however small it is.
#ifndef RIDGE_DEVICE_BUNDLE_H
#define RIDGE_DEVICE_BUNDLE_H

#include "base/memory.h"
#include "device/program.h"

// Appends the source with its defines ("-DA=1 -DB=2"), so that it can stand beside others: each
// function, type and kernel is called <name>_<number>, and its macros end with it. Macros that
// `keep` names, ended by NULL, come from the build's options and stay.
void ridge_bundle_append(struct ridge_text *text, const struct ridge_kernel_source *source,
                         const char *defines, unsigned number, const char *const *keep);

// The number in the bundle of the program that this kernel is from; -1 when it is not in there.
int ridge_bundle_find(const char *name, const char *defines, const char *kernel);

// The text of the whole bundle; the caller frees text->data.
void ridge_bundle_write(struct ridge_text *text);

#endif
