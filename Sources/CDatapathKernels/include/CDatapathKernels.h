// The datapath's arithmetic in vector C: one table of leaf functions a kernel variant, the same
// bits from each.
//
// Numerics contract (DatapathNumerics is the scalar reference):
//  * maps are bf16, 16 channels a pixel (NCHW16c): a "row" is `count` pixels of one channel
//    block, 32 bytes a pixel; lanes beyond the channel count hold zero;
//  * products of two bf16 values are exact in fp32, so fusing them into an add changes nothing;
//    every other fp32 operation is rounded on its own: no contraction, no reassociation;
//  * Q is the quantiser fp32 -> bf16: NaN -> 0x7FC0; |x| < 2^-56 -> +0; clamp to +-0x5EFF;
//    otherwise round to nearest even.
//
//
// dk_tanh(x), fp32, every line one rounding, `select` and comparisons as IEEE (NaN compares false):
//    1  a = |x|;  a = a < 10 ? a : 10
//    2  small branch, its result used where a < 0.0625 (0x1p-4):
//         s = a * a
//         u = s * 0x1.111112p-3f          (2/15)
//         u = u - 0x1.555556p-2f          (1/3)
//         u = u * s
//         u = u * a
//         t = a + u
//    3  large branch, otherwise:
//         y = a + a
//         k = y * 0x1.715476p+0f          (log2 e)
//         k = k + 12582912.0f             (1.5 * 2^23: rounds to the nearest integer, ties to even)
//         k = k - 12582912.0f             (0...29)
//         r = k * 0x1.63p-1f              (ln 2, high part: this product is exact)
//         r = y - r
//         q = k * -0x1.bd0106p-13f        (ln 2, low part)
//         r = r - q
//         e = 0x1.6c16c2p-10f             (1/720)
//         e = e * r;  e = e + 0x1.111112p-7f   (1/120)
//         e = e * r;  e = e + 0x1.555556p-5f   (1/24)
//         e = e * r;  e = e + 0x1.555556p-3f   (1/6)
//         e = e * r;  e = e + 0.5f
//         e = e * r;  e = e + 1.0f
//         e = e * r;  e = e + 1.0f
//         e = e * 2^k                     (the float with the bits (int(k) + 127) << 23; exact)
//         e = e + 1.0f
//         t = 2.0f / e
//         t = 1.0f - t
//    4  the sign bit of x is copied to t;  x NaN: the result is NaN (Q makes it 0x7FC0).
// Relative error below 2^-19 everywhere; +-1 exactly from |x| = 10 on.
//
// Read literally where a value is already Q's: Q is idempotent, so a Q more or less of a value
// that Q returned is the same bits. Stored maps must hold Q's values only.
//
// A vector may work on whole pairs of channels or pixels: lanes beyond the channel count hold zero
// in maps and in weight tiles, also those that `last_channels` excludes. Which NaN an fp32 sum
// holds is open. Any alignment is correct; tiles, weight tiles, packed rows and sums on 64 bytes
// are fast.
//
// No function allocates, keeps state or writes outside what its comment names. The floating-point
// environment is the default one (round to nearest; no flushing, which only Adam's g * g could
// see).
#ifndef DATAPATH_KERNELS_H
#define DATAPATH_KERNELS_H

#include <stddef.h>
#include <stdint.h>

typedef uint16_t dk_bf16;

enum { DK_LANES = 16 };

enum dk_activation {
    DK_IDENTITY = 0,
    DK_RELU = 1,       // v > 0 ? v : +0
    DK_LEAKY_RELU = 2, // v > 0 ? v : slope * v
    DK_TANH = 3,       // dk_tanh: the ordered approximation DatapathNumerics documents
};

// Normalisation of one channel block. Pointers are to 16 floats; `mean` NULL: no normalisation;
// `scale` NULL: no affine part.
//   x = (v - mean) * inverse_deviation;  v = Q(scale ? scale * x + shift : x)
typedef struct {
    const float *mean;
    const float *inverse_deviation;
    const float *scale;
    const float *shift;
} dk_normalization;

// Read side of a forward pass: v = normalised(source); v = Q(activation(v));
// then, if skip, v = Q(v + skip).
typedef struct {
    dk_normalization normalization;
    int32_t activation;
    float slope;
} dk_prologue;

// Read side of a backward pass through an instance norm:
//   x = (y - mean) * inverse_deviation;  t = e - mean_error;  t = t - x * mean_product;
//   v = Q((scale ? scale * inverse_deviation : inverse_deviation) * t)
// mean_error and mean_product are S1/n and S2/n, 16 floats each.
typedef struct {
    const float *mean;
    const float *inverse_deviation;
    const float *scale; // may be NULL
    const float *mean_error;
    const float *mean_product;
} dk_error_prologue;

