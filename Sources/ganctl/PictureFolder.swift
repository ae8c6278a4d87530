import ImageCapture

/// The pictures of a folder, each cut to a square.
struct PictureFolder {
    /// The pictures in the order of their names, at least one.
    let pictures: [(name: String, image: RGBImage)]
    /// Files that cannot be used; each was complained about.
    let skipped: [(name: String, reason: String)]

    /// Reads a folder; `size` is the side of the squares in pixels.
    init(_ path: String, size: Int) throws(CommandFailure) {
        var pictures: [(name: String, image: RGBImage)] = []
        var skipped: [(name: String, reason: String)] = []
        do throws(ImageError) {
            for entry in try ImageFolder(path: path, minimumSide: 2 * size) {
                switch entry.outcome {
                case .picture(let picture):
                    pictures.append((entry.name, picture.squareCropped(side: size)))
                case .skipped(let error):
                    StandardStreams.complain("ganctl: skipped: \(error)")
                    skipped.append((entry.name, "\(error)"))
                case .ignored: continue
                }
            }
            guard !pictures.isEmpty else {
                throw .folderWithoutPictures(path: path, skippedCount: skipped.count)
            }
        } catch {
            throw CommandFailure(.noInput, "\(error)")
        }
        self.pictures = pictures
        self.skipped = skipped
    }
}
