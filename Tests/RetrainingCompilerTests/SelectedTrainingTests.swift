import AcceleratorISA
import ModelGraph
import RetrainingCompiler
import Testing

/// Programs of trainings that retrain a selection of layers.
@Suite struct SelectedTrainingTests {
    private static let configuration = try? StarGANConfiguration(
        imageSize: 16,
        generatorChannels: 4,
        residualBlocks: 2,
        classes: 3,
        discriminatorChannels: 4,
        discriminatorLayers: 2
    )

    private static func plan(
        _ selection: LayerSelection,
        loss: AdversarialLoss = .leastSquares,
        prefixSlots: Int = 0
    ) throws -> StarGANPlan {
        let configuration = try #require(configuration)
        return try StarGANPlan(
            StarGANTraining(
                configuration: configuration,
                adversarialLoss: loss,
                keepsGradients: true,
                selection: selection,
                prefixSlots: prefixSlots
            ),
            graphs: (try configuration.generator(), try configuration.discriminator()),
            capabilities: DeviceCapabilities()
        )
    }

    private static func selection(
        _ names: [String],
        _ cycle: LayerSelection.Cycle = .whole
    ) throws -> LayerSelection {
        let configuration = try #require(configuration)
        return try LayerSelection(
            names: names,
            generator: configuration.generator(),
            discriminator: configuration.discriminator(),
            cycle: cycle
        )
    }

    /// Units of a network whose source's error a program writes, by the pass.
    private func propagations(_ program: Program, _ pass: String) -> [Int] {
        program.commands.indices.compactMap { index in
            let command = program.commands[index]
            guard command.opcode == .convolutionBackward, program.layers[index]?.pass == pass,
                command.operands[.destination] != nil
            else { return nil }
            return program.layers[index]?.unit
        }.sorted()
    }

    private static let selections = [
        ["generator"], ["discriminator"], ["generator.main.17"], ["generator.main.0"],
        ["generator.main.10.main.3", "discriminator.conv1"], ["generator.main.1.bias"],
        ["generator.main.9", "discriminator.main.0"], ["discriminator.main.2.bias"],
        ["generator.main.14.weight", "generator.main.4.weight", "discriminator.conv2"],
    ]

    @Test(arguments: selections, AdversarialLoss.allCases)
    func exactlyTheSelectedParametersHaveGradientsAndUpdates(
        names: [String],
        loss: AdversarialLoss
    ) throws {
        for cycle in LayerSelection.Cycle.allCases {
            let selection = try Self.selection(names, cycle)
            let plan = try Self.plan(selection, loss: loss)
            let generator = selection.generator ?? []
            let judge = selection.discriminator ?? []
            let wanted = Set(
                generator.map { "generator.\($0)" } + judge.map { "discriminator.\($0)" }
            )
            #expect(Set(plan.step.gradients.keys) == wanted)
            #expect(GradientWrites(plan.step.program).faults == [])
            #expect(plan.step.generatorUpdates.count == generator.count)
            #expect(plan.step.discriminatorUpdates.count == judge.count)
            #expect(plan.criticStep.generatorUpdates.isEmpty)
            #expect(plan.criticStep.discriminatorUpdates.count == judge.count)
        }
    }

    /// Ten units: 0 to 2, the blocks 3 + 4 and 5 + 6, 7 to 9.
    @Test(arguments: [
        ("generator.main.0", 0), ("generator.main.3", 1), ("generator.main.4.bias", 1),
        ("generator.main.9.main.0", 3), ("generator.main.10.main.3", 6), ("generator.main.11", 7),
        ("generator.main.17", 9),
    ])
    func theErrorStopsAtTheEarliestRetrainedLayer(name: String, depth: Int) throws {
        for cycle in LayerSelection.Cycle.allCases {
            let step = try Self.plan(Self.selection([name], cycle)).step.program
            // A block's skip carries the error past its layers only where they are not retrained.
            let behind = Array((depth + 1)..<10)
            #expect(propagations(step, "generator") == behind, "\(cycle)")
            let second = cycle == .whole ? Array(0..<10) : behind
            #expect(propagations(step, "reconstruction") == second, "\(cycle)")
            #expect(propagations(step, "judgement").count == 4, "\(cycle)")
            #expect(propagations(step, "discriminator") == [], "\(cycle)")
        }
    }

