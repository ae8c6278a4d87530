// The start-up self-test: a variant must give the generic code's bits on a small random problem.
//
// It is what stands between a processor whose vdpbf16ps adds in another order, or that flushes what
// the quantiser's range does not cover, and a result that no other host reproduces.
#include "variants.h"

enum {
    DK_TEST_PIXELS = 21,
    DK_TEST_BLOCKS = 2,
    DK_TEST_VECTORS = 7,
    DK_TEST_TAPS = 3,
    DK_TEST_TILE = 512,
    DK_TEST_ROWS = 3,
};

// Only dk_agrees_with_generic touches these, and only one thread, once, calls it.
typedef struct {
    dk_bf16 pixels[DK_TEST_ROWS * 2 + 1][DK_TEST_PIXELS * 2 + 2][DK_LANES];
    dk_bf16 small[DK_TEST_VECTORS][DK_TEST_ROWS][DK_TEST_PIXELS][DK_LANES];
    dk_bf16 weights[DK_TEST_VECTORS][DK_TEST_BLOCKS * DK_TEST_TAPS][DK_TEST_TILE / 2];
    float factors[6][DK_LANES];
} test_input;

typedef struct {
    dk_bf16 rows[6][DK_TEST_PIXELS][DK_LANES];
    float sums[5][DK_LANES];
    float convolution[2][DK_TEST_VECTORS][DK_TEST_PIXELS][DK_LANES];
    float thin[DK_TEST_PIXELS][DK_LANES];
    float gradient[2][3][9][256];
    float thin_gradient[9][256];
    float optimized[3][512];
    dk_bf16 stored[512];
} test_output;

typedef struct {
    _Alignas(64) char tile[DK_TEST_BLOCKS][(DK_TEST_PIXELS * 2 + 2) * 64];
    _Alignas(64) char weights[DK_TEST_VECTORS][DK_TEST_BLOCKS * DK_TEST_TAPS][1024];
    _Alignas(64) char thin[DK_TEST_BLOCKS][DK_LANES * (DK_TEST_PIXELS + 32) * 4];
    _Alignas(64) char small[3][DK_TEST_ROWS][DK_TEST_PIXELS * 64 + 64];
    _Alignas(64) char large[DK_TEST_ROWS * 2 + 1][(DK_TEST_PIXELS * 2 + 2) * 64 + 64];
} test_scratch;

static test_input input;
static test_output expected, found;
static test_scratch scratch;

static uint32_t next_random(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 32);
}

// bf16 with eight exponents, so that every reordering of a sum shows.
static void fill(dk_bf16 *values, size_t count, uint64_t *state) {
    for (size_t i = 0; i < count; i++) {
        uint32_t random = next_random(state);
        values[i] = (dk_bf16)((random & 0x807F) | (0x3C80 + ((random >> 16 & 7) << 7)));
    }
}

static void fill_input(void) {
    uint64_t state = 20210715;
    fill(&input.pixels[0][0][0], sizeof input.pixels / 2, &state);
    fill(&input.small[0][0][0][0], sizeof input.small / 2, &state);
    fill(&input.weights[0][0][0], sizeof input.weights / 2, &state);
    for (int i = 0; i < 6 * DK_LANES; i++) {
        float fraction = (float)(next_random(&state) >> 8) * 0x1p-24f;
        input.factors[i / DK_LANES][i % DK_LANES] = 0.25f + fraction;
    }
}

