import AcceleratorRuntime
import DurableStorage
import ModelGraph
import TestSupport
import Testing

/// Files that are refused, with the reason and the status that tells its kind.
@Suite struct ModelRefusalTests {
    private func expectRefusal(
        of bytes: [UInt8],
        as name: String = "m.pth",
        _ words: String
    ) async throws {
        let files = try ModelFiles()
        let path = try files.folder.add(name, bytes)
        for verb in ["import", "show"] {
            let result = try await files.ganctl(["model", verb, path])
            #expect(result.status == .exited(65), "\(verb): \(result.errors)")
            #expect(result.errors.contains(words), "\(verb): \(result.errors)")
        }
        #expect(!exists(files.store.path + "/entries"))
    }

    @Test func aPickleThatNamesASystemCallIsRefused() async throws {
        try await expectRefusal(of: Self.evil, "it asks for \"os.system\"")
    }

    /// An archive of torch.save with nothing in it but a call.
    private static let evil: [UInt8] = {
        let pickle = [0x80, 2] + Array("cos\nsystem\n(X\u{4}\u{0}\u{0}\u{0}echotR.".utf8)
        return zip("m/data.pkl", pickle, method: 0, size: pickle.count)
    }()

    @Test func aZipBombIsRefused() async throws {
        let bomb = Self.zip(
            "m/data.pkl",
            [UInt8](repeating: 3, count: 50),
            method: 8,
            size: 1 << 31
        )
        try await expectRefusal(of: bomb, "it is compressed (method 8, 50 bytes that stand for")
    }

    @Test func anAbsurdHeaderIsRefused() async throws {
        let bytes = [UInt8](repeating: 0, count: 7) + [0x80] + Array("{}".utf8)
        try await expectRefusal(of: bytes, as: "m.safetensors", "9223372036854775808 bytes")
    }

    @Test func aTruncatedFileIsRefused() async throws {
        let bytes = try ModelFiles.generator().encoded(as: .pytorch)
        try await expectRefusal(of: Array(bytes.prefix(bytes.count / 2)), "cut short")
        let other = try ModelFiles.generator().encoded(as: .safetensors)
        try await expectRefusal(of: other.dropLast(), as: "m.safetensors", "safetensors")
    }

    @Test func layersOfNoKnownFamilyAreListed() async throws {
        let tensor = try CheckpointTensor(
            path: ["encoder.layer.0.attention.weight"],
            elementType: .float32,
            shape: [1],
            bytes: [0, 0, 0, 0]
        )
        let bytes = try Checkpoint(format: .pytorch, tensors: [tensor]).encoded(as: .pytorch)
        try await expectRefusal(of: bytes, "encoder.layer.0.attention.weight")
    }

    @Test func missingFilesAndFullDisksAreToldApart() async throws {
        let files = try ModelFiles()
        let missing = try await files.ganctl(["model", "import", files.folder.path + "/no.pth"])
        #expect(missing.status == .exited(66), "\(missing.errors)")
        let path = try files.addGenerator()
        let full = try await files.ganctl(["model", "import", path], fileByteLimit: 4096)
        #expect(full.status == .exited(74), "\(full.errors)")
        #expect(full.errors.contains("failed to write"))
        let list = try await files.ganctl(["model", "list"])
        #expect(list.status == .exited(0) && list.output.hasPrefix("no models"))
        #expect(try TemporaryFolder.names(in: files.store.path + "/blobs").isEmpty)
    }

    /// An archive of one entry, whose method and size are as said.
    private static func zip(
        _ name: String,
        _ content: [UInt8],
        method: UInt16,
        size: Int
    ) -> [UInt8] {
        func little(_ value: some FixedWidthInteger, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: Int(value) >> (8 * $0)) }
        }
        var sum: UInt32 = .max
        for byte in content {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0xEDB8_8320 }
        }
        let head = little(0, 2) + little(method, 2) + little(0, 4) + little(~sum, 4)
        let sizes = little(content.count, 4) + little(size, 4) + little(name.utf8.count, 2)
        let local =
            little(0x0403_4B50, 4) + little(20, 2) + head + sizes + little(0, 2) + Array(name.utf8)
            + content
        let directory =
            little(0x0201_4B50, 4) + little(20, 2) + little(20, 2) + head + sizes
            + [UInt8](repeating: 0, count: 16) + Array(name.utf8)
        return local + directory + little(0x0605_4B50, 4) + little(0, 4) + little(1, 2)
            + little(1, 2) + little(directory.count, 4) + little(local.count, 4) + little(0, 2)
    }
}
