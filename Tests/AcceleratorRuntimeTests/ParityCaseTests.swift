import AcceleratorRuntime
import ModelGraph
import Testing

@Suite struct ParityCaseTests {
    @Test func readsTolerancesOfBothKinds() throws {
        var golden = GoldenCase()
        golden.tolerance = [
            "a": ["relativeL2": 0.5], "b": ["cosineAtLeast": 0.9, "normRatioWithin": 0.1],
        ]
        let parsed = try golden.parsed()
        #expect(parsed.name == "by-hand")
        #expect(parsed.tolerances["a"] == .relativeL2(0.5))
        #expect(parsed.tolerances["b"] == .direction(cosineAtLeast: 0.9, normRatioWithin: 0.1))
        #expect(parsed.inputShapes["parameter"] == [3])
        #expect(try parsed.input("gradient.1").values == [4, -5, 6])
        #expect(try parsed.optionalInput("gradient.2") == nil)
        #expect(throws: RetrainingError.self) { try parsed.input("gradient.2") }
    }

    @Test func whatIsNoCaseIsRefused() throws {
        let changes: [(String, (inout GoldenCase) -> Void)] = [
            ("format 2 is unknown", { $0.format = 2 }),
            ("expected an object", { $0.tolerance = 3 }),
            ("cosineAtLeast", { $0.tolerance = ["update": ["normRatioWithin": 1.0]] }),
            ("expected a number", { $0.tolerance = ["update": ["relativeL2": "small"]] }),
        ]
        for (words, change) in changes {
            var golden = GoldenCase()
            change(&golden)
            let error = #expect(throws: RetrainingError.self) { _ = try golden.parsed() }
            #expect(error.map { "\($0)" }?.contains(words) == true, "\(error as Any)")
        }
        for (description, tensors) in [("", ""), ("{}", ""), ("[1]", "x")] {
            #expect(throws: RetrainingError.self) {
                _ = try ParityCase(
                    description: Array(description.utf8),
                    tensors: Array(tensors.utf8),
                    folder: "case"
                )
            }
        }
    }

    private func compare(
        _ got: [Float],
        _ want: [Float],
        _ tolerance: ParityCase.Tolerance
    ) -> ParityResult {
        ParityResult(
            caseName: "case",
            tensor: "tensor",
            got: got,
            want: want,
            tolerance: tolerance
        )
    }

    @Test func measuresDistanceAngleAndLength() {
        let result = compare([3, 0], [3, 4], .relativeL2(0.8))
        #expect(abs(result.relativeL2 - 0.8) < 1e-12)
        #expect(abs(result.cosine - 0.6) < 1e-12)
        #expect(abs(result.normRatio - 0.6) < 1e-12)
        #expect(compare([3, 0], [3, 4], .relativeL2(0.81)).isInside)
        #expect(!compare([3, 0], [3, 4], .relativeL2(0.79)).isInside)
    }

    @Test func directionNeedsBothAngleAndLength() {
        func isInside(_ got: [Float], _ cosine: Double, _ within: Double) -> Bool {
            compare(got, [3, 4], .direction(cosineAtLeast: cosine, normRatioWithin: within))
                .isInside
        }
        #expect(isInside([6, 8], 0.999, 1.001))
        #expect(!isInside([6, 8], 0.999, 0.999))
        #expect(isInside([3, 0], 0.59, 0.41))
        #expect(!isInside([3, 0], 0.61, 0.41))
        #expect(!isInside([3, 0], 0.59, 0.39))
        #expect(!isInside([-3, -4], 0.5, 0.5))
        #expect(!isInside([0, 0], 0.5, 2))
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func whatIsNotFiniteIsOutside(value: Float) {
        for tolerance in [
            ParityCase.Tolerance.relativeL2(.infinity),
            .direction(cosineAtLeast: -2, normRatioWithin: .infinity),
        ] {
            #expect(compare([1, 2], [1, 2], tolerance).isInside)
            #expect(!compare([1, value], [1, 2], tolerance).isInside)
            #expect(!compare([1, 2], [1, value], tolerance).isInside)
            #expect(!compare([1], [1, 2], tolerance).isInside)
            #expect(!compare([], [1, 2], tolerance).isInside)
        }
    }

    @Test func zerosAreComparedByDistance() {
        #expect(compare([0, 0], [0, 0], .relativeL2(0)).isInside)
        #expect(!compare([0, 1e-3], [0, 0], .relativeL2(1)).isInside)
    }
}
