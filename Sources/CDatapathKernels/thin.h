// Sums with few output channels (1...8): where 16 output lanes would mostly hold nothing, the lanes
// are pixels (convolution) or the other side's channels (weight gradient). The same sums, in the
// same order, of the same products.
//
// Included once by each variant's file after sums.h; it defines before:
//   DK_THIN_LEAVES(X)   X(O, P) for each register tile compiled: O outputs by P registers of pixels
//   DK_THIN_REGISTERS   the most O * P
//   DK_THIN_GRADIENT_LEAVES(X), DK_THIN_TAPS   X(O, K): O outputs by K taps of 16 channels
#include "variants.h"

enum {
    DK_REG_LANES = DK_LANES / DK_PARTS,
    DK_THIN_OUTPUTS = 4,
    DK_THIN_PIXELS = 8,    // registers of pixels, at most
    DK_THIN_SEGMENT = 128, // pixels whose sums wait together
    DK_PLANES = DK_PIXEL_BYTES / 4,
};

// Rows of a block are DK_PLANES planes of 4 bytes a pixel, 15 or more pixels longer than the row.
static size_t thin_plane_bytes(int32_t count) { return (size_t)(count + 30) / 16 * 64; }

typedef uint32_t v4u __attribute__((vector_size(16)));

DK_ROW void transpose_4x4(v4u *rows) {
    v4u a = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
    v4u b = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
    v4u c = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
    v4u d = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
    rows[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    rows[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    rows[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
    rows[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

DK_ENTRY void place_row_thin(void *tile, const dk_bf16 *row, int32_t count) {
    const ptrdiff_t plane = (ptrdiff_t)thin_plane_bytes(count);
    char *planes = tile;
    for (int32_t x = 0; x < plane / 4; x += 4) {
        // Four pixels, in tile elements; nothing where the row has ended.
        _Alignas(64) char pixels[4][DK_PIXEL_BYTES];
        memset(pixels, 0, sizeof pixels);
        int32_t left = count - x < 4 ? count - x : 4;
        if (left > 0) place_row(pixels, row + (ptrdiff_t)x * DK_LANES, left);
        DK_UNROLL for (int p = 0; p < DK_PLANES; p += 4) {
            v4u block[4];
            DK_UNROLL for (int i = 0; i < 4; i++) memcpy(&block[i], &pixels[i][p * 4], 16);
            transpose_4x4(block);
            DK_UNROLL for (int i = 0; i < 4; i++) {
                memcpy(planes + (p + i) * plane + (ptrdiff_t)x * 4, &block[i], 16);
            }
        }
    }
}

// A register tile's share of a row: units first ..< end of [block][tap].
typedef struct {
    const dk_convolution_row *row;
    int32_t pixel, output; // the tile's first
    int32_t first, end;
    float *sums; // [O][P * DK_REG_LANES], kept from one share to the next
} thin_work;

typedef void (*thin_leaf)(const thin_work *);

// acc[O][P].
DK_ROW void convolve_thin(const thin_work *work, const int O, const int P) {
    const dk_convolution_row *row = work->row;
    reg acc[32];
    DK_UNROLL for (int i = 0; i < O * P; i++) {
        acc[i] = work->first ? load_part(work->sums, i) : (reg){0};
    }
    int32_t block = work->first / row->taps, tap = work->first % row->taps;
    const char *weights = (const char *)row->weights + work->output * 4
        + (ptrdiff_t)work->first * DK_WEIGHT_TILE_BYTES;
    const char *tile = (const char *)row->tile + work->pixel * 4;
    const ptrdiff_t plane = row->pixel_stride;
    for (int32_t unit = work->first; unit < work->end; unit++) {
        int32_t channels = block == row->blocks - 1 ? row->last_channels : DK_LANES;
        int32_t pair = (channels + 1) / 2 - 1;
        const char *source =
            tile + block * row->block_stride + row->tap_offset[tap] + pair * DK_TERMS * plane;
        DK_NO_UNROLL
        for (; pair >= 0; pair--) {
            DK_UNROLL for (int term = 0; term < DK_TERMS; term++) {
                const char *pixels = source + (DK_TERMS - 1 - term) * plane;
                reg weight[DK_THIN_OUTPUTS];
                DK_UNROLL for (int o = 0; o < O; o++) {
                    weight[o] = broadcast_weight(weights + pair * 64 + o * 4, term);
                }
                DK_UNROLL for (int p = 0; p < P; p++) {
                    reg value = load_part(pixels, p);
                    DK_UNROLL for (int o = 0; o < O; o++) {
                        acc[o * P + p] = dk_accumulate(acc[o * P + p], weight[o], value);
                    }
                }
            }
            source -= DK_TERMS * plane;
        }
        weights += DK_WEIGHT_TILE_BYTES;
        if (++tap == row->taps) {
            tap = 0;
            block++;
        }
    }
    DK_UNROLL for (int i = 0; i < O * P; i++) store_part(work->sums, i, acc[i]);
}

#define DK_DEFINE_THIN(O, P)                                                                      \
    DK_ENTRY void thin_##O##_##P(const thin_work *w) { convolve_thin(w, O, P); }
DK_THIN_LEAVES(DK_DEFINE_THIN)

#define DK_LIST_THIN(O, P) [O][P] = thin_##O##_##P,
static const thin_leaf thin_leaves[DK_THIN_OUTPUTS + 1][DK_THIN_PIXELS + 1] = {
    DK_THIN_LEAVES(DK_LIST_THIN)};

// From pixels in lanes to output channels in lanes.
DK_ROW void scatter_thin(const thin_work *work, int32_t outputs, int32_t pixels) {
    const dk_convolution_row *row = work->row;
    for (int32_t p = 0; p < pixels && work->pixel + p < row->count; p++) {
        float *out = row->out + (work->pixel + p) * row->out_pixel_stride;
        if (work->output == 0) store_floats(out, (v16f){0});
        for (int32_t o = 0; o < outputs; o++) out[work->output + o] = work->sums[o * pixels + p];
    }
}

// Registers first ..< end of a row's pixels, at most DK_THIN_SEGMENT pixels.
DK_ENTRY void thin_segment(const dk_convolution_row *row, int32_t output, int32_t outputs,
                           int32_t first, int32_t end) {
    float sums[DK_THIN_OUTPUTS * DK_THIN_SEGMENT] __attribute__((aligned(64)));
    int32_t most = DK_THIN_REGISTERS / outputs;
    if (most > DK_THIN_PIXELS) most = DK_THIN_PIXELS;
    const int32_t registers = end - first, tiles = (registers + most - 1) / most;
    const int32_t units = row->blocks * row->taps;
    const int32_t chunk = 2 * DK_WEIGHT_CHUNK_BYTES / DK_WEIGHT_TILE_BYTES;
    for (int32_t unit = 0; unit < units; unit += chunk) {
        for (int32_t tile = 0; tile < tiles; tile++) {
            int32_t begin = registers * tile / tiles, next = registers * (tile + 1) / tiles;
            const thin_work work = {
                .row = row,
                .pixel = (first + begin) * DK_REG_LANES,
                .output = output,
                .first = unit,
                .end = unit + chunk < units ? unit + chunk : units,
                .sums = sums + begin * outputs * DK_REG_LANES,
            };
            thin_leaves[outputs][next - begin](&work);
            if (work.end == units) scatter_thin(&work, outputs, (next - begin) * DK_REG_LANES);
        }
    }
}

DK_ENTRY void convolution_row_thin(const dk_convolution_row *row) {
    const int32_t registers = (row->count + DK_REG_LANES - 1) / DK_REG_LANES;
    const int32_t most = DK_THIN_SEGMENT / DK_REG_LANES;
    int32_t outputs;
    for (int32_t output = 0; output < row->vectors; output += outputs) {
        outputs = row->vectors - output;
        if (outputs > DK_THIN_OUTPUTS) outputs = DK_THIN_OUTPUTS;
        for (int32_t first = 0; first < registers; first += most) {
            int32_t end = first + most < registers ? first + most : registers;
            thin_segment(row, output, outputs, first, end);
        }
    }
}

// acc[O][K][DK_PARTS]: lanes are the large side's channels, the small side's are broadcast.
DK_ROW void accumulate_thin_gradient(const gradient_work *work, const int O, const int K) {
    reg acc[32];
    DK_UNROLL for (int i = 0; i < O * K * DK_PARTS; i++) acc[i] = (reg){0};
    for (int32_t row = 0; row < work->rows; row++) {
        const char *small = work->small + row * work->small_row_stride;
        const char *large = work->large + row * work->large_row_stride;
        DK_NO_UNROLL
        for (int32_t step = 0; step < work->steps; step++) {
            reg value[DK_THIN_OUTPUTS];
            DK_UNROLL for (int o = 0; o < O; o++) value[o] = dk_broadcast(small + o * 4);
            DK_UNROLL for (int i = 0; i < K * DK_PARTS; i++) {
                reg lanes = load_part(large, i);
                DK_UNROLL for (int o = 0; o < O; o++) {
                    int a = o * K * DK_PARTS + i;
                    acc[a] = dk_accumulate(acc[a], lanes, value[o]);
                }
            }
            small += 64;
            large += work->large_step;
        }
    }
    DK_UNROLL for (int i = 0; i < O * K * DK_PARTS; i++) store_part(work->partial, i, acc[i]);
}

#define DK_DEFINE_THIN_GRADIENT(O, K)                                                             \
    DK_ENTRY void thin_gradient_##O##_##K(const gradient_work *w) {                               \
        accumulate_thin_gradient(w, O, K);                                                        \
    }
DK_THIN_GRADIENT_LEAVES(DK_DEFINE_THIN_GRADIENT)

#define DK_LIST_THIN_GRADIENT(O, K) [O][K] = thin_gradient_##O##_##K,
static const gradient_leaf thin_gradient_leaves[DK_THIN_OUTPUTS + 1][DK_MAX_KERNEL + 1] = {
    DK_THIN_GRADIENT_LEAVES(DK_LIST_THIN_GRADIENT)};

DK_ENTRY void thin_taps(const dk_weight_gradient *w, gradient_work *work, int32_t output,
                        int32_t outputs, int32_t ky) {
    const int32_t most = DK_THIN_TAPS / outputs, parts = (w->kernel + most - 1) / most;
    for (int32_t part = 0; part < parts; part++) {
        int32_t kx = w->kernel * part / parts, taps = w->kernel * (part + 1) / parts - kx;
        work->large = (const char *)w->large + ky * w->large_row_stride + kx * 64;
        thin_gradient_leaves[outputs][taps](work);
        for (int32_t i = 0; i < outputs * taps; i++) {
            const float *partial = work->partial + i * DK_LANES;
            float *gradient = w->gradient + (ky * w->kernel + kx + i % taps) * 256
                + output + i / taps;
            for (int32_t channel = 0; channel < w->channels; channel++) {
                float *sum = gradient + channel * DK_LANES;
                *sum = w->replaces ? partial[channel] : *sum + partial[channel];
            }
        }
    }
}

DK_ENTRY void weight_gradient_thin(const dk_weight_gradient *w, int32_t outputs) {
    float partial[32 * DK_LANES] __attribute__((aligned(64)));
    gradient_work work = {
        .small_row_stride = w->small_row_stride,
        .large_row_stride = w->stride * w->large_row_stride,
        .large_step = (ptrdiff_t)DK_STEP_PIXELS * w->stride * 64,
        .rows = w->rows,
        .steps = (w->count + DK_STEP_PIXELS - 1) / DK_STEP_PIXELS,
        .partial = partial,
    };
    for (int32_t output = 0; output < outputs; output += DK_THIN_OUTPUTS) {
        int32_t group = outputs - output < DK_THIN_OUTPUTS ? outputs - output : DK_THIN_OUTPUTS;
        work.small = (const char *)w->small + output * 4;
        for (int32_t row = 0; row < w->kernel_rows; row++) {
            thin_taps(w, &work, output, group, w->first_kernel_row + row);
        }
    }
}

#define DK_THIN_FUNCTIONS                                                                         \
    .thin_plane_bytes = thin_plane_bytes, .place_row_thin = place_row_thin,                       \
    .convolution_row_thin = convolution_row_thin, .weight_gradient_thin = weight_gradient_thin
