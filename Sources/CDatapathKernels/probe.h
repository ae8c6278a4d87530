// The probe of a vector variant: its multiply-accumulate on registers alone.
//
// Included once by each variant's file after rows.h; it defines before: reg, dk_accumulate,
// DK_OPAQUE(value) (an empty assembly statement that the compiler must assume changes a register),
// DK_PROBE_COPY(value) (nothing, or DK_OPAQUE) and DK_PROBE_REGISTERS (accumulators, enough to hide
// the latency).
#include "variants.h"

DK_ENTRY float probe(uint64_t iterations) {
    reg acc[DK_PROBE_REGISTERS] = {0};
    reg a = {0}, b = {0};
    DK_OPAQUE(a);
    DK_OPAQUE(b);
    for (uint64_t n = 0; n < iterations; n++) {
        DK_UNROLL for (int i = 0; i < DK_PROBE_REGISTERS; i++) {
            reg value = a;
            DK_PROBE_COPY(value);
            acc[i] = dk_accumulate(acc[i], value, b);
        }
    }
    DK_UNROLL for (int i = 0; i < DK_PROBE_REGISTERS; i++) {
        DK_OPAQUE(acc[i]);
        a = a + acc[i];
    }
    return a[0];
}
