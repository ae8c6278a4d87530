// Speed of each kernel variant on the layers of a face-modification GAN, as a share of the peak
// that the variant's own multiply-accumulate reaches on registers, probed next to each measurement.
#define _POSIX_C_SOURCE 200809L
#include "kernel-check.h"

#include <stdio.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// The best of several rounds of at least 20 ms each.
#define BEST_SECONDS(result, statement)                                                           \
    do {                                                                                          \
        long repetitions = 1;                                                                     \
        result = 1e9;                                                                             \
        for (int round = 0; round < 12;) {                                                        \
            double begin = now();                                                                 \
            for (long r = 0; r < repetitions; r++) statement;                                     \
            double elapsed = now() - begin;                                                       \
            if (elapsed < 0.01) {                                                                 \
                repetitions *= 2;                                                                 \
                continue;                                                                         \
            }                                                                                     \
            if (elapsed / (double)repetitions < result) result = elapsed / (double)repetitions;   \
            round++;                                                                              \
        }                                                                                         \
    } while (0)

static void report(const dk_kernels *k, const char *what, int kernel, int stride, int width,
                   int from, int to, double operations, double seconds) {
    char shape[64];
    snprintf(shape, sizeof shape, "%d->%d %dx%d / %d, %d wide", from, to, kernel, kernel, stride,
             width);
    double peak = dk_probe_peak(k, 0.02), rate = operations / seconds;
    printf("%-10s %-9s %-30s %7.1f GFLOP/s  %5.1f %% of %.1f\n", k->name, what, shape, rate * 1e-9,
           100 * rate / peak, peak * 1e-9);
    fflush(stdout);
}

static void bench_convolution(const dk_kernels *k, convolution_shape s) {
    convolution_buffers b = place_convolution(k, &s);
    ptrdiff_t row_floats = (ptrdiff_t)s.width * DK_LANES;
    b.row.out = aligned_alloc(64, (size_t)(row_floats * s.vectors * s.rows * 4));
    b.row.out_pixel_stride = DK_LANES;
    b.row.out_vector_stride = row_floats * s.rows;
    double seconds;
    BEST_SECONDS(seconds, run_convolution(k, &b, s.rows, row_floats, s.width < 16));
    double operations = 2.0 * s.width * s.rows * s.channels * s.vectors * 16 * s.kernel * s.kernel;
    report(k, "FP/EP", s.kernel, s.stride, s.width, s.channels, s.vectors * 16, operations,
           seconds);
    free(b.row.out);
    free_convolution(&b);
}

static void bench_thin_convolution(const dk_kernels *k, convolution_shape s) {
    convolution_buffers b = place_thin_convolution(k, &s);
    b.row.out = aligned_alloc(64, (size_t)s.width * 64);
    b.row.out_pixel_stride = DK_LANES;
    double seconds;
    BEST_SECONDS(seconds, k->convolution_row_thin(&b.row));
    double operations = 2.0 * s.width * s.channels * s.vectors * s.kernel * s.kernel;
    report(k, "thin", s.kernel, s.stride, s.width, s.channels, s.vectors, operations, seconds);
    free(b.row.out);
    free_convolution(&b);
}

static void bench_gradient(const dk_kernels *k, gradient_shape s) {
    gradient_buffers b = place_gradient(k, &s);
    ptrdiff_t floats = s.kernel * s.kernel * 256;
    b.gradient.gradient = aligned_alloc(64, (size_t)(floats * s.vectors) * 4);
    memset(b.gradient.gradient, 0, (size_t)(floats * s.vectors) * 4);
    b.gradient.gradient_vector_stride = floats;
    double seconds;
    BEST_SECONDS(seconds, k->weight_gradient(&b.gradient));
    double operations = 2.0 * s.width * s.rows * s.channels * s.vectors * 16 * s.kernel * s.kernel;
    report(k, "WG", s.kernel, s.stride, s.width, s.channels, s.vectors * 16, operations, seconds);
    if (s.lanes < DK_LANES) {
        BEST_SECONDS(seconds, k->weight_gradient_thin(&b.gradient, s.lanes));
        report(k, "thin WG", s.kernel, s.stride, s.width, s.channels, s.lanes,
               operations / DK_LANES * s.lanes, seconds);
    }
    free(b.gradient.gradient);
    free_gradient(&b);
}

static void report_row(const dk_kernels *k, const char *name, double pixels, double seconds) {
    printf("%-10s %-9s %-30s %7.2f ns a pixel of 16 channels\n", k->name, "row", name,
           seconds / pixels * 1e9);
}

