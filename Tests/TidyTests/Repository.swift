import Foundation

/// The files of the repository that these tests belong to.
enum Repository {
    /// Folder of Package.swift.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every text file under version control's eyes: code, documents, scripts.
    static let files: [SourceText] = paths(in: "").compactMap { path in
        guard let data = try? Data(contentsOf: root.appending(path: path)),
            let text = String(data: data, encoding: .utf8)
        else { return nil }
        return SourceText(path: path, text: text)
    }

    /// Names at the root, without what .gitignore leaves out.
    static func namesAtRoot() throws -> [String] {
        let ignored = try String(contentsOf: root.appending(path: ".gitignore"), encoding: .utf8)
            .split(separator: "\n").map { $0.hasSuffix("/") ? $0.dropLast() : $0 }
        return try FileManager.default.contentsOfDirectory(atPath: root.path(percentEncoded: false))
            .filter { !ignored.contains(Substring($0)) }
    }

    /// Names of the targets under Sources.
    static let targets = Set(files.compactMap(\.sourceTarget))

    private static let textExtensions: Set<String> = ["swift", "c", "h", "md", "json", "modulemap"]

    private static func paths(in folder: String) -> [String] {
        let url = root.appending(path: folder)
        let keys: [URLResourceKey] = [.isDirectoryKey, .isSymbolicLinkKey]
        let entries =
            (try? FileManager.default.contentsOfDirectory(
                at: url,
                includingPropertiesForKeys: keys
            )) ?? []
        return entries.flatMap { entry -> [String] in
            let name = entry.lastPathComponent
            let path = folder.isEmpty ? name : folder + "/" + name
            let values = try? entry.resourceValues(forKeys: Set(keys))
            guard values?.isSymbolicLink != true else { return [] }
            if values?.isDirectory == true {
                let isOurs = !name.hasPrefix(".build") && ![".git", ".swiftpm"].contains(name)
                return isOurs ? paths(in: path) : []
            }
            let isText = textExtensions.contains(entry.pathExtension) || folder.hasPrefix(".ci")
            return isText ? [path] : []
        }
    }
}
