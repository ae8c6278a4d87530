// Random convolutions and weight gradients, laid out as a variant wants them.
#include "kernel-check.h"

// Every allocation is exact, so that an address sanitizer sees a read past an end.
static void *exact(size_t size) {
    void *bytes = aligned_alloc(64, (size + 63) / 64 * 64);
    if (!bytes) abort();
    return bytes;
}

static void fill_row(dk_bf16 *row, int32_t pixels, int32_t channels, int extreme) {
    for (int32_t i = 0; i < pixels * DK_LANES; i++) {
        row[i] = i % DK_LANES < channels ? stored_value(extreme) : 0;
    }
}

convolution_buffers place_convolution(const dk_kernels *k, const convolution_shape *s) {
    const int32_t blocks = (s->channels + DK_LANES - 1) / DK_LANES, taps = s->kernel * s->kernel;
    const int32_t last = s->channels - (blocks - 1) * DK_LANES;
    const int32_t width = (s->width - 1) * s->stride + s->kernel;
    const int32_t height = (s->rows - 1) * s->stride + s->kernel;
    const ptrdiff_t pixel = (ptrdiff_t)k->tile_element_bytes * DK_LANES;
    convolution_buffers b;
    b.tile = exact((size_t)(blocks * height * width * pixel));
    b.weights = exact((size_t)(s->vectors * blocks * taps * k->weight_tile_bytes));
    b.offsets = malloc(sizeof(int32_t) * (size_t)taps);
    b.tile_row_stride = s->stride * width * pixel;
    dk_bf16 *row = malloc((size_t)width * 32), stored[256];
    for (int32_t y = 0; y < blocks * height; y++) {
        int32_t channels = y / height == blocks - 1 ? last : DK_LANES;
        fill_row(row, width, channels, s->extreme);
        k->place_row((char *)b.tile + y * width * pixel, row, width);
    }
    free(row);
    for (int32_t i = 0; i < s->vectors * blocks * taps; i++) {
        int32_t channels = i / taps % blocks == blocks - 1 ? last : DK_LANES;
        for (int j = 0; j < 256; j++) {
            int channel = j / 32 * 2 + j % 2, lane = j / 2 % DK_LANES;
            int summed = s->transposed ? lane : channel;
            stored[j] = summed < channels ? stored_value(s->extreme) : 0;
        }
        k->load_weight_tile((char *)b.weights + (ptrdiff_t)i * k->weight_tile_bytes, stored,
                            s->transposed);
    }
    for (int32_t t = 0; t < taps; t++) {
        b.offsets[t] = (int32_t)((t / s->kernel * width + t % s->kernel) * pixel);
    }
    b.row = (dk_convolution_row){
        .tile = b.tile,
        .block_stride = height * width * pixel,
        .tap_offset = b.offsets,
        .taps = taps,
        .blocks = blocks,
        .last_channels = last,
        .pixel_stride = s->stride * pixel,
        .weights = b.weights,
        .vector_stride = (ptrdiff_t)blocks * taps * k->weight_tile_bytes,
        .vectors = s->vectors,
        .count = s->width,
    };
    return b;
}

void run_convolution(const dk_kernels *k, const convolution_buffers *b, int32_t rows,
                     ptrdiff_t out_row_stride, int at_once) {
    if (at_once) {
        k->convolution_rows(&b->row, rows, b->tile_row_stride, out_row_stride);
        return;
    }
    dk_convolution_row row = b->row;
    for (int32_t y = 0; y < rows; y++) {
        k->convolution_row(&row);
        row.tile = (const char *)row.tile + b->tile_row_stride;
        row.out += out_row_stride;
    }
}

void free_convolution(convolution_buffers *b) {
    free(b->tile);
    free(b->weights);
    free(b->offsets);
}

gradient_buffers place_gradient(const dk_kernels *k, const gradient_shape *s) {
    const int32_t large_count = (s->width - 1) * s->stride + s->kernel;
    const int32_t large_rows = (s->rows - 1) * s->stride + s->kernel;
    const size_t small_bytes = k->small_row_bytes(s->width);
    const size_t large_bytes = k->large_row_bytes(large_count, s->stride);
    gradient_buffers b;
    b.small = exact(small_bytes * (size_t)(s->vectors * s->rows));
    b.large = exact(large_bytes * (size_t)large_rows);
    dk_bf16 *row = malloc((size_t)(large_count + s->width) * 32);
    for (int32_t y = 0; y < s->vectors * s->rows; y++) {
        fill_row(row, s->width, s->lanes, s->extreme);
        k->pack_small_row((char *)b.small + (size_t)y * small_bytes, row, s->width);
    }
    for (int32_t y = 0; y < large_rows; y++) {
        fill_row(row, large_count, s->channels, s->extreme);
        k->pack_large_row((char *)b.large + (size_t)y * large_bytes, row, large_count, s->stride);
    }
    free(row);
    b.gradient = (dk_weight_gradient){
        .small = b.small,
        .small_row_stride = (ptrdiff_t)small_bytes,
        .small_vector_stride = (ptrdiff_t)small_bytes * s->rows,
        .vectors = s->vectors,
        .large = b.large,
        .large_row_stride = (ptrdiff_t)large_bytes,
        .rows = s->rows,
        .count = s->width,
        .large_count = large_count,
        .kernel = s->kernel,
        .stride = s->stride,
        .channels = s->channels,
    };
    return b;
}

void free_gradient(gradient_buffers *b) {
    free(b->small);
    free(b->large);
}
