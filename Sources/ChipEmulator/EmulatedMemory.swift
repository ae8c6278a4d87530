import AcceleratorISA
import Glibc

/// The emulated chip's DRAM: one range of anonymous pages, taken from the host only where written,
/// and a bit for every 32 bytes that was written since power-on.
///
/// Invariant behind `@unchecked Sendable`: the emulator's device thread alone reads and writes it
/// (its worker threads do so between a launch and its return, on disjoint parts).
package final class EmulatedMemory: @unchecked Sendable {
    /// First byte.
    package let base: UnsafeMutableRawPointer
    /// Bytes.
    package let byteCount: UInt64
    /// A bit a grain, in pages of their own, so that only what was touched takes memory.
    private let written: UnsafeMutablePointer<UInt64>
    private let bitmapByteCount: Int

    /// Memory of a size, a multiple of 4096 bytes; nil when the host has no address space for it.
    package init?(byteCount: UInt64) {
        guard byteCount > 0, byteCount % 4096 == 0, let size = Int(exactly: byteCount),
            let base = Self.map(size)
        else { return nil }
        bitmapByteCount = size / Int(Limits.memoryGrain) / 8
        guard let bitmap = Self.map(bitmapByteCount) else {
            munmap(base, size)
            return nil
        }
        self.base = base
        self.byteCount = byteCount
        written = bitmap.bindMemory(to: UInt64.self, capacity: bitmapByteCount / 8)
    }

    deinit {
        munmap(base, Int(byteCount))
        munmap(written, bitmapByteCount)
    }

    /// Zero pages that the host provides when they are first touched.
    private static func map(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let base = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0)
        return base == MAP_FAILED ? nil : base
    }

    /// Whether every 32-byte grain that the range touches was written.
    package func isInitialized(address: UInt64, byteCount: UInt64) -> Bool {
        var all = true
        forEachWord(address: address, byteCount: byteCount) { word, mask in
            if written[word] & mask != mask { all = false }
        }
        return all
    }

    /// Marks every 32-byte grain that the range touches as written.
    package func markInitialized(address: UInt64, byteCount: UInt64) {
        forEachWord(address: address, byteCount: byteCount) { word, mask in written[word] |= mask }
    }

    private func forEachWord(address: UInt64, byteCount: UInt64, _ body: (Int, UInt64) -> Void) {
        guard byteCount > 0 else { return }
        var grain = address / Limits.memoryGrain
        let end = (address + byteCount + Limits.memoryGrain - 1) / Limits.memoryGrain
        while grain < end {
            let bit = grain % 64
            let count = min(64 - bit, end - grain)
            let ones = count == 64 ? UInt64.max : (1 << count) - 1
            body(Int(grain / 64), ones << bit)
            grain += count
        }
    }
}
