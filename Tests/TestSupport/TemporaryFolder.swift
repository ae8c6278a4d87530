import Glibc

/// A folder of the test's own, removed with everything in it when the test is over.
package final class TemporaryFolder {
    /// Its path, without a slash at the end.
    package let path: String

    /// Makes the folder.
    package init() throws {
        var template = Array("/tmp/gan-accelerator-tests.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(number: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        Self.remove(path)
    }

    private static func remove(_ folder: String) {
        chmod(folder, 0o700)
        for name in (try? names(in: folder)) ?? [] {
            let entry = folder + "/" + name
            if unlink(entry) != 0 { remove(entry) }
        }
        rmdir(folder)
    }

    /// What a system call said.
    package struct Failure: Error {
        /// The `errno`.
        package var number: Int32
    }

    /// Everything in the folder, hidden or not, in order.
    package func names() throws -> [String] { try Self.names(in: path) }

    /// Everything in a folder, hidden or not, in order.
    package static func names(in path: String) throws -> [String] {
        guard let folder = opendir(path) else { throw Failure(number: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Puts a file into the folder by plain system calls and returns its path.
    @discardableResult
    package func add(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = self.path + "/" + name
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o644)
        guard descriptor >= 0 else { throw Failure(number: errno) }
        defer { close(descriptor) }
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            throw Failure(number: errno)
        }
        return path
    }

    /// Makes a folder inside and returns its path.
    @discardableResult
    package func addFolder(_ name: String) throws -> String {
        let path = self.path + "/" + name
        guard mkdir(path, 0o755) == 0 else { throw Failure(number: errno) }
        return path
    }
}
