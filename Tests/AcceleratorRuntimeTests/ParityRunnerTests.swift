import AcceleratorDriver
import AcceleratorRuntime
import ModelGraph
import Testing

@Suite struct ParityRunnerTests {
    @Test func comparesWhatTheDeviceComputed() async throws {
        let right = try await GoldenCase().results()
        #expect(right.map(\.tensor) == ["update"])
        #expect(right.allSatisfy { $0.isInside })
        let wrong = try await GoldenCase(want: [-0.5, 0.5, 0.5]).results()
        #expect(wrong.allSatisfy { !$0.isInside })
        let impossible = try await GoldenCase(tolerance: ["update": ["relativeL2": -1.0]])
            .results()
        #expect(impossible.allSatisfy { !$0.isInside })
    }

    @Test func aTensorThatIsNotComputedIsOutside() async throws {
        var golden = GoldenCase()
        golden.tolerance = ["momentum": ["relativeL2": 1.0]]
        golden.wantedName = "want.momentum"
        let results = try await golden.results()
        #expect(results.count == 1)
        #expect(results.allSatisfy { !$0.isInside })
    }

    /// An input tensor of ones.
    private func map(_ name: String, _ shape: [Int]) -> SafetensorsWriter.Tensor {
        let values = [Float](repeating: 1, count: shape.reduce(1, *))
        return .init(name: "in.\(name)", shape: shape, values: values)
    }

    @Test func whatACaseLacksIsAnError() async throws {
        let convolution = [map("input", [1, 1, 4, 4]), map("weight", [1, 1, 3, 3])]
        let pair = [map("real_a", []), map("real_b", [])]
        let changes: [(String, (inout GoldenCase) -> Void)] = [
            ("no tensor want.update", { $0.wantedName = "want.other" }),
            ("no tensor in.gradient.1", { $0.gradients = [[1, 2, 3]] }),
            ("shape does not fit", { $0.gradients[1] = [1] }),
            ("expected 1...1000000", { $0.steps = 0 }), ("kind op sgd", { $0.operation = "sgd" }),
            ("kind nothing adam", { $0.kind = "nothing" }),
            ("kind iteration adam", { $0.kind = "iteration" }),
            (
                "in.real has shape []",
                {
                    ($0.kind, $0.operation) = ("iteration", "stargan")
                    $0.further = [map("real", [])]
                }
            ),
            (
                "in.real has shape [0, 3, 4, 4]",
                {
                    ($0.kind, $0.operation) = ("iteration", "stargan")
                    $0.further = [map("real", [0, 3, 4, 4])]
                }
            ),
            (
                "in.real_a has shape []",
                {
                    ($0.kind, $0.operation) = ("iteration", "cyclegan")
                    $0.further = pair
                }
            ),
            (
                "in.grad_output has shape [3]",
                {
                    $0.operation = "conv2d"
                    $0.further = convolution + [map("grad_output", [3])]
                }
            ),
            (
                "in.weight has shape []",
                {
                    $0.operation = "conv2d"
                    $0.further = [map("input", [1, 1, 4, 4]), map("weight", [])]
                }
            ),
        ]
        for (words, change) in changes {
            var golden = GoldenCase()
            change(&golden)
            let changed = golden
            let error = await #expect(throws: RetrainingError.self) {
                _ = try await changed.results()
            }
            #expect(error.map { "\($0)" }?.contains(words) == true, "\(words): \(error as Any)")
        }
    }

    @Test func aConvolutionWhoseMapsDisagreeIsAnError() async throws {
        for (input, weight, output) in [
            ([1, 1, 4, 4], [1, 2, 3, 3], [1, 1, 4, 4]),
            ([1, 1, 4, 4], [1, 1, 3, 3], [1, 1, 9, 9]),
            ([1, 1, 4, 4], [1, 1, 9, 9], [1, 1, 4, 4]),
            ([2, 1, 4, 4], [1, 1, 3, 3], [1, 1, 4, 4]),
            ([1, 1, 9000, 1], [1, 1, 3, 3], [1, 1, 9000, 1]),
        ] {
            var golden = GoldenCase()
            golden.operation = "conv2d"
            golden.further = [
                map("input", input), map("weight", weight), map("grad_output", output),
            ]
            let changed = golden
            await #expect(throws: RetrainingError.self) { _ = try await changed.results() }
        }
    }
}
