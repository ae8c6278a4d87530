import Glibc

/// Whole files read into memory, with limits.
package enum FileBytes {
    /// Why a file was not read.
    package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        case system(reason: String)
        case tooLarge(byteCount: Int)

        /// The fact alone; the file and what to do are the caller's to say.
        package var description: String {
            switch self {
            case .system(let reason): reason
            case .tooLarge(let byteCount): "it is too large, it has \(byteCount) bytes"
            }
        }
    }

    /// Reads a regular file of at most `maximumByteCount` bytes.
    ///
    /// Anything else, a pipe or a device, is refused without waiting for it.
    package static func read(_ path: String, maximumByteCount: Int) throws(Failure) -> [UInt8] {
        // An embedded zero would end the path early, at another file.
        guard !path.utf8.contains(0) else {
            throw .system(reason: "the path contains a zero byte")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(reason: systemMessage(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .system(reason: systemMessage(errno))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw .system(reason: isFolder ? "it is a folder" : "it is not an ordinary file")
        }
        guard status.st_size <= maximumByteCount else {
            throw .tooLarge(byteCount: status.st_size)
        }
        return try read(descriptor, byteCount: status.st_size)
    }

    /// Reads up to the size the file had when it was opened; a file cut meanwhile gives less.
    private static func read(_ descriptor: Int32, byteCount: Int) throws(Failure) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { target, count in
            while count < byteCount {
                let start = target.baseAddress.map { $0 + count }
                let result = Glibc.read(descriptor, start, byteCount - count)
                if result > 0 {
                    count += result
                } else if result == 0 {
                    return
                } else if errno != EINTR {
                    failure = errno
                    return
                }
            }
        }
        guard failure == 0 else { throw .system(reason: systemMessage(failure)) }
        return bytes
    }
}
