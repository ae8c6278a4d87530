import Glibc

/// Whole files read into memory, with limits.
enum FileBytes {
    /// Why a file was not read.
    enum Failure: Error {
        case system(reason: String)
        case tooLarge(byteCount: Int)
    }

    /// Reads a picture file.
    static func read(picture path: String) throws(ImageError) -> [UInt8] {
        do throws(Failure) {
            return try read(path, maximumByteCount: ImageLimits.maximumFileByteCount)
        } catch {
            switch error {
            case .system(let reason): throw .unreadable(path: path, reason: reason)
            case .tooLarge(let byteCount): throw .fileTooLarge(path: path, byteCount: byteCount)
            }
        }
    }

    /// Reads a regular file of at most `maximumByteCount` bytes.
    ///
    /// Anything else, a pipe or a device, is refused without waiting for it.
    static func read(_ path: String, maximumByteCount: Int) throws(Failure) -> [UInt8] {
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

/// The system's words for an error number, in lower case like every other message.
func systemMessage(_ number: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
        guard let start = buffer.baseAddress,
            strerror_r(number, start, buffer.count) == 0
        else { return "error \(number)" }
        return String(cString: start).lowercased()
    }
}

extension String {
    /// A path or field as it may stand in a message: control characters are spelled out.
    var quotedForMessage: String {
        let safe = unicodeScalars.map { scalar in
            scalar.value < 0x20 || scalar.value == 0x7F
                ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return "'\(safe.joined())'"
    }
}