static void run_rows(const dk_kernels *k, test_output *out) {
    // What the quantiser treats apart, and what tanh does.
    static const dk_bf16 odd_values[8] = {0x7FC0, 0xFF80, 0x7F80, 0x2380,
                                          0xA37F, 0x8000, 0x5EFF, 0x7F7F};
    dk_bf16 row[DK_TEST_PIXELS][DK_LANES];
    memcpy(row, input.pixels[0], sizeof row);
    const dk_normalization n = {input.factors[0], input.factors[1], input.factors[2],
                                input.factors[3]};
    const dk_prologue tanh_prologue = {.activation = DK_TANH};
    const dk_prologue normalizing = {n, DK_LEAKY_RELU, 0.01f};
    k->prologue_row(out->rows[0][0], row[0], input.pixels[1][0], DK_TEST_PIXELS, &normalizing);
    const dk_error_prologue error = {input.factors[0], input.factors[1], input.factors[2],
                                     input.factors[4], input.factors[5]};
    k->error_row(out->rows[1][0], row[0], input.pixels[1][0], DK_TEST_PIXELS, &error);
    const dk_epilogue epilogue = {input.factors[5], DK_TANH, 0.2f, n, DK_LEAKY_RELU, 0.2f,
                                  DK_ERROR_SUMS};
    float acc[DK_TEST_PIXELS][DK_LANES];
    for (int i = 0; i < DK_TEST_PIXELS * DK_LANES; i++) {
        int lane = i % DK_LANES;
        acc[i / DK_LANES][lane] = input.factors[i / DK_LANES % 6][lane] - 0.7f;
    }
    k->epilogue_row(out->rows[2][0], acc[0], NULL, row[0], input.pixels[2][0], DK_TEST_PIXELS,
                    &epilogue, out->sums[0]);
    const dk_epilogue plain = {.bias = input.factors[4], .statistics = DK_MOMENTS};
    k->epilogue_row(out->rows[3][0], acc[0], NULL, NULL, NULL, DK_TEST_PIXELS, &plain,
                    out->sums[2]);
    k->sum_row(out->sums[4], row[0], DK_TEST_PIXELS);
    memcpy(row[1], odd_values, sizeof odd_values);
    k->prologue_row(out->rows[4][0], row[0], NULL, DK_TEST_PIXELS, &tanh_prologue);
    k->prologue_row(out->rows[5][0], row[0], row[1], DK_TEST_PIXELS - 1, &normalizing);
}

static void run_convolution(const dk_kernels *k, test_output *out) {
    const ptrdiff_t pixel = k->tile_element_bytes * DK_LANES;
    for (int block = 0; block < DK_TEST_BLOCKS; block++) {
        k->place_row(scratch.tile[block], input.pixels[block][0], DK_TEST_PIXELS * 2 + 2);
    }
    for (int vector = 0; vector < DK_TEST_VECTORS; vector++) {
        for (int unit = 0; unit < DK_TEST_BLOCKS * DK_TEST_TAPS; unit++) {
            k->load_weight_tile((char *)scratch.weights[vector] + unit * k->weight_tile_bytes,
                                input.weights[vector][unit], vector & 1);
        }
    }
    for (int stride = 1; stride <= 2; stride++) {
        const int32_t offsets[DK_TEST_TAPS] = {0, (int32_t)pixel, (int32_t)pixel * 2};
        const dk_convolution_row row = {
            .tile = scratch.tile,
            .block_stride = sizeof scratch.tile[0],
            .tap_offset = offsets,
            .taps = DK_TEST_TAPS,
            .blocks = DK_TEST_BLOCKS,
            .last_channels = stride == 1 ? 6 : 16, // a whole pair: lanes beyond are not zero here
            .pixel_stride = pixel * stride,
            .weights = scratch.weights,
            .vector_stride = sizeof scratch.weights[0],
            .vectors = DK_TEST_VECTORS,
            .count = stride == 1 ? DK_TEST_PIXELS : 5,
            .out = out->convolution[stride - 1][0][0],
            .out_pixel_stride = DK_LANES,
            .out_vector_stride = DK_TEST_PIXELS * DK_LANES,
        };
        k->convolution_row(&row);
    }
}

