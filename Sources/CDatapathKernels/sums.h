// The two hot loops of a vector variant, once for every register width and tile type.
//
// A tile of accumulators stays in registers: `V` vectors of 16 output lanes by `P` pixels
// (convolution), or by `C` channels x `K` taps of one kernel row (weight gradient). Both step
// through operands laid out alike: 4 bytes of one, broadcast, times 64 bytes of the other, 4 bytes
// a lane. With bf16 tiles that is a pair of channels or pixels at once, the odd or first one in the
// high half; with fp32 tiles one.
//
// Weights are bf16 as stored, 64 bytes a pair of channels: fp32 variants widen them as they load
// them, odd channel first, which costs less than reading twice the bytes.
//
// Included once by each variant's file after rows.h; it defines before:
//   reg, DK_PARTS                 a register of accumulators, and how many make 16 lanes
//   DK_TERMS                      products a pair of channels is: 1 (bf16) or 2 (fp32)
//   dk_broadcast, dk_accumulate   4 bytes to all lanes; acc + a * b (exact products)
//   dk_weight(pair, term)         the weights of a pair that the term multiplies, or, with
//                                 DK_HAS_WEIGHT_LOADS, the two functions that load them
//   DK_VECTORS, DK_PIXELS         the register tile of wide rows
//   DK_SINGLE_PIXELS              the one of a single vector
//   DK_NARROW_VECTORS, DK_NARROW_PIXELS  the one of rows at most that narrow
//   DK_CONVOLUTION_LEAVES(X)      X(V, P) for each tile compiled, all smaller P included
//   DK_GRADIENT_VECTORS           the most V of the weight gradient
//   DK_GRADIENT_TERMS(V)          the most C * K with V vectors
//   DK_GRADIENT_CHANNELS          the most C
//   DK_GRADIENT_LEAVES(X)         X(V, C, K) for each tile compiled
#include "variants.h"

enum {
    DK_WEIGHT_TILE_BYTES = 512,
    DK_PAIRS = 8,
    DK_PIXEL_BYTES = 32 * DK_TERMS,
    DK_STEP_PIXELS = 3 - DK_TERMS, // pixels that one step of the weight gradient covers
    // Weights that stay in the first-level cache while the pixels of a row pass by.
    DK_WEIGHT_CHUNK_BYTES = 10 * 1024,
    // Pixels of both operands that stay there while the taps of a kernel row pass by.
    DK_BAND_PIXELS = 128,
    DK_MAX_KERNEL = 7,
};

DK_ROW reg load_part(const void *source, int part) {
    reg value;
    memcpy(&value, (const char *)source + part * sizeof(reg), sizeof value);
    return value;
}

DK_ROW void store_part(void *out, int part, reg value) {
    memcpy((char *)out + part * sizeof(reg), &value, sizeof value);
}

#ifndef DK_HAS_WEIGHT_LOADS
DK_ROW reg load_weights(const char *pairs, int part, int term) {
    return dk_weight(load_part(pairs, part), term);
}

DK_ROW reg broadcast_weight(const char *pair, int term) {
    return dk_weight(dk_broadcast(pair), term);
}
#endif

// A register tile's share of a row: units first ..< end of [block][tap].
typedef struct {
    const dk_convolution_row *row;
    const char *source;
    const char *weights;
    float *out;
    int32_t first, end;
} convolution_work;

typedef void (*convolution_leaf)(const convolution_work *);

// One term of a pair of channels; `source` and `weights` are the pair's.
DK_ROW void convolve_term(reg *acc, const char *source, const char *weights, ptrdiff_t stride,
                          const int V, const int P, const int S, const int term) {
    reg w[4 * DK_PARTS];
    DK_UNROLL for (int i = 0; i < V * DK_PARTS; i++) {
        w[i] = load_weights(weights + i / DK_PARTS * stride, i % DK_PARTS, term);
    }
    source += (DK_TERMS - 1 - term) * 4;
    DK_UNROLL for (int p = 0; p < P; p++) {
        reg value = dk_broadcast(source + p * S * DK_PIXEL_BYTES);
        DK_UNROLL for (int i = 0; i < V * DK_PARTS; i++) {
            acc[p * V * DK_PARTS + i] = dk_accumulate(acc[p * V * DK_PARTS + i], value, w[i]);
        }
    }
}

DK_ROW void convolve_pair(reg *acc, const char *source, const char *weights, ptrdiff_t stride,
                          const int V, const int P, const int S) {
    DK_UNROLL for (int term = 0; term < DK_TERMS; term++) {
        convolve_term(acc, source, weights, stride, V, P, S, term);
    }
}

