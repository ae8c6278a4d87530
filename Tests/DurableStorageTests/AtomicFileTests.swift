import DurableStorage
import Glibc
import TestSupport
import Testing

@Suite struct AtomicFileTests {
    fileprivate static func error(writingTo path: String) -> FileWriteError? {
        do throws(FileWriteError) {
            try AtomicFile.write([1, 2, 3], to: path)
            return nil
        } catch {
            return error
        }
    }

    private static func contents(of path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }

    @Test func writesAndReplacesWithoutATrace() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/new.bin"
        try AtomicFile.write([1, 2, 3], to: path)
        try AtomicFile.write([], to: path)
        #expect(Self.contents(of: path) == [])
        try AtomicFile.write([7, 8], to: path)
        #expect(Self.contents(of: path) == [7, 8])
        #expect(try folder.names() == ["new.bin"])
    }

    @Test func givesOthersWhatTheUmaskAllows() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/new.bin"
        try AtomicFile.write([1], to: path)
        let plain = try folder.add("plain.bin", [1])
        var status = stat()
        var plainStatus = stat()
        #expect(stat(path, &status) == 0 && stat(plain, &plainStatus) == 0)
        #expect(status.st_mode & 0o644 == plainStatus.st_mode & 0o644)
    }

    @Test func namesWhatStandsInTheWayAndLeavesNothing() throws {
        let folder = try TemporaryFolder()
        let missing = folder.path + "/missing/file.png"
        #expect(Self.error(writingTo: missing)?.cause == .folderMissing)
        let file = try folder.add("file", [9])
        #expect(Self.error(writingTo: file + "/inside.png")?.cause == .folderMissing)
        let nested = try folder.addFolder("nested")
        #expect(Self.error(writingTo: nested)?.cause == .isAFolder)
        #expect(Self.error(writingTo: folder.path + "/")?.cause == .isAFolder)
        #expect(Self.error(writingTo: "")?.cause == .badPath)
        #expect(Self.error(writingTo: "a\0b")?.cause == .badPath)
        #expect(try folder.names() == ["file", "nested"])
        #expect(Self.contents(of: file) == [9])
    }

    /// The superuser may write anywhere, so a process of its own becomes somebody else.
    @Test func refusesAFolderThatMayNotBeWritten() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            chmod(folder.path, 0o555)
            let user = geteuid()
            if user == 0 { guard seteuid(65_534) == 0 else { exit(2) } }
            let error = AtomicFileTests.error(writingTo: folder.path + "/file")
            seteuid(user)
            guard error?.cause == .notPermitted else { exit(3) }
            guard try folder.names() == [] else { exit(4) }
        }
    }

    /// A limit on file sizes fails in the middle of the writing, as a full disk does.
    @Test func removesTheTemporaryWhenWritingFails() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = try folder.add("precious.bin", [42])
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 4_096, rlim_max: 4_096)
            try #require(setrlimit(__rlimit_resource_t(1), &limit) == 0)
            let bytes = [UInt8](repeating: 1, count: 100_000)
            do throws(FileWriteError) {
                try AtomicFile.write(bytes, to: path)
                exit(1)
            } catch {
                guard case .system(reason: "file too large") = error.cause else { exit(2) }
            }
            let names = try folder.names()
            guard names == ["precious.bin"] else { exit(3) }
            var kept: [UInt8] = [0, 0]
            let descriptor = open(path, O_RDONLY)
            guard read(descriptor, &kept, 2) == 1, kept[0] == 42 else { exit(4) }
        }
    }

    @Test(arguments: [ENOSPC, EDQUOT])
    func saysWhatToDoWhenTheDiskIsFull(number: Int32) {
        let error = FileWriteError(path: "a.png", number: number)
        let message = "failed to write 'a.png': the disk is full; free some space and try again"
        #expect(error.description == message)
    }
}
