import Glibc
import ImageCapture

/// The pictures that `ganctl transform` was given, and what their results are called.
struct TransformInputs {
    /// Paths in order, folders replaced by the pictures in them.
    let paths: [String]
    /// Paths that lead nowhere.
    let missing: Set<String>

    /// Looks the paths up; names those that lead nowhere on standard error.
    init(_ inputs: [String]) throws {
        var paths: [String] = []
        var missing: Set<String> = []
        for input in inputs {
            var status = stat()
            if stat(input, &status) != 0 {
                StandardStreams.complain(
                    "ganctl: skipped: failed to read '\(input)': there is no such file; "
                        + "check the path"
                )
                missing.insert(input)
                paths.append(input)
            } else if status.st_mode & S_IFMT == S_IFDIR {
                paths += try Self.pictures(inFolder: input)
            } else {
                paths.append(input)
            }
        }
        guard paths.contains(where: { !missing.contains($0) }) else {
            throw CommandFailure(.noInput, "failed to start: none of the pictures is there")
        }
        (self.paths, self.missing) = (paths, missing)
    }

    private static func pictures(inFolder path: String) throws -> [String] {
        do throws(ImageError) {
            let folder = try ImageFolder(path: path)
            let names = folder.names.filter { name in
                [".png", ".jpg", ".jpeg"].contains { name.lowercased().hasSuffix($0) }
            }
            guard !names.isEmpty else {
                throw .folderWithoutPictures(path: path, skippedCount: folder.names.count)
            }
            return names.map { folder.path(ofFile: $0) }
        } catch {
            throw CommandFailure(.noInput, "\(error)")
        }
    }

    /// Refuses results that would replace a picture, or each other, before anything is written.
    func check(_ folder: OutputFolder, replaces: Bool) throws {
        var sources: [String: String] = [:]
        for path in paths where !missing.contains(path) {
            guard !folder.isSame(as: Self.folder(of: path)) else {
                throw CommandFailure(
                    .configuration,
                    "failed to start: --output is the folder of \(path); choose another, so that "
                        + "results do not replace pictures"
                )
            }
            let name = Self.resultName(path)
            if let other = sources.updateValue(path, forKey: name) {
                throw CommandFailure(
                    .configuration,
                    "failed to start: \(other) and \(path) would both become \(name); "
                        + "rename one, or change them in turn into two folders"
                )
            }
            guard replaces || !folder.holds(name) else {
                throw CommandFailure(
                    .configuration,
                    "failed to start: \(folder.file(name)) is there already; "
                        + "choose another --output or replace it with --force"
                )
            }
        }
    }

    /// A path's last part.
    static func fileName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// What a picture's result is called: its name, as PNG.
    static func resultName(_ path: String) -> String {
        let file = fileName(path)
        guard let dot = file.lastIndex(of: "."), dot > file.startIndex else { return file + ".png" }
        return file[..<dot] + ".png"
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return String(path[...slash])
    }
}