// acc[P][V][DK_PARTS].
DK_ROW void convolve(const convolution_work *work, const int V, const int P, const int S) {
    const dk_convolution_row *row = work->row;
    reg acc[32];
    DK_UNROLL for (int i = 0; i < P * V * DK_PARTS; i++) {
        const float *out = work->out + i / DK_PARTS % V * row->out_vector_stride
            + i / DK_PARTS / V * row->out_pixel_stride;
        acc[i] = work->first ? load_part(out, i % DK_PARTS) : (reg){0};
    }
    int32_t block = work->first / row->taps, tap = work->first % row->taps;
    const char *weights = work->weights + (ptrdiff_t)work->first * DK_WEIGHT_TILE_BYTES;
    const ptrdiff_t stride = row->vector_stride;
    for (int32_t unit = work->first; unit < work->end; unit++) {
        const char *source = work->source + block * row->block_stride + row->tap_offset[tap];
        int32_t channels = block == row->blocks - 1 ? row->last_channels : DK_LANES;
        if (channels == DK_LANES) {
            DK_PAIR_UNROLL
            for (int pair = DK_PAIRS - 1; pair >= 0; pair--) {
                convolve_pair(acc, source + pair * 4 * DK_TERMS, weights + pair * 64, stride, V, P,
                              S);
            }
        } else {
            int pair = (channels + 1) / 2 - 1;
            if (DK_TERMS == 2 && channels % 2) {
                convolve_term(acc, source + pair * 8, weights + pair * 64, stride, V, P, S, 1);
                pair--;
            }
            DK_NO_UNROLL
            for (; pair >= 0; pair--) {
                convolve_pair(acc, source + pair * 4 * DK_TERMS, weights + pair * 64, stride, V, P,
                              S);
            }
        }
        weights += DK_WEIGHT_TILE_BYTES;
        if (++tap == row->taps) {
            tap = 0;
            block++;
        }
    }
    DK_UNROLL for (int i = 0; i < P * V * DK_PARTS; i++) {
        float *out = work->out + i / DK_PARTS % V * row->out_vector_stride
            + i / DK_PARTS / V * row->out_pixel_stride;
        store_part(out, i % DK_PARTS, acc[i]);
    }
}

#define DK_DEFINE_LEAF(V, P)                                                                      \
    DK_ENTRY void convolve_##V##_##P##_1(const convolution_work *w) { convolve(w, V, P, 1); }     \
    DK_ENTRY void convolve_##V##_##P##_2(const convolution_work *w) { convolve(w, V, P, 2); }
DK_CONVOLUTION_LEAVES(DK_DEFINE_LEAF)

#define DK_LIST_LEAF(V, P) [V][P] = {convolve_##V##_##P##_1, convolve_##V##_##P##_2},
static const convolution_leaf convolution_leaves[5][17][2] = {DK_CONVOLUTION_LEAVES(DK_LIST_LEAF)};

// Share `part` of `parts` of the weights that the next chunk reads: small maps are over before the
// processor's own prefetcher has understood them.
DK_ROW void prefetch_weights(const dk_convolution_row *row, int32_t vector, int32_t vectors,
                             int32_t first, int32_t end, int32_t part, int32_t parts) {
    const ptrdiff_t bytes = (ptrdiff_t)(end - first) * DK_WEIGHT_TILE_BYTES;
    for (int32_t v = vector; v < vector + vectors; v++) {
        const char *weights = (const char *)row->weights + v * row->vector_stride
            + (ptrdiff_t)first * DK_WEIGHT_TILE_BYTES;
        for (ptrdiff_t i = bytes * part / parts & ~63; i < bytes * (part + 1) / parts; i += 64) {
            __builtin_prefetch(weights + i);
        }
    }
}

DK_ENTRY void convolve_vectors(const dk_convolution_row *row, int32_t rows,
                               ptrdiff_t source_stride, ptrdiff_t out_stride, int32_t vector,
                               int32_t vectors, int32_t most) {
    int32_t tiles = (row->count + most - 1) / most, units = row->blocks * row->taps;
    int32_t chunk = DK_WEIGHT_CHUNK_BYTES / (vectors * DK_WEIGHT_TILE_BYTES);
    if (tiles * rows == 1 || chunk > units) chunk = units;
    int double_step = row->pixel_stride != DK_PIXEL_BYTES;
    for (int32_t first = 0; first < units; first += chunk) {
        int32_t end = first + chunk < units ? first + chunk : units;
        int32_t next_end = end + chunk < units ? end + chunk : units, shares = tiles * rows;
        for (int32_t i = 0; i < shares; i++) {
            // Tiles of one row differ by at most one pixel.
            int32_t y = i / tiles, tile = i % tiles;
            if (row->count <= DK_LANES && next_end > end) {
                prefetch_weights(row, vector, vectors, end, next_end, i, shares);
            }
            int32_t pixel = (int32_t)((int64_t)row->count * tile / tiles);
            int32_t next = (int32_t)((int64_t)row->count * (tile + 1) / tiles);
            const convolution_work work = {
                .row = row,
                .source = (const char *)row->tile + y * source_stride + pixel * row->pixel_stride,
                .weights = (const char *)row->weights + vector * row->vector_stride,
                .out = row->out + y * out_stride + vector * row->out_vector_stride
                    + pixel * row->out_pixel_stride,
                .first = first,
                .end = end,
            };
            convolution_leaves[vectors][next - pixel][double_step](&work);
        }
    }
}