enum dk_statistics {
    DK_NO_STATISTICS = 0,
    DK_MOMENTS = 1,    // first += v;  second += v * v
    DK_ERROR_SUMS = 2, // first += v;  second += v * x, x from the mask's normalisation
};

// Write side, in this order:
//   v = acc; if bias: v = v + bias;  v = Q(v);  if activation: v = Q(activation(v));
//   if skip: v = Q(v + skip);  if mask: v = Q(v * derivative(mask));  store;  statistics of v.
// derivative: z = mask value, normalised by `normalization` where that has a mean (z is then the
// activation's input; without it z is the activation's output);
//   relu: z > 0 ? 1 : 0;  leaky: z > 0 ? 1 : slope;  tanh: 1 - z * z;  identity: 1 (no multiply).
typedef struct {
    const float *bias; // 16 floats or NULL
    int32_t activation;
    float slope;
    dk_normalization normalization; // of `mask`
    int32_t mask_activation;
    float mask_slope;
    int32_t statistics;
} dk_epilogue;

// One row of convolution sums (FP, EP): out[vector][pixel][lane], fp32.
// For each output pixel p (0..<count) and output lane:
//   acc = +0
//   for block in 0..<blocks: for tap in 0..<taps: for channel 15 -> 0 (last block:
//   from last_channels - 1):
//     acc = acc + tile[block][tap_offset[tap] + p * pixel_stride][channel]
//                 * weights[block][tap][channel][lane]
typedef struct {
    const void *tile;            // tile elements (see tile_element_bytes), 16 a pixel
    ptrdiff_t block_stride;      // bytes between channel blocks of the tile
    const int32_t *tap_offset;   // bytes, `taps` of them
    int32_t taps;
    int32_t blocks;
    int32_t last_channels;       // channels in the last block, 1...16
    ptrdiff_t pixel_stride;      // bytes between pixels of the tile: one or two pixels
    const void *weights;         // weight tiles (see weight_tile_bytes), [block][tap], one vector
    ptrdiff_t vector_stride;     // bytes between the weights of consecutive output vectors
    int32_t vectors;             // output vectors of 16 lanes, >= 1
    int32_t count;               // output pixels, >= 1
    float *out;
    ptrdiff_t out_pixel_stride;  // floats between output pixels: 16 or 32
    ptrdiff_t out_vector_stride; // floats between output vectors
} dk_convolution_row;

// One group of weight-gradient sums over a band:
//   for tap in taps, for channel i in 0..<channels (<= 16), lane o:
//     acc = +0
//     for row in 0..<rows: for x in 0..<count: 
//         acc = acc + small[row][x][o] * large[row * stride + ky][x * stride + kx][i]
//     gradient[tap][i][o] = replaces ? acc : gradient[tap][i][o] + acc
// taps are those of kernel rows first_kernel_row..<first_kernel_row + kernel_rows.
// `gradient` is fp32, [tap = ky * kernel + kx][16][16] for a vector; channels beyond
// `channels` are left alone.
typedef struct {
    const void *small;           // packed by pack_small_row, one channel block
    ptrdiff_t small_row_stride;  // bytes between packed rows
    ptrdiff_t small_vector_stride; // bytes between consecutive small channel blocks
    int32_t vectors;             // small channel blocks (lane vectors), 1...; maybe two at once
    const void *large;           // packed by pack_large_row, a channel block from the band's row 0
    ptrdiff_t large_row_stride;  // bytes between packed rows
    int32_t rows;                // rows of the band (small side)
    int32_t count;               // pixels in a small row
    int32_t large_count;         // pixels in a packed large row, padding included
    int32_t kernel;              // 1...7
    int32_t stride;              // 1...2
    int32_t channels;            // large channels in this block, 1...16
    int32_t first_kernel_row;    // first ky to sum
    int32_t kernel_rows;         // kernel rows to sum, 1...kernel
    int32_t replaces;            // 1: the gradient in memory is not read
    float *gradient;             // first vector's
    ptrdiff_t gradient_vector_stride; // floats between the vectors' gradients
} dk_weight_gradient;

// Adam and SGD over fp32 values; `n` a multiple of 16. All roundings separate, in this order:
//   m = beta1 * m + one_minus_beta1 * g;  v = beta2 * v + one_minus_beta2 * (g * g);
//   p = p - step_size * (m / (sqrt(v) / correction + epsilon))
// SGD: m = momentum * m + g (when moment is not NULL, else m = g);  p = p - step_size * m
typedef struct {
    float beta1, one_minus_beta1, beta2, one_minus_beta2, epsilon;
    float step_size;  // learning rate / (1 - beta1^t)
    float correction; // sqrt(1 - beta2^t)
} dk_adam;

