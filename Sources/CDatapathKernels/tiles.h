// Tiles and packed rows of the variants whose tile elements are fp32.
#include "variants.h"

DK_ENTRY void place_row(void *tile, const dk_bf16 *row, int32_t count) {
    float *out = tile;
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count * DK_LANES; i += DK_LANES) {
        store_floats(out + i, load_pixel(row + i));
    }
}

DK_ENTRY void load_weight_tile(void *tile, const dk_bf16 *stored, int32_t transposed) {
    float *out = tile;
    dk_bf16 turned[256] __attribute__((aligned(64)));
    if (transposed) {
        transpose_stored(turned, stored);
        stored = turned;
    }
    for (int i = 0; i < DK_LANES; i += 2) {
        v16u pairs;
        memcpy(&pairs, stored + i * DK_LANES, sizeof pairs);
        store_floats(out + i * DK_LANES, (v16f)(pairs << 16));
        store_floats(out + (i + 1) * DK_LANES, (v16f)(pairs & 0xFFFF0000));
    }
}

static size_t small_row_bytes(int32_t count) { return (size_t)count * DK_LANES * sizeof(float); }

static size_t large_row_bytes(int32_t large_count, int32_t stride) {
    (void)stride;
    return small_row_bytes(large_count);
}

static void pack_large_row(void *out, const dk_bf16 *row, int32_t large_count, int32_t stride) {
    (void)stride;
    place_row(out, row, large_count);
}

#define DK_TILE_FUNCTIONS                                                                         \
    .tile_element_bytes = 4, .weight_tile_bytes = DK_WEIGHT_TILE_BYTES, .uses_stored_weights = 0, \
    .place_row = place_row, .load_weight_tile = load_weight_tile,                                 \
    .small_row_bytes = small_row_bytes, .large_row_bytes = large_row_bytes,                       \
    .pack_small_row = place_row, .pack_large_row = pack_large_row
