import DurableStorage

/// Why a picture, or a folder of pictures, cannot be used.
///
/// Each case carries the path it is about; `description` adds what to do.
package enum ImageError: Error, Hashable, Sendable {
    /// The file cannot be opened or read; `reason` is the system's word for it.
    case unreadable(path: String, reason: String)
    /// The bytes are of no picture format; `found` says what they look like.
    case notAnImage(path: String, found: String)
    /// A picture in a format, or a variant of one, that is not decoded here.
    case unsupported(path: String, format: String)
    /// The file ends before the picture does.
    case truncated(path: String, format: ImageFormat, reason: String)
    /// The file breaks the rules of its format.
    case corrupt(path: String, format: ImageFormat, reason: String)
    /// A side is shorter than `ImageLimits.minimumSide`.
    case tooSmall(path: String, width: Int, height: Int)
    /// There are more pixels than `ImageLimits.maximumPixelCount`.
    case tooLarge(path: String, width: Int, height: Int)
    /// The file has more bytes than `ImageLimits.maximumFileByteCount`.
    case fileTooLarge(path: String, byteCount: Int)
    /// The system had no memory for the picture.
    case outOfMemory(path: String)

    /// There is nothing at the folder's path.
    case folderMissing(path: String)
    /// The path leads to something else than a folder.
    case notAFolder(path: String)
    /// The folder cannot be listed; `reason` is the system's word for it.
    case folderUnreadable(path: String, reason: String)
    /// The folder holds no file, hidden ones and folders aside.
    case folderEmpty(path: String)
    /// The folder holds files, but none that could be used as a picture.
    case folderWithoutPictures(path: String, skippedCount: Int)
}

extension ImageError {
    /// The file or folder the error is about.
    package var path: String {
        switch self {
        case .unreadable(let path, _), .notAnImage(let path, _), .unsupported(let path, _),
            .truncated(let path, _, _), .corrupt(let path, _, _), .tooSmall(let path, _, _),
            .tooLarge(let path, _, _), .fileTooLarge(let path, _), .outOfMemory(let path),
            .folderMissing(let path), .notAFolder(let path), .folderUnreadable(let path, _),
            .folderEmpty(let path), .folderWithoutPictures(let path, _):
            path
        }
    }

    /// What is wrong, without the path.
    package var fact: String {
        switch self {
        case .unreadable(_, let reason), .folderUnreadable(_, let reason):
            reason
        case .notAnImage(_, let found):
            "it is no picture but \(found)"
        case .unsupported(_, let format):
            "it is \(format), which is not supported"
        case .truncated(_, let format, let reason):
            "the \(format.name) ends too early (\(reason))"
        case .corrupt(_, let format, let reason):
            "the \(format.name) is damaged (\(reason))"
        case .tooSmall(_, let width, let height):
            "the picture is \(width) x \(height), "
                + "the least is \(ImageLimits.minimumSide) pixels on each side"
        case .tooLarge(_, let width, let height):
            "the picture is \(width) x \(height), "
                + "the most is \(ImageLimits.maximumPixelCount / 1_000_000) megapixels"
        case .fileTooLarge(_, let byteCount):
            "the file has \(byteCount) bytes, "
                + "the most is \(ImageLimits.maximumFileByteCount)"
        case .outOfMemory:
            "there is not enough memory for the picture"
        case .folderMissing:
            "there is no such folder"
        case .notAFolder:
            "it is not a folder"
        case .folderEmpty:
            "the folder holds no files"
        case .folderWithoutPictures(_, let skippedCount):
            "none of the \(skippedCount) files in it can be used as a picture"
        }
    }

    /// What to do about it.
    package var remedy: String {
        switch self {
        case .unreadable: "check that the file exists and may be read"
        case .notAnImage: "give a JPEG or PNG picture, or move the file elsewhere"
        case .unsupported: "convert it to an ordinary JPEG or PNG"
        case .truncated: "copy or download the file again"
        case .corrupt: "copy the file again, or open and save it in a picture editor"
        case .tooSmall: "give a larger picture"
        case .tooLarge: "scale the picture down, to 10000 x 10000 or less"
        case .fileTooLarge: "save the picture smaller, or as JPEG"
        case .outOfMemory: "close other programs, or scale the picture down"
        case .folderMissing: "check the path"
        case .notAFolder: "give the folder the pictures are in"
        case .folderUnreadable: "check that the folder may be read"
        case .folderEmpty, .folderWithoutPictures: "put JPEG or PNG pictures into it"
        }
    }

    private var operation: String {
        switch self {
        case .folderMissing, .notAFolder, .folderUnreadable, .folderEmpty,
            .folderWithoutPictures:
            "failed to read pictures from"
        default:
            "failed to decode"
        }
    }
}

extension ImageError: CustomStringConvertible {
    /// Operation, path, fact, and what to do, in one line.
    package var description: String {
        "\(operation) \(path.quotedForMessage): \(fact); \(remedy)"
    }
}
