import AcceleratorRuntime
import ModelGraph
import Testing

@Suite struct StudyRecordTests {
    static let record = StudyRecord(
        model: ("model.safetensors", String(repeating: "a", count: 64)),
        portraitsDigest: String(repeating: "b", count: 64),
        pictures: 7,
        judged: 4,
        epochs: 100,
        learningRate: 2e-4,
        profile: ("chip", "all of it"),
        device: ("emulator", "generic", 2),
        command: "ganctl study --model model.safetensors --output study"
    )

    @Test(arguments: [2e-4, nil])
    func aRecordIsReadAsItWasWritten(learningRate: Double?) throws {
        var record = Self.record
        record.learningRate = learningRate
        let bytes = try record.document.serialized(.indented)
        #expect(try StudyRecord(parsing: bytes, document: "study.json") == record)
    }

    @Test(arguments: ["format", "weightsHash", "threads", "learningRate", "command"])
    func aRecordWithoutAKeyIsRefused(key: String) throws {
        guard case .object(var members) = Self.record.document else { return }
        #expect(members.removeValue(forKey: key) != nil)
        let bytes = try StrictJSON.object(members).serialized()
        #expect(throws: JSONError.self) { try StudyRecord(parsing: bytes, document: "study.json") }
    }

    @Test func whatDecidesTheRowsMustBeTheSame() {
        typealias Change = @Sendable (inout StudyRecord) -> Void
        let changes: [(name: String, change: Change)] = [
            ("the model's weights (then aaaaaaaaaaaa…, now cccc)", { $0.weightsHash = "cccc" }),
            ("the renderer's portraits", { $0.portraitsDigest = "" }),
            ("--pictures (then 7, now 6)", { $0.pictures = 6 }), ("--judged", { $0.judged = 3 }),
            ("--epochs", { $0.epochs = 99 }), ("--learning-rate", { $0.learningRate = 1e-4 }),
            ("--profile", { $0.profile = "fpga" }),
            ("the parameters of the profile", { $0.profileDigest = "" }),
            ("--device", { $0.device = "usb" }), ("--kernels", { $0.kernels = "avx2" }),
            ("--threads", { $0.threads = 1 }),
        ]
        for (name, change) in changes {
            var other = Self.record
            change(&other)
            let difference = Self.record.difference(from: other)
            #expect(difference?.hasPrefix(name) == true, "\(difference ?? "no difference")")
        }
        var moved = Self.record
        moved.model = "elsewhere"
        moved.command = "ganctl study --model elsewhere --seeds 1,2,3,4"
        #expect(Self.record.difference(from: moved) == nil)
    }
}
