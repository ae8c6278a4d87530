import Glibc

/// Files that are there whole or not at all.
package enum AtomicFile {
    /// Writes a file so that a crash or a full disk leaves the old one, or none.
    ///
    /// The bytes go to a hidden neighbour in the same folder, are synchronised to the disk and
    /// renamed over `path`; then the folder is synchronised. On failure the neighbour is removed.
    /// A symbolic link at `path` is replaced, not followed. Permissions follow the umask.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileWriteError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw FileWriteError(path: path, cause: .badPath)
        }
        let (folder, name) = split(path)
        guard !name.isEmpty, name != ".", name != ".." else {
            throw FileWriteError(path: path, cause: .isAFolder)
        }
        let temporary = try create(in: folder, beside: path)
        do throws(FileWriteError) {
            defer { close(temporary.descriptor) }
            try write(bytes, to: temporary.descriptor, for: path)
            guard fsync(temporary.descriptor) == 0 else {
                throw FileWriteError(path: path, number: errno)
            }
        } catch {
            unlink(temporary.path)
            throw error
        }
        guard rename(temporary.path, path) == 0 else {
            let number = errno
            unlink(temporary.path)
            throw FileWriteError(path: path, number: number)
        }
        try synchronise(folder: folder, for: path)
    }

    private struct Temporary {
        var descriptor: Int32
        var path: String
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = path[...slash]
        return (String(folder), String(path[path.utf8.index(after: slash)...]))
    }

    private static func create(
        in folder: String,
        beside path: String
    ) throws(FileWriteError) -> Temporary {
        // A collision takes a guessed 64-bit number; a few tries are for the unlucky.
        for _ in 0..<8 {
            let number = String(UInt64.random(in: .min ... .max), radix: 36)
            let candidate = "\(folder)/.write-\(number).part"
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
            let descriptor = open(candidate, flags, 0o666)
            if descriptor >= 0 {
                return Temporary(descriptor: descriptor, path: candidate)
            }
            guard errno == EEXIST || errno == EINTR else {
                throw FileWriteError(path: path, number: errno)
            }
        }
        throw FileWriteError(path: path, number: EEXIST)
    }

    private static func write(
        _ bytes: [UInt8],
        to descriptor: Int32,
        for path: String
    ) throws(FileWriteError) {
        let failure: Int32 = bytes.withUnsafeBytes { source in
            var written = 0
            while written < source.count {
                let rest = UnsafeRawBufferPointer(rebasing: source[written...])
                let result = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if result >= 0 {
                    written += result
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
        guard failure == 0 else { throw FileWriteError(path: path, number: failure) }
    }

    /// Makes the rename itself survive a power cut.
    private static func synchronise(
        folder: String,
        for path: String
    ) throws(FileWriteError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // A folder that may be written but not read cannot be opened for this: the file is
        // complete, and there is nothing more to be done for it.
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // Some file systems know no fsync of folders and say EINVAL.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw FileWriteError(path: path, number: errno)
        }
    }
}

/// Why a file was not written.
///
/// Nothing of it is left behind.
package struct FileWriteError: Error, Hashable, Sendable {
    /// The file that was to be written.
    package var path: String
    /// What stood in the way.
    package var cause: Cause

    /// What can stand in the way of writing a file.
    package enum Cause: Hashable, Sendable {
        /// The path is empty or holds a zero byte.
        case badPath
        /// The folder is not there, or is a file.
        case folderMissing
        /// A folder has the name already.
        case isAFolder
        /// The folder belongs to someone else.
        case notPermitted
        /// The file system takes no writes.
        case readOnly
        /// The disk, or the user's share of it, is used up.
        case diskFull
        /// Anything else, in the system's words.
        case system(reason: String)
    }

    /// An error of a known cause.
    package init(path: String, cause: Cause) {
        self.path = path
        self.cause = cause
    }

    /// Sorts one of the system's error numbers.
    package init(path: String, number: Int32) {
        self.path = path
        cause =
            switch number {
            case ENOENT, ENOTDIR: .folderMissing
            case EISDIR: .isAFolder
            case EACCES, EPERM: .notPermitted
            case EROFS: .readOnly
            case ENOSPC, EDQUOT: .diskFull
            default: .system(reason: systemMessage(number))
            }
    }
}

extension FileWriteError: CustomStringConvertible {
    /// Operation, path, fact, and what to do, in one line.
    package var description: String {
        "failed to write \(path.quotedForMessage): \(fact)"
    }

    private var fact: String {
        switch cause {
        case .badPath: "the path is empty or contains a zero byte; give another"
        case .folderMissing: "its folder does not exist; create the folder first"
        case .isAFolder: "there is a folder of that name; give a file name"
        case .notPermitted: "the folder may not be written to; choose another"
        case .readOnly: "the disk is read-only; choose another"
        case .diskFull: "the disk is full; free some space and try again"
        case .system(let reason): "\(reason); check the disk and try again"
        }
    }
}
