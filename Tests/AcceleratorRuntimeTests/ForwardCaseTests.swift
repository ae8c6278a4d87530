import AcceleratorDriver
import AcceleratorRuntime
import DurableStorage
import ModelGraph
import TestSupport
import Testing

/// Whole networks of every family against PyTorch, whose cases are beside these tests.
@Suite struct ForwardCaseTests {
    private static let folder: String = {
        let parts = #filePath.split(separator: "/").dropLast(2)
        return "/" + parts.joined(separator: "/") + "/Fixtures/ForwardCases"
    }()

    private static func parse(_ name: String) throws -> ParityCase {
        func read(_ file: String) throws -> [UInt8] {
            try FileBytes.read("\(folder)/\(name)/\(file)", maximumByteCount: 1 << 22)
        }
        return try ParityCase(
            description: read("case.json"),
            tensors: read("tensors.safetensors"),
            folder: name
        )
    }

    /// The cases, each with the number of its outputs.
    private static let cases = [
        ("patchgan", 1), ("patchgan-2-batch", 1), ("resnet-6", 1), ("resnet-6-batch", 1),
        ("resnet-9", 1), ("resnet-9-batch", 1), ("stargan-1", 1), ("stargan-5", 1),
        ("stargan-7", 1), ("stargan-discriminator", 2), ("unet-128-batch", 1),
        ("unet-32-instance", 1),
    ]

    @Test(arguments: cases)
    func theDeviceMakesWhatPyTorchMakes(name: String, outputCount: Int) async throws {
        let accelerator = try await openEmulator()
        let results = try await ParityRunner(accelerator).run(Self.parse(name))
        await accelerator.close()
        #expect(results.count == outputCount)
        for result in results {
            #expect(result.isInside, "\(result.tensor): \(result.relativeL2)")
        }
    }

    @Test func everyCaseIsRun() throws {
        let names = try TemporaryFolder.names(in: Self.folder)
        #expect(names.filter { !$0.contains(".") } == Self.cases.map(\.0))
    }

    @Test func madeTensorsAreThoseOfTheScript() throws {
        let parsed = try Self.parse("patchgan")
        let (shape, values) = try parsed.input("network.model.0.weight")
        #expect(shape == [8, 3, 4, 4])
        // The script's first row.
        #expect(
            values.prefix(4) == [-0.308_593_75, -0.029_418_945_312_5, 0.253_906_25, 0.337_890_625]
        )
        #expect(values.count == 384)
    }

    @Test(arguments: [
        (#"{"shape": [0], "center": 0, "width": 1}"#, "shape"),
        (#"{"shape": [8192, 8193], "center": 0, "width": 1}"#, "more than 67108864 elements"),
        (
            #"{"shape": [67108864, 67108864, 67108864], "center": 0, "width": 1}"#,
            "more than 67108864 elements"
        ),
        (#"{"shape": [2], "center": 1e300, "width": 1}"#, "within 1e6"),
        (#"{"shape": [2], "center": 0}"#, "width"),
    ])
    func absurdTensorsAreRefused(tensor: String, words: String) throws {
        let text = """
            {"format": 1, "name": "a", "kind": "forward", "family": "stargan", "tolerance": {},
            "made": {"seed": 1, "tensors": {"network.a": \(tensor)}}}
            """
        let error = #expect(throws: RetrainingError.self) {
            _ = try ParityCase(
                description: Array(text.utf8),
                tensors: SafetensorsWriter(tensors: []).bytes(),
                folder: "a"
            )
        }
        #expect(error.map { "\($0)" }?.contains(words) == true, "\(error as Any)")
    }
}
