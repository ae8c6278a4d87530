// Random convolutions and weight gradients, laid out as a variant wants them.
#define _DEFAULT_SOURCE
#include "kernel-check.h"

#include <sys/mman.h>
#include <unistd.h>

// Memory that ends where a page begins that nobody may touch: a read past its end is a fault.
static void *exact(size_t size) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (size + page - 1) / page * page;
    char *bytes = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                       0);
    if (bytes == MAP_FAILED || mprotect(bytes + room, page, PROT_NONE)) abort();
    return bytes + room - size;
}

static void release(void *bytes, size_t size) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (size + page - 1) / page * page;
    munmap((char *)bytes + size - room, room + page);
}

static void fill_row(dk_bf16 *row, int32_t pixels, int32_t channels, int extreme) {
    for (int32_t i = 0; i < pixels * DK_LANES; i++) {
        row[i] = i % DK_LANES < channels ? stored_value(extreme) : 0;
    }
}

typedef void (*place_function)(void *tile, const dk_bf16 *row, int32_t count);

static void *place_tile(const convolution_shape *s, int32_t blocks, int32_t height, int32_t width,
                        size_t row_bytes, place_function place) {
    char *tile = exact(row_bytes * (size_t)(blocks * height));
    dk_bf16 *row = malloc((size_t)width * 32);
    for (int32_t y = 0; y < blocks * height; y++) {
        int32_t rest = s->channels - y / height * DK_LANES;
        fill_row(row, width, rest < DK_LANES ? rest : DK_LANES, s->extreme);
        place(tile + (size_t)y * row_bytes, row, width);
    }
    free(row);
    return tile;
}

static void *place_weights(const dk_kernels *k, const convolution_shape *s, int32_t vectors,
                           int32_t blocks, int32_t taps) {
    char *weights = exact((size_t)(vectors * blocks * taps * k->weight_tile_bytes));
    for (int32_t i = 0; i < vectors * blocks * taps; i++) {
        int32_t channels = s->channels - i / taps % blocks * DK_LANES;
        dk_bf16 stored[256];
        for (int j = 0; j < 256; j++) {
            int channel = j / 32 * 2 + j % 2, lane = j / 2 % DK_LANES;
            int summed = s->transposed ? lane : channel;
            stored[j] = summed < channels ? stored_value(s->extreme) : 0;
        }
        k->load_weight_tile(weights + (ptrdiff_t)i * k->weight_tile_bytes, stored, s->transposed);
    }
    return weights;
}

static convolution_buffers placed(const dk_kernels *k, const convolution_shape *s, int thin) {
    const int32_t blocks = (s->channels + DK_LANES - 1) / DK_LANES, taps = s->kernel * s->kernel;
    const int32_t width = (s->width - 1) * s->stride + s->kernel;
    const int32_t height = (s->rows - 1) * s->stride + s->kernel;
    const int32_t vectors = thin ? 1 : s->vectors;
    const ptrdiff_t plane = (ptrdiff_t)k->thin_plane_bytes(width);
    const ptrdiff_t pixel = thin ? 4 : (ptrdiff_t)k->tile_element_bytes * DK_LANES;
    const ptrdiff_t row = thin ? plane * k->tile_element_bytes * 4 : width * pixel;
    convolution_buffers b = {
        .tile_bytes = (size_t)(row * height * blocks),
        .weight_bytes = (size_t)(vectors * blocks * taps * k->weight_tile_bytes),
    };
    b.tile = place_tile(s, blocks, height, width, (size_t)row,
                        thin ? k->place_row_thin : k->place_row);
    b.weights = place_weights(k, s, vectors, blocks, taps);
    b.offsets = malloc(sizeof(int32_t) * (size_t)taps);
    for (int32_t t = 0; t < taps; t++) {
        b.offsets[t] = (int32_t)(t / s->kernel * row + t % s->kernel * pixel);
    }
    b.tile_row_stride = s->stride * row;
    b.row = (dk_convolution_row){
        .tile = b.tile,
        .block_stride = height * row,
        .tap_offset = b.offsets,
        .taps = taps,
        .blocks = blocks,
        .last_channels = s->channels - (blocks - 1) * DK_LANES,
        .pixel_stride = thin ? plane : s->stride * pixel,
        .weights = b.weights,
        .vector_stride = (ptrdiff_t)blocks * taps * k->weight_tile_bytes,
        .vectors = s->vectors,
        .count = s->width,
    };
    return b;
}

convolution_buffers place_convolution(const dk_kernels *k, const convolution_shape *s) {
    return placed(k, s, 0);
}

convolution_buffers place_thin_convolution(const dk_kernels *k, const convolution_shape *s) {
    return placed(k, s, 1);
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
    release(b->tile, b->tile_bytes);
    release(b->weights, b->weight_bytes);
    free(b->offsets);
}

gradient_buffers place_gradient(const dk_kernels *k, const gradient_shape *s) {
    const int32_t large_count = (s->width - 1) * s->stride + s->kernel;
    const int32_t large_rows = (s->rows - 1) * s->stride + s->kernel;
    const size_t small_bytes = k->small_row_bytes(s->width);
    const size_t large_bytes = k->large_row_bytes(large_count, s->stride);
    gradient_buffers b = {
        .small_bytes = small_bytes * (size_t)(s->vectors * s->rows),
        .large_bytes = large_bytes * (size_t)large_rows,
    };
    b.small = exact(b.small_bytes);
    b.large = exact(b.large_bytes);
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
        .kernel_rows = s->kernel,
        .stride = s->stride,
        .channels = s->channels,
    };
    return b;
}

void free_gradient(gradient_buffers *b) {
    release(b->small, b->small_bytes);
    release(b->large, b->large_bytes);
}
