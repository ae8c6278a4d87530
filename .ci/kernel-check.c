// Checks every kernel variant of this processor against the generic code, bit for bit, on random
// problems, and prints a digest of the generic results: hosts of every kind must print the same.
//
//   kernel-check [--problems N] [--require NAME]... [--bench [NAME]]
//
// --require fails when a variant is not listed; --bench measures instead of checking.
#include "kernel-check.h"

#include <stdio.h>

enum { GUARD = 64 };

static uint64_t state;

uint32_t below(uint32_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 33) % bound);
}

static float unit_float(void) { return (float)below(1 << 24) * 0x1p-24f; }

// What a map may hold: bf16 values that the quantiser returns, of many magnitudes.
dk_bf16 stored_value(int extreme) {
    uint32_t kind = below(64), sign = below(2) << 15;
    if (extreme && kind == 0) return 0x5EFF | (dk_bf16)sign;
    if (extreme && kind == 1) return 0x2380 | (dk_bf16)sign;
    if (kind < 4) return 0;
    return (dk_bf16)(sign | (0x3B80 + (below(10) << 7)) | below(128));
}

// The values that the quantiser and the activations treat apart.
static dk_bf16 special_value(void) {
    static const dk_bf16 values[] = {0x7FC0, 0x2380, 0xA380, 0x5EFF, 0xDEFF, 0x3D80, 0x4120,
                                     0xC121, 0x3D7F, 0x3F80, 0xBF80, 0x4190, 0x3A00};
    return below(40) ? stored_value(0) : values[below(sizeof values / sizeof values[0])];
}

// Buffers of one problem, allocated once and reused by both runs; the output ones are compared.
typedef struct {
    unsigned char *bytes;
    size_t size;
} output;

static output outputs[8];
static int output_count;

static void *output_buffer(size_t size) {
    output *o = &outputs[output_count++];
    o->size = size;
    o->bytes = malloc(size + 2 * GUARD);
    memset(o->bytes, 0xA5, size + 2 * GUARD);
    return o->bytes + GUARD;
}

// Which NaN a sum holds is no part of the contract.
static void unify_nans(float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (values[i] != values[i]) memcpy(&values[i], &(uint32_t){0x7FC00000}, 4);
    }
}

static void fill_floats(float *values, size_t count, float low, float high) {
    for (size_t i = 0; i < count; i++) values[i] = low + (high - low) * unit_float();
}

static void rows_problem(const dk_kernels *k) {
    int32_t count = 1 + (int32_t)below(40);
    size_t values = (size_t)count * DK_LANES;
    dk_bf16 *maps[3];
    for (int m = 0; m < 3; m++) {
        maps[m] = malloc(values * 2);
        for (size_t i = 0; i < values; i++) maps[m][i] = special_value();
    }
    float f[7][DK_LANES];
    for (int i = 0; i < 7; i++) fill_floats(f[i], DK_LANES, -1.5f, 1.5f);
    dk_normalization n = {below(3) ? f[0] : NULL, f[1], below(3) ? f[2] : NULL, f[3]};
    dk_prologue prologue = {n, (int32_t)below(4), 0.2f};
    const dk_bf16 *added = below(2) ? maps[1] : NULL;
    k->prologue_row(output_buffer(values * 2), maps[0], added, count, &prologue);
    dk_error_prologue error = {f[0], f[1], below(2) ? f[2] : NULL, f[4], f[5]};
    k->error_row(output_buffer(values * 2), maps[0], maps[1], count, &error);
    float *sums = output_buffer(64);
    k->sum_row(sums, maps[2], count);
    unify_nans(sums, 16);
    float *acc = malloc(values * 4);
    fill_floats(acc, values, -2, 2);
    uint32_t bits[] = {0x7FC00000, 0x7F800000, 0xFF800000, 0x237FFFFF, 0x5EFF8000, 1};
    memcpy(acc + below((uint32_t)values), &bits[below(6)], 4);
    for (int i = 0; i < 2; i++) {
        dk_epilogue e = {below(2) ? f[6] : NULL, below(2) ? (int32_t)below(4) : 0, 0.01f, n,
                         (int32_t)below(4), 0.2f, (int32_t)below(3)};
        const dk_bf16 *skip = below(2) ? maps[1] : NULL, *mask = below(2) ? maps[2] : NULL;
        sums = output_buffer(128);
        k->epilogue_row(output_buffer(values * 2), i ? NULL : acc, i ? maps[0] : NULL, skip, mask,
                        count, &e, sums);
        unify_nans(sums, 32);
    }
    free(acc);
    for (int m = 0; m < 3; m++) free(maps[m]);
}

