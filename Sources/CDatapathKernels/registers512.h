// What the two AVX-512 variants share: 16 lanes in one of 32 registers, and the register tiles that
// fit them. Included behind rows.h.

typedef __m512 reg;
#define DK_PARTS 1
#define DK_GRADIENT_UNROLL DK_NO_UNROLL

typedef int32_t unaligned_lane __attribute__((aligned(1), may_alias));

// The instruction by name: what the compiler chooses, vbroadcastss, takes a multiply pipe's slot on
// Zen 4, and a loop of one broadcast a product ran at 71 % of the peak; with vpbroadcastd at 98 %.
DK_ROW reg dk_broadcast(const void *source) {
    reg lanes;
    __asm__("vpbroadcastd %1, %0" : "=v"(lanes) : "m"(*(const unaligned_lane *)source));
    return lanes;
}

#define DK_VECTORS 2
#define DK_PIXELS 14
#define DK_SINGLE_PIXELS 16
#define DK_NARROW_VECTORS 4
#define DK_NARROW_PIXELS 6
#define DK_CONVOLUTION_LEAVES(X)                                                                  \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(1, 8) X(1, 9) X(1, 10) X(1, 11)     \
    X(1, 12) X(1, 13) X(1, 14) X(1, 15) X(1, 16)                                                  \
    X(2, 1) X(2, 2) X(2, 3) X(2, 4) X(2, 5) X(2, 6) X(2, 7) X(2, 8) X(2, 9) X(2, 10) X(2, 11)     \
    X(2, 12) X(2, 13) X(2, 14)                                                                    \
    X(4, 1) X(4, 2) X(4, 3) X(4, 4) X(4, 5) X(4, 6)

#define DK_GRADIENT_VECTORS 2
#define DK_GRADIENT_TERMS(V) ((V) == 2 ? 12 : 16)
#define DK_GRADIENT_CHANNELS 16
#define DK_GRADIENT_LEAVES(X)                                                                     \
    X(1, 1, 1) X(1, 1, 2) X(1, 1, 3) X(1, 1, 4) X(1, 1, 5) X(1, 1, 6) X(1, 1, 7)                  \
    X(1, 2, 1) X(1, 2, 2) X(1, 2, 3) X(1, 2, 4) X(1, 2, 5) X(1, 2, 6) X(1, 2, 7)                  \
    X(1, 3, 1) X(1, 3, 2) X(1, 3, 3) X(1, 3, 4) X(1, 3, 5)                                        \
    X(1, 4, 1) X(1, 4, 2) X(1, 4, 3) X(1, 4, 4)                                                   \
    X(1, 5, 1) X(1, 6, 1) X(1, 7, 1) X(1, 8, 1) X(1, 9, 1) X(1, 10, 1) X(1, 11, 1) X(1, 12, 1)    \
    X(1, 13, 1) X(1, 14, 1) X(1, 15, 1) X(1, 16, 1)                                               \
    X(2, 1, 1) X(2, 1, 2) X(2, 1, 3) X(2, 1, 4) X(2, 1, 5) X(2, 1, 6) X(2, 1, 7)                  \
    X(2, 2, 1) X(2, 2, 2) X(2, 2, 3) X(2, 2, 4) X(2, 2, 5) X(2, 2, 6)                             \
    X(2, 3, 1) X(2, 3, 2) X(2, 3, 3) X(2, 3, 4)                                                   \
    X(2, 4, 1) X(2, 4, 2) X(2, 4, 3)                                                              \
    X(2, 5, 1) X(2, 6, 1) X(2, 7, 1) X(2, 8, 1) X(2, 9, 1) X(2, 10, 1) X(2, 11, 1) X(2, 12, 1)

#define DK_THIN_REGISTERS 24
#define DK_THIN_LEAVES(X)                                                                         \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(1, 8) X(2, 1) X(2, 2) X(2, 3)       \
    X(2, 4) X(2, 5) X(2, 6) X(2, 7) X(2, 8) X(3, 1) X(3, 2) X(3, 3) X(3, 4) X(3, 5) X(3, 6)       \
    X(3, 7) X(3, 8) X(4, 1) X(4, 2) X(4, 3) X(4, 4) X(4, 5) X(4, 6)
#define DK_THIN_TAPS 21
#define DK_THIN_GRADIENT_LEAVES(X)                                                                \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(2, 1) X(2, 2) X(2, 3) X(2, 4)       \
    X(2, 5) X(2, 6) X(2, 7) X(3, 1) X(3, 2) X(3, 3) X(3, 4) X(3, 5) X(3, 6) X(3, 7) X(4, 1)       \
    X(4, 2) X(4, 3) X(4, 4) X(4, 5)

#define DK_OPAQUE(value) __asm__ volatile("" : "+v"(value))
#define DK_PROBE_COPY(value)
#define DK_PROBE_REGISTERS 24
