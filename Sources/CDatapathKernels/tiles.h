// Tiles and packed rows of the variants whose tile elements are fp32.
#include "variants.h"

DK_ENTRY void place_row(void *tile, const dk_bf16 *row, int32_t count) {
    float *out = tile;
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count * DK_LANES; i += DK_LANES) {
        store_floats(out + i, load_pixel(row + i));
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
    .tile_element_bytes = 4, .place_row = place_row,                                              \
    .small_row_bytes = small_row_bytes, .large_row_bytes = large_row_bytes,                       \
    .pack_small_row = place_row, .pack_large_row = pack_large_row
