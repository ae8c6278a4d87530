import CMalloc

/// How the process keeps memory that it has given back.
enum HostMemory {
    /// Makes the C library return large blocks at once and keep one arena.
    ///
    /// By default every thread has an arena of its own, and after the first few large arrays all
    /// others are kept in them: 6 MB of a 256 x 256 training step, for nothing.
    static func returnWhatIsFreed() {
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_MMAP_THRESHOLD, 64 << 10)
    }
}
