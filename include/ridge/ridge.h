// SPDX-License-Identifier: Apache-2.0
// Everything of ridge. Each header also stands alone.
#ifndef RIDGE_RIDGE_H
#define RIDGE_RIDGE_H

#include <ridge/base.h>
#include <ridge/device.h>
#include <ridge/fields.h>
#include <ridge/tensor.h>
#include <ridge/ops.h>
#include <ridge/activation.h>
#include <ridge/gemm.h>
#include <ridge/loss.h>
#include <ridge/normalisation.h>
#include <ridge/random.h>
#include <ridge/update.h>
#include <ridge/image.h>
#include <ridge/augment.h>
#include <ridge/augment_geometry.h>
#include <ridge/augment_pixels.h>
#include <ridge/augmentations.h>
#include <ridge/data.h>
#include <ridge/layers.h>
#include <ridge/image_layers.h>
#include <ridge/audio.h>
#include <ridge/network.h>
#include <ridge/penalty.h>
#include <ridge/training.h>
#include <ridge/profile.h>
#include <ridge/tune.h>

#endif