static void convolution_problem(const dk_kernels *k) {
    static const int kernels[] = {1, 3, 4, 7, 2};
    convolution_shape s = {
        .kernel = kernels[below(5)],
        .stride = 1 + (int)below(2),
        .width = 1 + (int32_t)below(below(3) ? 12 : 60),
        .rows = 1 + (int32_t)below(3),
        .channels = 1 + (int32_t)below(40),
        .vectors = 1 + (int32_t)below(below(3) ? 2 : 7),
        .extreme = below(4) == 0,
        .transposed = (int)below(2),
    };
    if (s.kernel == 7 && s.width > 20) s.width = 20;
    convolution_buffers b = place_convolution(k, &s);
    size_t row_floats = (size_t)s.width * DK_LANES;
    int spread = 1 + (int)below(2); // between output pixels: every one, or every other
    float *out = output_buffer(row_floats * 4 * (size_t)(s.vectors * s.rows * spread));
    b.row.out = out;
    b.row.out_pixel_stride = DK_LANES * spread;
    b.row.out_vector_stride = (ptrdiff_t)row_floats * spread * s.rows;
    ptrdiff_t out_row_stride = (ptrdiff_t)row_floats * spread;
    run_convolution(k, &b, s.rows, out_row_stride, (int)below(2));
    free_convolution(&b);
}

// Some of the kernel's rows, as threads share them out.
static void choose_rows(dk_weight_gradient *w) {
    w->first_kernel_row = (int32_t)below((uint32_t)w->kernel);
    w->kernel_rows = 1 + (int32_t)below((uint32_t)(w->kernel - w->first_kernel_row));
}

static void gradient_problem(const dk_kernels *k) {
    gradient_shape s = {
        .kernel = 1 + (int)below(7),
        .stride = 1 + (int)below(2),
        .width = 1 + (int32_t)below(below(8) ? 24 : 300),
        .rows = 1 + (int32_t)below(6),
        .channels = 1 + (int32_t)below(16),
        .vectors = 1 + (int32_t)below(3),
        .lanes = 16,
        .extreme = below(4) == 0,
    };
    if (s.width > 24) s.rows = 1 + (int32_t)below(2);
    gradient_buffers b = place_gradient(k, &s);
    size_t floats = (size_t)(s.kernel * s.kernel * 256 * s.vectors);
    b.gradient.gradient = output_buffer(floats * 4);
    b.gradient.gradient_vector_stride = s.kernel * s.kernel * 256;
    fill_floats(b.gradient.gradient, floats, -1, 1);
    choose_rows(&b.gradient);
    b.gradient.replaces = (int32_t)below(2);
    k->weight_gradient(&b.gradient);
    free_gradient(&b);
}

// Set where a thin function differs from the ordinary one in the lanes that both write.
static int thin_differences;

static void thin_convolution_problem(const dk_kernels *k) {
    convolution_shape s = {
        .kernel = 1 + (int)below(7),
        .stride = 1,
        .width = 1 + (int32_t)below(below(2) ? 20 : 200),
        .rows = 1,
        .channels = 1 + (int32_t)below(40),
        .vectors = 1,
        .extreme = below(4) == 0,
        .transposed = (int)below(2),
    };
    const int32_t outputs = 1 + (int32_t)below(8);
    const size_t bytes = (size_t)s.width * DK_LANES * 4;
    const uint64_t values = state;
    convolution_buffers b = place_convolution(k, &s);
    b.row.out = output_buffer(bytes);
    b.row.out_pixel_stride = DK_LANES;
    k->convolution_row(&b.row);
    const float *all = b.row.out;
    free_convolution(&b);
    state = values;
    s.vectors = outputs;
    b = place_thin_convolution(k, &s);
    b.row.out = output_buffer(bytes);
    b.row.out_pixel_stride = DK_LANES;
    k->convolution_row_thin(&b.row);
    for (int32_t i = 0; i < s.width * DK_LANES; i++) {
        float expected = i % DK_LANES < outputs ? all[i] : 0.0f;
        thin_differences += memcmp(&expected, &b.row.out[i], 4) != 0;
    }
    free_convolution(&b);
}

static void thin_gradient_problem(const dk_kernels *k) {
    gradient_shape s = {
        .kernel = 1 + (int)below(7),
        .stride = 1 + (int)below(2),
        .width = 1 + (int32_t)below(below(4) ? 24 : 300),
        .rows = 1 + (int32_t)below(3),
        .channels = 1 + (int32_t)below(16),
        .vectors = 1,
        .lanes = 1 + (int32_t)below(8),
        .extreme = below(4) == 0,
    };
    gradient_buffers b = place_gradient(k, &s);
    size_t floats = (size_t)(s.kernel * s.kernel * 256);
    float *all = output_buffer(floats * 4), *thin = output_buffer(floats * 4);
    fill_floats(all, floats, -1, 1);
    memcpy(thin, all, floats * 4);
    b.gradient.gradient = thin;
    choose_rows(&b.gradient);
    k->weight_gradient_thin(&b.gradient, s.lanes);
    b.gradient.gradient = all;
    k->weight_gradient(&b.gradient);
    thin_differences += memcmp(thin, all, floats * 4) != 0;
    free_gradient(&b);
}