typedef struct {
    const char *name;             // "sse2", "avx2", "avx512", "avx512bf16", "neon", "generic"
    int32_t tile_element_bytes;   // 2 (bf16) or 4 (fp32): a tile pixel is 16 elements
    int32_t weight_tile_bytes;    // one 16 x 16 weight tile as convolution_row wants it
    int32_t uses_stored_weights;  // 1: a stored forward tile is a weight tile as it stands

    // Pixels: plain bf16 rows.
    void (*prologue_row)(dk_bf16 *out, const dk_bf16 *source, const dk_bf16 *skip, int32_t count,
                         const dk_prologue *);
    void (*error_row)(dk_bf16 *out, const dk_bf16 *error, const dk_bf16 *y, int32_t count,
                      const dk_error_prologue *);
    // acc may be NULL: then v starts from `source` (bf16) without bias, and the first Q is exact.
    // acc is dense, 16 floats a pixel. Error sums need a mask. sums: [2][16] floats, written
    // (not added to), if statistics.
    void (*epilogue_row)(dk_bf16 *out, const float *acc, const dk_bf16 *source, const dk_bf16 *skip,
                         const dk_bf16 *mask, int32_t count, const dk_epilogue *, float *sums);
    // sums[16] = sum of the row over x ascending, from +0.
    void (*sum_row)(float *sums, const dk_bf16 *row, int32_t count);

    // Tiles.
    void (*place_row)(void *tile, const dk_bf16 *row, int32_t count); // pixels -> tile elements
    // A stored bf16 weight tile is [8 pairs][16 o][2]: element (i, o) at
    // ((i / 2) * 16 + o) * 2 + i % 2.
    // transposed: the sum runs over o and the lanes are i.
    void (*load_weight_tile)(void *tile, const dk_bf16 *stored, int32_t transposed);
    void (*convolution_row)(const dk_convolution_row *);

    // Weight gradient. Packed sizes in bytes for one row of one channel block.
    size_t (*small_row_bytes)(int32_t count);
    size_t (*large_row_bytes)(int32_t large_count, int32_t stride);
    void (*pack_small_row)(void *out, const dk_bf16 *row, int32_t count);
    // The row is already padded.
    void (*pack_large_row)(void *out, const dk_bf16 *row, int32_t large_count, int32_t stride);
    void (*weight_gradient)(const dk_weight_gradient *);

    // Optimizers. stored != NULL: n is a whole number of 16 x 16 tiles [i][o] and the bf16 working
    // copy Q(p) is written pair-interleaved as load_weight_tile reads it.
    void (*adam)(float *p, float *m, float *v, const float *g, dk_bf16 *stored, size_t n,
                 const dk_adam *);
    void (*sgd)(float *p, float *m, const float *g, dk_bf16 *stored, size_t n,
                float step_size, float momentum);
    // Q(p) into the working copy alone.
    void (*store_weights)(dk_bf16 *stored, const float *p, size_t n);

    // `rows` output rows at once, the same sums: row y reads the tile from y * tile_row_stride
    // bytes on and writes from y * out_row_stride floats on. Weights pass through the cache once
    // for all rows, which is what small maps with many weights need.
    void (*convolution_rows)(const dk_convolution_row *, int32_t rows, ptrdiff_t tile_row_stride,
                             ptrdiff_t out_row_stride);

    // Few output channels (1...8), where 16 output lanes would mostly be empty: the same sums in
    // the same order, so the same bits.
    //
    // Convolution, stride 1. Tile rows have the pixels in the lanes: 4 * tile_element_bytes planes
    // of thin_plane_bytes(count) bytes, 4 bytes a pixel. In dk_convolution_row: tap_offset is
    // ky * (bytes from row to row) + kx * 4; pixel_stride is the bytes between planes, which is
    // thin_plane_bytes(count placed); `vectors` is the number of output channels; vector_stride is
    // not read; weights are load_weight_tile's. out[pixel] is 16 floats, +0 beyond the channels.
    size_t (*thin_plane_bytes)(int32_t count);
    void (*place_row_thin)(void *tile, const dk_bf16 *row, int32_t count); // slack is written too
    void (*convolution_row_thin)(const dk_convolution_row *);
    // Weight gradient whose small side has `outputs` channels: arguments and packed rows as for
    // weight_gradient, one vector; gradient lanes beyond the outputs are left alone.
    void (*weight_gradient_thin)(const dk_weight_gradient *, int32_t outputs);
} dk_kernels;

// Variants this build has and this processor can run, best first; `index` from 0; NULL past the
// end.
// A variant is listed only after its start-up self-test agreed with the generic code.
const dk_kernels *dk_variant(int32_t index);

// Floating-point operations a second that the variant's multiply-accumulate instruction can reach
// on this core: a register-only loop run for about `seconds`. 2 operations a multiply-accumulate.
double dk_probe_peak(const dk_kernels *, double seconds);

#endif