DK_ENTRY void convolution_rows(const dk_convolution_row *row, int32_t rows,
                               ptrdiff_t tile_row_stride, ptrdiff_t out_row_stride) {
    int32_t vector = 0;
    while (vector < row->vectors) {
        int32_t left = row->vectors - vector, vectors = 1, most = DK_SINGLE_PIXELS;
        if (row->count <= DK_NARROW_PIXELS && left >= DK_NARROW_VECTORS) {
            vectors = DK_NARROW_VECTORS;
            most = DK_NARROW_PIXELS;
        } else if (left >= DK_VECTORS) {
            vectors = DK_VECTORS;
            most = DK_PIXELS;
        }
        convolve_vectors(row, rows, tile_row_stride, out_row_stride, vector, vectors, most);
        vector += vectors;
    }
}

DK_ENTRY void convolution_row(const dk_convolution_row *row) { convolution_rows(row, 1, 0, 0); }

// A register tile's share of a band: `rows` rows of `steps` steps, V vectors, C channels, K taps.
typedef struct {
    const char *small, *large;
    ptrdiff_t small_row_stride, large_row_stride; // bytes from row to row, of the small side's rows
    ptrdiff_t small_vector_stride;
    ptrdiff_t large_step; // bytes
    int32_t rows, steps;
    int32_t is_first, is_last, replaces;
    float *partial, *gradient; // both [K][16][16], of the first vector
    ptrdiff_t partial_stride, gradient_stride; // floats between vectors
} gradient_work;

typedef void (*gradient_leaf)(const gradient_work *);

// acc[K][C][V][DK_PARTS].
DK_ROW void accumulate_gradient(const gradient_work *work, const int V, const int C, const int K) {
    reg acc[32];
    const int VP = V * DK_PARTS;
    DK_UNROLL for (int i = 0; i < K * C * VP; i++) {
        const float *partial = work->partial + i / DK_PARTS % V * work->partial_stride
            + i / VP / C * 256 + i / VP % C * DK_LANES;
        acc[i] = work->is_first ? (reg){0} : load_part(partial, i % DK_PARTS);
    }
    const ptrdiff_t vector_stride = work->small_vector_stride, large_step = work->large_step;
    for (int32_t row = 0; row < work->rows; row++) {
        const char *small = work->small + row * work->small_row_stride;
        const char *large = work->large + row * work->large_row_stride;
        DK_GRADIENT_UNROLL
        for (int32_t step = 0; step < work->steps; step++) {
            reg s[2 * DK_PARTS];
            DK_UNROLL for (int i = 0; i < VP; i++) {
                s[i] = load_part(small + i / DK_PARTS * vector_stride, i % DK_PARTS);
            }
            DK_UNROLL for (int t = 0; t < K * C; t++) {
                reg value = dk_broadcast(large + t / C * 64 + t % C * 4);
                DK_UNROLL for (int i = 0; i < VP; i++) {
                    acc[t * VP + i] = dk_accumulate(acc[t * VP + i], value, s[i]);
                }
            }
            small += 64;
            large += large_step;
        }
    }
    DK_UNROLL for (int i = 0; i < K * C * VP; i++) {
        const ptrdiff_t element = i / VP / C * 256 + i / VP % C * DK_LANES, v = i / DK_PARTS % V;
        float *partial = work->partial + v * work->partial_stride + element;
        float *gradient = work->gradient + v * work->gradient_stride + element;
        if (work->is_last) {
            const reg sum = work->replaces ? acc[i] : load_part(gradient, i % DK_PARTS) + acc[i];
            store_part(gradient, i % DK_PARTS, sum);
        } else {
            store_part(partial, i % DK_PARTS, acc[i]);
        }
    }
}

