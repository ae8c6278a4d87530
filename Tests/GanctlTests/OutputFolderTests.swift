import DurableStorage
import Glibc
import ModelGraph
import TestSupport
import Testing

@Suite struct OutputFolderTests {
    @Test func whatDoesNotFitTheDiskLeavesNothingBehind() async throws {
        let folder = try TemporaryFolder()
        let retrain = try RetrainArguments(in: folder)
        let result = try await ganctl(retrain.words, fileByteLimit: 16 << 10)
        #expect(result.status == .exited(74), "\(result.errors)")
        #expect(result.errors.contains("failed to write '\(retrain.output)/plan.json'"))
        #expect(try TemporaryFolder.names(in: retrain.output) == [])

        let samples = folder.path + "/samples"
        let drawn = try await ganctl(
            ["samples", "--output", samples, "--count", "1", "--size", "256"],
            fileByteLimit: 4 << 10
        )
        #expect(drawn.status == .exited(74), "\(drawn.errors)")
        #expect(try TemporaryFolder.names(in: samples) == [])
    }

    @Test(.enabled(if: MountedDisk.isPossible, "mounting takes a privileged user"))
    func aFullDiskIsNamedAndTheTrainingCanBeFinishedLater() async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder, epochs: 2)
        #expect(try await ganctl(retrain.words).status == .exited(0))
        let hash = try retrain.report()["weightsHash"].string()
        let model = try FileBytes.read(
            retrain.output + "/model.safetensors",
            maximumByteCount: 1 << 24
        )

        let full = try MountedDisk(on: folder.addFolder("full"), byteCount: 16 << 10)
        retrain.output = full.path
        let first = try await ganctl(retrain.words)
        #expect(first.status == .exited(74), "\(first.errors)")
        #expect(first.errors.contains("the disk is full"))
        #expect(try TemporaryFolder.names(in: full.path) == [])

        // Room for the first checkpoint, but not for the model beside it.
        let small = try MountedDisk(
            on: folder.addFolder("small"),
            byteCount: model.count * 3 / 2
        )
        retrain.output = small.path
        let second = try await ganctl(retrain.words)
        #expect(second.status == .exited(74), "\(second.errors)")
        #expect(second.errors.contains("model.safetensors': the disk is full"))
        let left = try TemporaryFolder.names(in: small.path)
        #expect(left == ["checkpoint.safetensors", "plan.json"])

        try small.resize(byteCount: model.count * 8)
        let resumed = try await ganctl(retrain.words + ["--resume"])
        #expect(resumed.status == .exited(0), "\(resumed.errors)")
        #expect(try retrain.report()["weightsHash"].string() == hash)
    }
}

/// A file system of a few kilobytes in memory, there as long as the value lives.
private final class MountedDisk {
    let path: String

    /// What a system call said.
    struct Failure: Error {
        var number: Int32
    }

    /// Whether this user may mount at all.
    static var isPossible: Bool {
        guard let folder = try? TemporaryFolder() else { return false }
        return (try? MountedDisk(on: folder.path, byteCount: 4096)) != nil
    }

    init(on path: String, byteCount: Int) throws {
        self.path = path
        try mount(byteCount: byteCount, flags: 0)
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }

    func resize(byteCount: Int) throws { try mount(byteCount: byteCount, flags: 32) }

    /// 32 is MS_REMOUNT, which Swift does not see.
    private func mount(byteCount: Int, flags: UInt) throws {
        guard Glibc.mount("tmpfs", path, "tmpfs", flags, "size=\(byteCount)") == 0 else {
            throw Failure(number: errno)
        }
    }
}
