// SPDX-License-Identifier: Apache-2.0
// The typed builders of layers on sounds, in front of the generic one.
#include <ridge/audio.h>

ridge_node ridge_log_mel(ridge_network *network, ridge_node x, const ridge_log_mel_params *params)
{
    return ridge_layer_add(network, "log_mel", &x, 1, params);
}

ridge_node ridge_spectrogram_mask(ridge_network *network, ridge_node x,
                                  const ridge_spectrogram_mask_params *params)
{
    return ridge_layer_add(network, "spectrogram_mask", &x, 1, params);
}
