import DurableStorage

extension FileBytes {
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
}