static void optimizer_problem(const dk_kernels *k) {
    int stores = (int)below(2);
    size_t n = stores ? 256 * (1 + below(3)) : 16 * (1 + below(9));
    float *p = output_buffer(n * 4), *m = output_buffer(n * 4), *v = output_buffer(n * 4);
    dk_bf16 *stored = stores ? output_buffer(n * 2) : NULL;
    float *g = malloc(n * 4);
    fill_floats(p, n, -1, 1);
    fill_floats(m, n, -0.1f, 0.1f);
    fill_floats(v, n, 0, 0.01f);
    fill_floats(g, n, -1, 1);
    dk_adam a = {0.5f, 0.5f, 0.999f, 0.001f, 1e-8f, 1e-3f + unit_float() * 1e-2f, unit_float()};
    switch (below(3)) {
    case 0: k->adam(p, m, v, g, stored, n, &a); break;
    case 1: k->sgd(p, below(2) ? m : NULL, g, stored, n, 0.01f, 0.9f); break;
    default:
        if (stored) k->store_weights(stored, p, n);
    }
    free(g);
}

static const struct {
    const char *name;
    void (*run)(const dk_kernels *);
} kinds[] = {
    {"rows", rows_problem},
    {"convolution", convolution_problem},
    {"weight gradient", gradient_problem},
    {"thin convolution", thin_convolution_problem},
    {"thin weight gradient", thin_gradient_problem},
    {"optimizers", optimizer_problem},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static void run_problem(int problem, const dk_kernels *k, output *result, int *count) {
    state = (uint64_t)problem * 0x9E3779B97F4A7C15u + 1;
    output_count = 0;
    kinds[problem % KINDS].run(k);
    memcpy(result, outputs, sizeof outputs);
    *count = output_count;
}

static int is_same(const output *a, const output *b, int count) {
    for (int i = 0; i < count; i++) {
        if (a[i].size != b[i].size) return 0;
        if (memcmp(a[i].bytes, b[i].bytes, a[i].size + 2 * GUARD)) return 0;
    }
    return 1;
}

static void release(output *results, int count) {
    for (int i = 0; i < count; i++) free(results[i].bytes);
}

static const dk_kernels *variant_named(const char *name) {
    for (int32_t i = 0; dk_variant(i); i++) {
        if (!strcmp(dk_variant(i)->name, name)) return dk_variant(i);
    }
    return NULL;
}

static int check(int problems) {
    const dk_kernels *generic = variant_named("generic");
    uint64_t digest = 0xCBF29CE484222325u;
    int failures = 0;
    for (int problem = 0; problem < problems; problem++) {
        output expected[8], found[8];
        int count, found_count;
        run_problem(problem, generic, expected, &count);
        for (int i = 0; i < count; i++) {
            for (size_t j = 0; j < expected[i].size; j++) {
                digest = (digest ^ expected[i].bytes[GUARD + j]) * 0x100000001B3u;
            }
        }
        for (int32_t v = 0; dk_variant(v); v++) {
            if (dk_variant(v) == generic) continue;
            run_problem(problem, dk_variant(v), found, &found_count);
            if (found_count != count || !is_same(expected, found, count)) {
                printf("problem %d (%s): %s differs from generic\n", problem,
                       kinds[problem % KINDS].name, dk_variant(v)->name);
                failures++;
            }
            release(found, found_count);
        }
        release(expected, count);
    }
    for (int32_t v = 0; dk_variant(v); v++) printf("variant %s\n", dk_variant(v)->name);
    printf("problems %d, differences %d, of thin functions %d\ndigest %016llx\n", problems,
           failures, thin_differences, (unsigned long long)digest);
    return failures || thin_differences ? 1 : 0;
}

int main(int argc, char **argv) {
    int problems = 3000;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--problems") && i + 1 < argc) {
            problems = atoi(argv[++i]);
        } else if (!strcmp(argv[i], "--require") && i + 1 < argc) {
            if (!variant_named(argv[++i])) {
                fprintf(stderr, "failed to find variant %s: not built, not supported by this "
                        "processor, or its self-test failed\n", argv[i]);
                return 1;
            }
        } else if (!strcmp(argv[i], "--bench")) {
            bench(i + 1 < argc ? argv[i + 1] : NULL);
            return 0;
        } else {
            fprintf(stderr, "failed to read arguments: %s\n", argv[i]);
            return 2;
        }
    }
    return check(problems);
}
