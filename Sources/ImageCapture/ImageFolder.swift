import DurableStorage
import Glibc

/// The pictures of one folder, decoded one at a time.
///
/// Not recursive, hidden files left out, in the order of the names' bytes. Iterating reads and
/// decodes as it goes, so one picture is in memory at a time; each pass reads the files anew.
package struct ImageFolder: Sequence, Sendable {
    /// The folder, as it was given.
    package let path: String
    /// The names of the files in it, in order.
    package let names: [String]
    /// Passed to the JPEG decoder (see `RGBImage.init(decoding:name:minimumSide:)`).
    package let minimumSide: Int?

    /// One file of the folder, and what became of it.
    package struct Entry: Hashable, Sendable {
        /// The file's name without its folder.
        package var name: String
        /// The picture, or why there is none.
        package var outcome: Outcome
    }

    /// What became of a file.
    package enum Outcome: Hashable, Sendable {
        case picture(RGBImage)
        /// A picture by its bytes or its name, which cannot be used: tell the user.
        case skipped(ImageError)
        /// Neither bytes nor name claim a picture (notes, tables, folders): worth a line at most.
        case ignored(ImageError)
    }

    /// Lists a folder.
    ///
    /// A folder with nothing to try is an error.
    package init(path: String, minimumSide: Int? = nil) throws(ImageError) {
        self.path = path
        self.minimumSide = minimumSide
        names = try Self.listing(of: path)
        guard !names.isEmpty else { throw .folderEmpty(path: path) }
    }

    /// Decodes the files in order.
    package func makeIterator() -> Iterator { Iterator(folder: self) }

    /// A pass over the folder.
    package struct Iterator: IteratorProtocol {
        private let folder: ImageFolder
        private var index = 0

        fileprivate init(folder: ImageFolder) {
            self.folder = folder
        }

        /// Reads and decodes the next file, or returns nil behind the last.
        package mutating func next() -> Entry? {
            guard index < folder.names.count else { return nil }
            defer { index += 1 }
            return folder.entry(named: folder.names[index])
        }
    }

    /// Reads and decodes one file of the folder.
    package func entry(named name: String) -> Entry {
        let path = path(ofFile: name)
        do throws(ImageError) {
            let picture = try RGBImage(contentsOfFile: path, minimumSide: minimumSide)
            return Entry(name: name, outcome: .picture(picture))
        } catch {
            switch error {
            case .notAnImage where !Self.isNamedAsPicture(name):
                return Entry(name: name, outcome: .ignored(error))
            case .unreadable where name.unicodeScalars.contains("\u{FFFD}"):
                // The name was repaired when it was listed, so it names no file any more.
                let reason = "its name is not valid UTF-8"
                return Entry(name: name, outcome: .skipped(.unreadable(path: path, reason: reason)))
            default:
                return Entry(name: name, outcome: .skipped(error))
            }
        }
    }

    /// The path of one of the folder's files.
    package func path(ofFile name: String) -> String {
        path.hasSuffix("/") ? path + name : path + "/" + name
    }

    private static func isNamedAsPicture(_ name: String) -> Bool {
        let lowercased = name.lowercased()
        return [".png", ".jpg", ".jpeg"].contains { lowercased.hasSuffix($0) }
    }

    private static func listing(of path: String) throws(ImageError) -> [String] {
        guard !path.utf8.contains(0) else {
            throw .folderUnreadable(path: path, reason: "the path contains a zero byte")
        }
        guard let folder = opendir(path) else {
            switch errno {
            case ENOENT: throw .folderMissing(path: path)
            case ENOTDIR: throw .notAFolder(path: path)
            default: throw .folderUnreadable(path: path, reason: systemMessage(errno))
            }
        }
        defer { closedir(folder) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(
                    to: CChar.self,
                    capacity: ImageLimits.maximumNameByteCount + 1
                ) { String(cString: $0) }
            }
            let isFolder = entry.pointee.d_type == UInt8(DT_DIR)
            if !name.hasPrefix(".") && !isFolder { names.append(name) }
        }
        guard errno == 0 else {
            throw .folderUnreadable(path: path, reason: systemMessage(errno))
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
