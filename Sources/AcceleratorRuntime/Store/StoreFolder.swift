import DurableStorage
import Glibc

/// Folders of a store, by plain system calls.
enum StoreFolder {
    /// The names in a folder, sorted; none when it is not there.
    static func names(in path: String) throws(RetrainingError) -> [String] {
        guard let folder = opendir(path) else {
            guard errno == ENOENT else {
                throw .fileSystem("failed to read folder \(path): \(systemMessage(errno))")
            }
            return []
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a folder and those above it where they are missing.
    static func create(_ path: String) throws(RetrainingError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += "\(part)/"
            guard mkdir(prefix, 0o777) != 0, errno != EEXIST else { continue }
            throw .fileSystem("failed to make folder \(path): \(systemMessage(errno))")
        }
    }

    /// The time now: UTC, to the second.
    static func timestamp() -> String {
        var seconds = time(nil)
        var parts = tm()
        guard gmtime_r(&seconds, &parts) != nil else { return "1970-01-01T00:00:00Z" }
        func digits(_ value: Int32, _ count: Int = 2) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        return "\(digits(parts.tm_year + 1900, 4))-\(digits(parts.tm_mon + 1))-"
            + "\(digits(parts.tm_mday))T\(digits(parts.tm_hour)):\(digits(parts.tm_min)):"
            + "\(digits(parts.tm_sec))Z"
    }
}

/// The right to change a store, for one task of one process at a time.
enum StoreLock {
    private static let pauseMilliseconds = 20

    /// Runs `body` while nobody else changes the store; waits for that as long as the store says.
    ///
    /// - Throws: `.fileSystem` when another change takes longer, or there can be no lock.
    static func hold<Value>(
        _ store: ModelStore,
        _ body: () throws(RetrainingError) -> Value
    ) throws(RetrainingError) -> Value {
        try StoreFolder.create(store.path)
        let descriptor = open(store.folder("lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw .fileSystem("failed to lock \(store.path): \(systemMessage(errno))")
        }
        // Closing gives the lock back.
        defer { close(descriptor) }
        var waited = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            let isBusy = number == EWOULDBLOCK || number == EINTR
            guard isBusy, waited < store.patience else {
                throw .fileSystem(
                    "failed to lock \(store.path): "
                        + (isBusy ? "another command is changing it" : systemMessage(number))
                        + "; try again"
                )
            }
            usleep(UInt32(Self.pauseMilliseconds * 1000))
            waited += Self.pauseMilliseconds
        }
        return try body()
    }
}