static void run_thin_convolution(const dk_kernels *k, test_output *out) {
    const ptrdiff_t plane = (ptrdiff_t)k->thin_plane_bytes(DK_TEST_PIXELS + 2);
    for (int block = 0; block < DK_TEST_BLOCKS; block++) {
        k->place_row_thin(scratch.thin[block], input.pixels[block][0], DK_TEST_PIXELS + 2);
    }
    const int32_t offsets[DK_TEST_TAPS] = {0, 4, 8};
    const dk_convolution_row row = {
        .tile = scratch.thin,
        .block_stride = sizeof scratch.thin[0],
        .tap_offset = offsets,
        .taps = DK_TEST_TAPS,
        .blocks = DK_TEST_BLOCKS,
        .last_channels = 6,
        .pixel_stride = plane,
        .weights = scratch.weights,
        .vectors = 3,
        .count = DK_TEST_PIXELS,
        .out = out->thin[0],
        .out_pixel_stride = DK_LANES,
    };
    k->convolution_row_thin(&row);
}

static void run_gradient(const dk_kernels *k, test_output *out) {
    for (int stride = 1; stride <= 2; stride++) {
        const int32_t large_count = (DK_TEST_PIXELS - 1) * stride + 3;
        for (int y = 0; y < DK_TEST_ROWS * 2 + 1; y++) {
            k->pack_large_row(scratch.large[y], input.pixels[y][0], large_count, stride);
        }
        for (int i = 0; i < 3 * DK_TEST_ROWS; i++) {
            int vector = i / DK_TEST_ROWS, y = i % DK_TEST_ROWS;
            k->pack_small_row(scratch.small[vector][y], input.small[vector][y][0], DK_TEST_PIXELS);
        }
        const dk_weight_gradient gradient = {
            .small = scratch.small,
            .small_row_stride = sizeof scratch.small[0][0],
            .small_vector_stride = sizeof scratch.small[0],
            .vectors = 3,
            .large = scratch.large,
            .large_row_stride = sizeof scratch.large[0],
            .rows = DK_TEST_ROWS,
            .count = DK_TEST_PIXELS,
            .large_count = large_count,
            .kernel = 3,
            .stride = stride,
            .channels = stride == 1 ? 3 : 16,
            .kernel_rows = 3,
            .replaces = stride == 1,
            .gradient = out->gradient[stride - 1][0][0],
            .gradient_vector_stride = 9 * 256,
        };
        k->weight_gradient(&gradient);
        if (stride == 2) continue;
        dk_weight_gradient thin = gradient;
        thin.gradient = out->thin_gradient[0];
        k->weight_gradient_thin(&thin, 3);
    }
}

static void run_optimizers(const dk_kernels *k, test_output *out) {
    float *p = out->optimized[0], *m = out->optimized[1], *v = out->optimized[2], g[512];
    for (int i = 0; i < 512; i++) {
        g[i] = input.factors[i % 6][i % DK_LANES] - 0.75f;
        p[i] = m[i] = input.factors[i % 5][i % DK_LANES] - 0.5f;
        v[i] = g[i] * g[i];
    }
    const dk_adam parameters = {0.5f, 0.5f, 0.999f, 0.001f, 1e-8f, 0.01f, 0.5f};
    k->adam(p, m, v, g, out->stored, 512, &parameters);
    k->sgd(p, m, g, out->stored, 256, 0.01f, 0.9f);
    k->store_weights(out->stored + 256, p + 256, 256);
}

static void run(const dk_kernels *k, test_output *out) {
    memset(out, 0, sizeof *out);
    memset(&scratch, 0, sizeof scratch);
    run_rows(k, out);
    run_convolution(k, out);
    run_thin_convolution(k, out);
    run_gradient(k, out);
    run_optimizers(k, out);
}

int dk_agrees_with_generic(const dk_kernels *candidate) {
    fill_input();
    run(dk_entry_generic.kernels, &expected);
    run(candidate, &found);
    return memcmp(&expected, &found, sizeof expected) == 0;
}