    @Test(arguments: [
        ("discriminator.main.0", [1, 2, 3]), ("discriminator.main.2", [2, 3]),
        ("discriminator.conv1", []), ("discriminator.conv2", []),
    ])
    func theDiscriminatorsErrorStopsThereToo(name: String, propagations: [Int]) throws {
        let step = try Self.plan(Self.selection([name])).step.program
        #expect(self.propagations(step, "discriminator") == propagations)
        #expect(self.propagations(step, "generator") == [])
        #expect(self.propagations(step, "judgement") == [])
        #expect(!step.layers.contains { $0?.pass == "reconstruction" })
    }

    @Test func aSkipCarriesTheErrorPastABlockThatIsNotRetrained() throws {
        // Of block 5 + 6 nothing is retrained, but the error passes both of it to block 3 + 4.
        let step = try Self.plan(Self.selection(["generator.main.9.main.3"], .cut)).step.program
        #expect(propagations(step, "generator") == [5, 6, 7, 8, 9])
    }

    @Test func aTrainingOfOneNetworkHasItsLossesOnly() throws {
        let generator = try Self.plan(Self.selection(["generator"]))
        #expect(
            generator.training.losses == [.generatorAdversarial, .generatorClass, .reconstruction]
        )
        #expect(generator.criticStep.program.commands.isEmpty)
        let discriminator = try Self.plan(Self.selection(["discriminator"]))
        #expect(
            discriminator.training.losses
                == [.discriminatorReal, .discriminatorFake, .discriminatorClass, .gradientPenalty]
        )
        #expect(discriminator.step.program.labels == discriminator.criticStep.program.labels)
    }

    @Test(arguments: [
        (LayerSelection(generator: [], discriminator: []), "nothing would be retrained"),
        (
            LayerSelection(generator: ["main.99.weight"], discriminator: []),
            "the StarGAN generator has no parameter main.99.weight"
        ),
        (
            LayerSelection(discriminator: ["conv1.weight", "conv1.bias"]),
            "the StarGAN discriminator has no parameter conv1.bias"
        ),
    ])
    func aSelectionOfNothingOrOfUnknownsIsRefused(selection: LayerSelection, words: String) {
        let error = #expect(throws: CompileError.self) { try Self.plan(selection) }
        #expect(error?.description.contains("failed to select layers: \(words)") == true)
    }

    // MARK: Kept prefixes

    @Test(arguments: LayerSelection.Cycle.allCases)
    func aKeptPrefixIsNotComputedInTheStep(cycle: LayerSelection.Cycle) throws {
        let names = ["generator.main.11", "discriminator.conv1"]
        let plan = try Self.plan(Self.selection(names, cycle), prefixSlots: 5)
        #expect(plan.keptUnits == 7)
        #expect(plan.prefixSlots.count == 5)
        #expect(Set(plan.prefixSlots.map(\.address)).count == 5)
        func units(_ program: Program?, _ pass: String) -> Set<Int> {
            Set((program?.layers ?? []).compactMap { $0?.pass == pass ? $0?.unit : nil })
        }
        let prefix = try #require(plan.prefix)
        #expect(units(prefix.program, "prefix") == Set(0..<7))
        #expect(units(plan.step.program, "generator") == Set(7..<10))
        #expect(units(plan.criticStep.program, "generator") == Set(7..<10))
        let second = units(plan.step.program, "reconstruction")
        #expect(second == (cycle == .own ? Set(7..<10) : Set(0..<10)))
        #expect(plan.step.prefixUses.contains { $0.isOriginal } == (cycle == .own))
        #expect(plan.step.prefixUses.contains { !$0.isOriginal })
        #expect(plan.criticStep.prefixUses.contains { !$0.isOriginal })
        #expect(!plan.criticStep.prefixUses.contains { $0.isOriginal })
    }

    @Test(arguments: [(0, 0), (1, 0), (2, 2), (3, 3)])
    func fewerThanTwoSlotsKeepNothing(given: Int, slots: Int) throws {
        let plan = try Self.plan(Self.selection(["generator.main.17"]), prefixSlots: given)
        #expect(plan.prefixSlots.count == slots)
        #expect(plan.keptUnits == (slots > 0 ? 9 : 0))
        #expect((plan.prefix == nil) == (slots == 0))
    }

    @Test func nothingIsKeptWhereTheFirstLayerIsRetrained() throws {
        let plan = try Self.plan(Self.selection(["generator.main.1.weight"]), prefixSlots: 4)
        #expect(plan.prefixSlots.isEmpty)
        #expect(plan.keptUnits == 0)
    }
}
