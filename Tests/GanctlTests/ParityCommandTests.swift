import ModelGraph
import TestSupport
import Testing

@Suite struct ParityCommandTests {
    /// Writes a case of one step of Adam without decay, whose update is the learning rate.
    private func addCase(
        _ name: String,
        relativeL2: Double,
        to folder: TemporaryFolder
    ) throws -> String {
        let path = try folder.addFolder(name)
        let description: StrictJSON = [
            "format": 1, "name": .string(name), "kind": "op", "op": "adam", "steps": 1,
            "learningRate": 0.25, "beta1": 0.0, "beta2": 0.0, "epsilon": 1e-12,
            "tolerance": ["update": ["relativeL2": .number(relativeL2)]],
        ]
        let tensors = [
            ("in.parameter", [1, 1]), ("in.gradient.0", [5, -7]), ("want.update", [-0.25, 0.25]),
        ].map { name, values in
            SafetensorsWriter.Tensor(name: name, shape: [2], values: values.map { Float($0) })
        }
        try folder.add(name + "/case.json", description.serialized())
        try folder.add(
            name + "/tensors.safetensors",
            SafetensorsWriter(tensors: tensors).bytes()
        )
        return path
    }

    @Test func theStatusSaysWhetherAllIsInside() async throws {
        let folder = try TemporaryFolder()
        let right = try addCase("right", relativeL2: 1e-6, to: folder)
        let impossible = try addCase("impossible", relativeL2: -1, to: folder)
        let good = try await ganctl(["parity", right])
        #expect(good.status == .exited(0), "\(good.errors)")
        #expect(good.output.hasPrefix("ok   right update: relative L2 "), "\(good.output)")
        #expect(good.output.contains("1 of 1 tensors of 1 cases inside tolerance on emulator"))
        let bad = try await ganctl(["parity", right, impossible])
        #expect(bad.status == .exited(1), "\(bad.errors)")
        #expect(bad.output.contains("FAIL impossible update"), "\(bad.output)")
        #expect(bad.output.contains("1 of 2 tensors of 2 cases"))
    }

    @Test func printsEveryTensorAsJSON() async throws {
        let folder = try TemporaryFolder()
        let right = try addCase("right", relativeL2: 1e-6, to: folder)
        let impossible = try addCase("impossible", relativeL2: -1, to: folder)
        let result = try await ganctl(["parity", right, impossible, "--json"])
        #expect(result.status == .exited(1), "\(result.errors)")
        let document = try JSONField(parsing: Array(result.output.utf8), document: "output")
        #expect(try document["failed"].integer() == 1)
        #expect(try document["device"].string() == "emulator")
        let results = try document["results"].elements()
        #expect(try results.map { try $0["case"].string() } == ["right", "impossible"])
        #expect(try results.map { try $0["inside"].bool() } == [true, false])
        #expect(try results.allSatisfy { try $0["relativeL2"].number() < 1e-6 })
    }

    @Test func aDamagedCaseIsBadData() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.addFolder("case")
        try folder.add("case/case.json", Array("{".utf8))
        try folder.add("case/tensors.safetensors", [])
        let result = try await ganctl(["parity", path])
        #expect(result.status == .exited(65), "\(result.errors)")
        #expect(result.errors.contains(path + "/case.json"))
    }
}