#define DK_DEFINE_GRADIENT(V, C, K)                                                               \
    DK_ENTRY void gradient_##V##_##C##_##K(const gradient_work *w) {                              \
        accumulate_gradient(w, V, C, K);                                                          \
    }
DK_GRADIENT_LEAVES(DK_DEFINE_GRADIENT)

#define DK_LIST_GRADIENT(V, C, K) [V][C][K] = gradient_##V##_##C##_##K,
static const gradient_leaf gradient_leaves[3][17][DK_MAX_KERNEL + 1] = {
    DK_GRADIENT_LEAVES(DK_LIST_GRADIENT)};

// Rows and pixels of the small side whose sums are taken together, of one kernel row.
typedef struct {
    int32_t row, rows, x, pixels, ky, is_first, is_last;
} band_piece;

DK_ENTRY void piece_gradient(const dk_weight_gradient *w, const band_piece *piece, int32_t vector,
                             int32_t vectors, float *partial) {
    int32_t terms = DK_GRADIENT_TERMS(vectors);
    int32_t most = terms < DK_GRADIENT_CHANNELS ? terms : DK_GRADIENT_CHANNELS;
    int32_t groups = (w->channels + most - 1) / most;
    gradient_work work = {
        .small_row_stride = w->small_row_stride,
        .large_row_stride = w->stride * w->large_row_stride,
        .small_vector_stride = w->small_vector_stride,
        .large_step = (ptrdiff_t)DK_STEP_PIXELS * w->stride * 64,
        .rows = piece->rows,
        .steps = (piece->pixels + DK_STEP_PIXELS - 1) / DK_STEP_PIXELS,
        .is_first = piece->is_first,
        .is_last = piece->is_last,
        .replaces = w->replaces,
        .partial_stride = DK_MAX_KERNEL * 256,
        .gradient_stride = w->gradient_vector_stride,
        .small = (const char *)w->small + vector * w->small_vector_stride
            + piece->row * w->small_row_stride + piece->x / DK_STEP_PIXELS * 64,
    };
    const char *large = (const char *)w->large
        + (piece->row * w->stride + piece->ky) * w->large_row_stride
        + (ptrdiff_t)piece->x * w->stride * 64;
    float *gradient = w->gradient + vector * w->gradient_vector_stride
        + (ptrdiff_t)piece->ky * w->kernel * 256;
    for (int32_t group = 0; group < groups; group++) {
        int32_t channel = w->channels * group / groups;
        int32_t channels = w->channels * (group + 1) / groups - channel;
        int32_t taps = channels > 4 ? 1 : terms / channels;
        if (taps > w->kernel) taps = w->kernel;
        int32_t parts = (w->kernel + taps - 1) / taps;
        for (int32_t part = 0; part < parts; part++) {
            int32_t kx = w->kernel * part / parts, next = w->kernel * (part + 1) / parts;
            work.large = large + kx * 64 + channel * 4;
            work.partial = partial + kx * 256 + channel * DK_LANES;
            work.gradient = gradient + kx * 256 + channel * DK_LANES;
            gradient_leaves[vectors][channels][next - kx](&work);
        }
    }
}

DK_ENTRY void weight_gradient(const dk_weight_gradient *w) {
    float partial[DK_GRADIENT_VECTORS * DK_MAX_KERNEL * 256] __attribute__((aligned(64)));
    int32_t rows = DK_BAND_PIXELS / w->count, pixels = w->count;
    if (rows == 0 && w->count > DK_BAND_PIXELS * 3 / 2) pixels = DK_BAND_PIXELS;
    if (rows == 0) rows = 1;
    int32_t vectors;
    for (int32_t vector = 0; vector < w->vectors; vector += vectors) {
        vectors = w->vectors - vector < DK_GRADIENT_VECTORS ? 1 : DK_GRADIENT_VECTORS;
        for (int32_t ky = w->first_kernel_row; ky < w->first_kernel_row + w->kernel_rows; ky++) {
            for (int32_t y = 0; y < w->rows; y += rows) {
                for (int32_t x = 0; x < w->count; x += pixels) {
                    const band_piece piece = {
                        .row = y,
                        .rows = y + rows < w->rows ? rows : w->rows - y,
                        .x = x,
                        .pixels = x + pixels < w->count ? pixels : w->count - x,
                        .ky = ky,
                        .is_first = y == 0 && x == 0,
                        .is_last = y + rows >= w->rows && x + pixels >= w->count,
                    };
                    piece_gradient(w, &piece, vector, vectors, partial);
                }
            }
        }
    }
}

#define DK_SUM_FUNCTIONS                                                                          \
    .convolution_row = convolution_row, .convolution_rows = convolution_rows,                     \
    .weight_gradient = weight_gradient
