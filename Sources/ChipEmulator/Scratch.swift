import Glibc

/// The host memory behind emulated SRAM: one aligned block that grows to the largest command's
/// need and is handed out piece by piece within a command.
///
/// A command that needs more than it was given adds another block; the next command starts with
/// one block of the whole size. Not thread-safe: pieces are taken by the device thread.
final class Scratch {
    private var blocks: [(base: UnsafeMutableRawPointer, byteCount: Int)] = []
    private var used = 0
    private var total = 0

    deinit { for block in blocks { free(block.base) } }

    /// Takes back every piece.
    func reset() {
        if blocks.count > 1 {
            let byteCount = total
            for block in blocks { free(block.base) }
            blocks = []
            addBlock(byteCount)
        }
        used = 0
        total = 0
    }

    /// `byteCount` bytes, aligned to 128, contents unspecified.
    func take(_ byteCount: Int) -> UnsafeMutableRawPointer {
        let rounded = (byteCount + 255) / 128 * 128
        total += rounded
        if let last = blocks.last, used + rounded <= last.byteCount {
            defer { used += rounded }
            return last.base + used
        }
        let base = addBlock(rounded)
        used = rounded
        return base
    }

    /// `count` floats, contents unspecified.
    func takeFloats(_ count: Int) -> Floats {
        take(count * 4).bindMemory(to: Float.self, capacity: count)
    }

    /// `count` bf16 values, contents unspecified.
    func takeLanes(_ count: Int) -> Lanes {
        take(count * 2).bindMemory(to: UInt16.self, capacity: count)
    }

    @discardableResult
    private func addBlock(_ byteCount: Int) -> UnsafeMutableRawPointer {
        var base: UnsafeMutableRawPointer?
        let status = posix_memalign(&base, 128, max(byteCount, 4096))
        guard status == 0, let base else {
            // The emulated SRAM is bounded by the command limits; a host without that much memory
            // cannot run the emulator at all.
            preconditionFailure("failed to emulate SRAM: the host has no \(byteCount) bytes left")
        }
        blocks.append((base, max(byteCount, 4096)))
        return base
    }
}
