import ModelGraph
import RetrainingCompiler
import Testing

@Suite struct LayerSelectionTests {
    private static func configuration() throws -> StarGANConfiguration {
        try StarGANConfiguration(
            imageSize: 16,
            generatorChannels: 2,
            residualBlocks: 2,
            classes: 3,
            discriminatorChannels: 2,
            discriminatorLayers: 2
        )
    }

    private func selection(_ names: [String]) throws -> LayerSelection {
        let configuration = try Self.configuration()
        return try LayerSelection(
            names: names,
            generator: configuration.generator(),
            discriminator: configuration.discriminator(),
            cycle: .cut
        )
    }

    @Test func aNetworksNameStandsForAllOfIt() throws {
        let configuration = try Self.configuration()
        let generator = Set(try configuration.generator().parameters.map(\.name))
        let discriminator = Set(try configuration.discriminator().parameters.map(\.name))
        #expect(try selection(["generator"]).generator == generator)
        #expect(try selection(["generator"]).discriminator == [])
        #expect(try selection(["discriminator"]).discriminator == discriminator)
        let both = try selection(["discriminator", "generator", "generator.main.0"])
        #expect(both.generator == generator && both.discriminator == discriminator)
        #expect(both.cycle == .cut)
    }

    /// The generator has `main.10` and `main.17`, the discriminator nothing called `main.1`.
    @Test(
        arguments: [
            ("generator.main.0", ["main.0.weight"], []),
            ("generator.main.1", ["main.1.weight", "main.1.bias"], []),
            ("generator.main.1.bias", ["main.1.bias"], []),
            (
                "generator.main.9",
                [
                    "main.9.main.0.weight", "main.9.main.1.weight", "main.9.main.1.bias",
                    "main.9.main.3.weight", "main.9.main.4.weight", "main.9.main.4.bias",
                ],
                []
            ),
            ("generator.main.9.main.3", ["main.9.main.3.weight"], []),
            ("generator.main.17", ["main.17.weight"], []),
            ("discriminator.main.2", [], ["main.2.weight", "main.2.bias"]),
            ("discriminator.conv1", [], ["conv1.weight"]),
            ("discriminator.conv2.weight", [], ["conv2.weight"]),
        ] as [(String, Set<String>, Set<String>)]
    )
    func aModulesPathStandsForWhatIsInside(
        name: String,
        generator: Set<String>,
        discriminator: Set<String>
    ) throws {
        let found = try selection([name])
        #expect(found.generator == generator)
        #expect(found.discriminator == discriminator)
    }

    @Test(arguments: [
        "main.0", "generator.", "generator.main.", "generator.main.2", "generator.main.99",
        "discriminator.main.1", "generatormain.0", "generator.main.0.weight.x", "Generator", "",
    ])
    func whatStandsForNothingIsNamed(name: String) throws {
        let error = #expect(throws: CompileError.self) { try selection(["generator", name]) }
        let text = error?.description ?? ""
        #expect(text.hasPrefix("failed to select layers: nothing is called \(name); "))
        #expect(text.contains("generator.main.17.weight"), "\(text)")
        #expect(text.contains("discriminator.conv2.weight"), "\(text)")
    }

    @Test func twoSelectionsAreTheSameExactlyIfTheirTextsAre() throws {
        var selections = [LayerSelection.all]
        for names in [["generator"], ["generator.main.0"], ["discriminator"], ["generator.main.9"]]
        {
            for cycle in LayerSelection.Cycle.allCases {
                var selection = try selection(names)
                selection.cycle = cycle
                selections.append(selection)
            }
        }
        for one in selections {
            for other in selections {
                #expect((one == other) == (one.text == other.text))
            }
        }
        #expect(
            try selection(["generator.main.1"]).text
                == "generator main.1.bias,main.1.weight; nothing of the discriminator; cycle cut"
        )
    }

    // MARK: Frozen prefix

    /// Units: 0 to 2 on the way down, 3 and 4, 5 and 6 the blocks, 7 and 8 on the way up, 9 last.
    @Test(arguments: [
        (0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 5), (6, 5), (7, 7), (8, 8), (9, 9),
    ])
    func aPrefixIsCutBetweenBlocksOnly(trained: Int, prefix: Int) throws {
        let graph = try Self.configuration().generator()
        #expect(graph.units.count == 10)
        #expect(graph.frozenPrefix { $0.unitIndex == trained } == prefix)
        #expect(graph.frozenPrefix { $0.unitIndex >= trained } == prefix)
    }

    @Test func withNothingRetrainedAllButTheOutputIsFrozen() throws {
        let configuration = try Self.configuration()
        #expect(try configuration.generator().frozenPrefix { _ in false } == 9)
        // Both heads read the trunk.
        #expect(try configuration.discriminator().frozenPrefix { _ in false } == 2)
        #expect(try configuration.generator().frozenPrefix { _ in true } == 0)
    }
}