static void bench_rows(const dk_kernels *k) {
    enum { N = 64 };
    static dk_bf16 maps[4][N * 16];
    static float f[6][16], acc[N * 16], sums[32];
    for (int i = 0; i < 4 * N * 16; i++) maps[i % 4][i / 4] = stored_value(0);
    for (int i = 0; i < 6 * 16; i++) f[i % 6][i / 6] = 0.5f;
    for (int i = 0; i < N * 16; i++) acc[i] = (float)(i % 37) * 0.125f - 2;
    dk_normalization n = {f[0], f[1], f[2], f[3]};
    double s;
    dk_prologue p = {n, DK_RELU, 0};
    BEST_SECONDS(s, k->prologue_row(maps[3], maps[0], NULL, N, &p));
    report_row(k, "prologue, affine + relu", N, s);
    BEST_SECONDS(s, k->prologue_row(maps[3], maps[0], maps[1], N, &p));
    report_row(k, "prologue, affine + relu + skip", N, s);
    dk_error_prologue e = {f[0], f[1], f[2], f[4], f[5]};
    BEST_SECONDS(s, k->error_row(maps[3], maps[0], maps[1], N, &e));
    report_row(k, "error", N, s);
    dk_epilogue moments = {.statistics = DK_MOMENTS};
    BEST_SECONDS(s, k->epilogue_row(maps[3], acc, NULL, NULL, NULL, N, &moments, sums));
    report_row(k, "epilogue, moments", N, s);
    dk_epilogue masked = {.normalization = n, .mask_activation = DK_RELU,
                          .statistics = DK_ERROR_SUMS};
    BEST_SECONDS(s, k->epilogue_row(maps[3], acc, NULL, NULL, maps[1], N, &masked, sums));
    report_row(k, "epilogue, mask + error sums", N, s);
    dk_epilogue tanh = {.bias = f[4], .activation = DK_TANH};
    BEST_SECONDS(s, k->epilogue_row(maps[3], acc, NULL, NULL, NULL, N, &tanh, sums));
    report_row(k, "epilogue, bias + tanh", N, s);
    static char tile[4 * N * 64];
    BEST_SECONDS(s, k->place_row(tile, maps[0], N));
    report_row(k, "place", N, s);
    BEST_SECONDS(s, k->pack_small_row(tile, maps[0], N));
    report_row(k, "pack small", N, s);
    BEST_SECONDS(s, k->pack_large_row(tile, maps[0], N, 1));
    report_row(k, "pack large", N, s);
    BEST_SECONDS(s, k->load_weight_tile(tile, maps[0], 0));
    report_row(k, "weight tile (16 x 16)", 1, s);
    BEST_SECONDS(s, k->load_weight_tile(tile, maps[0], 1));
    report_row(k, "weight tile, transposed", 1, s);
    static float weights[4][16384];
    static dk_bf16 stored[16384];
    dk_adam a = {0.5f, 0.5f, 0.999f, 0.001f, 1e-8f, 1e-4f, 1};
    for (int i = 0; i < 16384; i++) weights[3][i] = (float)(i % 29) * 1e-3f;
    BEST_SECONDS(s, k->adam(weights[0], weights[1], weights[2], weights[3], stored, 16384, &a));
    report_row(k, "Adam (16 weights)", 1024, s);
}

// Kernel, stride, output width, rows, input channels, vectors of output channels.
static const convolution_shape convolutions[] = {
    {3, 1, 64, 4, 128, 8, 0, 0}, {3, 1, 64, 4, 64, 4, 0, 0},  {4, 2, 64, 4, 32, 4, 0, 0},
    {7, 1, 256, 4, 8, 2, 0, 0},  {7, 1, 256, 4, 3, 1, 0, 0},  {7, 1, 256, 4, 32, 1, 0, 0},
    {3, 1, 64, 8, 16, 1, 0, 0},  {4, 2, 8, 8, 256, 16, 0, 0}, {4, 2, 4, 4, 512, 32, 0, 0},
};

// The same with the number of output channels.
static const convolution_shape thin_convolutions[] = {
    {7, 1, 256, 1, 32, 3, 0, 0},
    {7, 1, 128, 1, 64, 8, 0, 0},
};

// Kernel, stride, small width, rows of the band, large channels, small vectors, small channels.
static const gradient_shape gradients[] = {
    {3, 1, 64, 16, 16, 8, 16, 0}, {3, 1, 64, 16, 16, 4, 16, 0}, {4, 2, 64, 16, 16, 4, 16, 0},
    {7, 1, 256, 4, 8, 2, 16, 0},  {7, 1, 256, 4, 3, 2, 16, 0},  {3, 1, 64, 16, 16, 1, 16, 0},
    {4, 2, 4, 4, 16, 32, 16, 0},  {7, 1, 256, 4, 16, 1, 3, 0},
};

#define DK_COUNT(array) (sizeof array / sizeof array[0])

void bench(const char *variant) {
    for (int32_t i = 0; dk_variant(i); i++) {
        const dk_kernels *k = dk_variant(i);
        if (variant ? strcmp(variant, k->name) != 0 : !strcmp(k->name, "generic")) continue;
        for (size_t s = 0; s < DK_COUNT(convolutions); s++) bench_convolution(k, convolutions[s]);
        for (size_t s = 0; s < DK_COUNT(thin_convolutions); s++) {
            bench_thin_convolution(k, thin_convolutions[s]);
        }
        for (size_t s = 0; s < DK_COUNT(gradients); s++) bench_gradient(k, gradients[s]);
        bench_rows(k);
    }
}
