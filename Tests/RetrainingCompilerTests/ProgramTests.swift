import AcceleratorISA
import ModelGraph
import RetrainingCompiler
import TestSupport
import Testing

@Suite struct ProgramTests {
    /// Copies between random tensors, some of them slices, some of which survive.
    private func randomBuilder(
        seed: UInt64
    ) -> (builder: ProgramBuilder, survivors: [Tensor]) {
        var random = SeededGenerator(seed: seed)
        var builder = ProgramBuilder()
        var written: [Tensor] = []
        var survivors: [Tensor] = []
        for number in 0..<120 {
            let survives = random.below(12) == 0
            let tensor = builder.map(
                batch: 1 + random.below(3),
                FeatureMapShape(
                    channels: 1 + random.below(40),
                    height: 1 + random.below(9),
                    width: 1 + random.below(9)
                ),
                kind: .featureMap,
                survives: survives
            )
            if survives { survivors.append(tensor) }
            var command = Command(.elementwise, stage: .forward)
            command.operands[.destination] = tensor
            // Mostly young sources, so that memory is used again.
            for role in [OperandRole.source, .sourceSkip, .mask] where !written.isEmpty {
                let age = random.below(4) == 0 ? written.count : min(written.count, 5)
                let source = written[written.count - 1 - random.below(age)]
                let image = random.below(source.batch)
                command.operands[role] = source.images(image..<image + 1)
            }
            builder.append(command, "command \(number)")
            written.append(tensor)
        }
        return (builder, survivors)
    }

    @Test(arguments: UInt64(0)..<40)
    func noTensorIsWrittenOverWhileItIsNeeded(seed: UInt64) throws {
        let (builder, survivors) = randomBuilder(seed: seed)
        let start: UInt64 = 4096
        let program = try Program(builder, start: start, capacity: 1 << 30)
        #expect(MemoryShadow.faults(of: program, from: builder, survivors: survivors) == [])
        let placed = program.commands.flatMap { command in
            OperandRole.allCases.compactMap { command.operands[$0] }
        }
        #expect(placed.allSatisfy { $0.address >= start && $0.address % $0.alignment == 0 })
        #expect(placed.map { $0.address + $0.byteCount }.max() ?? 0 <= program.peakByteCount)
    }

    @Test func memoryIsUsedAgain() throws {
        let (builder, _) = randomBuilder(seed: 1)
        let program = try Program(builder, start: 0, capacity: 1 << 30)
        let total = builder.commands.reduce(UInt64(0)) {
            $0 + ($1.operands[.destination]?.byteCount ?? 0)
        }
        #expect(program.peakByteCount * 2 < total)
    }

    @Test func theShadowSeesATensorThatIsWrittenOver() throws {
        let (builder, _) = randomBuilder(seed: 2)
        var program = try Program(builder, start: 0, capacity: 1 << 30)
        let victim = try #require(program.commands[60].operands[.source])
        program.commands[59].operands[.destination]?.address = victim.address
        #expect(!MemoryShadow.faults(of: program, from: builder).isEmpty)
    }

    @Test func aProgramThatDoesNotFitNamesBothSizes() throws {
        let (builder, _) = randomBuilder(seed: 3)
        let peak = try Program(builder, start: 0, capacity: 1 << 30).peakByteCount
        _ = try Program(builder, start: 0, capacity: peak)
        let error = #expect(throws: CompileError.self) {
            try Program(builder, start: 0, capacity: peak - 1)
        }
        #expect(error?.description.contains("needs \(peak) bytes") == true)
        #expect(error?.description.contains("has \(peak - 1)") == true)
    }

    // MARK: Networks

    /// What a forward pass and a backward one that trains everything come to.
    private struct Training {
        var builder: ProgramBuilder
        var gradients: GradientSet
        var deltas: [Tensor?]
        var start: UInt64
    }

    /// A forward pass and a backward one that trains everything.
    private func trainingBuilder(
        _ graph: NetworkGraph,
        rolin: ROLINMode = .full,
        keepsDeltas: Bool = false
    ) throws -> Training {
        var layout = DeviceLayout(capacity: 1 << 30)
        let parameters = try NetworkParameters(graph, isTrained: true, in: &layout)
        var builder = ProgramBuilder()
        let pass = ForwardPass(parameters, rolin: rolin)
        let input = builder.map(batch: 2, graph.inputShape, kind: .featureMap)
        var fill = Command(.fill, stage: .forward)
        fill.operands[.destination] = input
        builder.append(fill, "input")
        let record = pass.append(to: &builder, input: input, label: "network")
        var errors: [Int: Tensor] = [:]
        for output in graph.outputs {
            let error = builder.map(like: pass.value(of: output, in: record), kind: .error)
            fill.operands[.destination] = error
            builder.append(fill, "error")
            errors[output] = error
        }
        var gradients = GradientSet(survives: true)
        var backward = BackwardPass(
            pass,
            record,
            label: "network",
            wantsInputError: true,
            keepsDeltas: keepsDeltas,
            trains: { _ in true }
        )
        let inputError = backward.append(to: &builder, errors: errors, gradients: &gradients)
        #expect(inputError != nil)
        return Training(
            builder: builder,
            gradients: gradients,
            deltas: backward.unitDeltas,
            start: layout.end
        )
    }

    static let graphs: [@Sendable () throws -> NetworkGraph] = [
        { try StarGAN.generator(channels: 4, classes: 3, residualBlocks: 2, imageSize: 16) },
        { try StarGAN.discriminator(imageSize: 16, channels: 4, classes: 3, layers: 3) },
        { try CycleGAN.generator(channels: 4, residualBlocks: 3, imageSize: 24) },
        { try CycleGAN.discriminator(channels: 20, imageSize: 24) },
    ]

    @Test(arguments: 0..<graphs.count, ROLINMode.allCases)
    func aNetworksTrainingKeepsWhatItNeeds(graph: Int, rolin: ROLINMode) throws {
        let training = try trainingBuilder(Self.graphs[graph](), rolin: rolin)
        let program = try Program(training.builder, start: training.start, capacity: 1 << 30)
        let survivors = training.gradients.tensors.values.map { $0 }
        let faults = MemoryShadow.faults(of: program, from: training.builder, survivors: survivors)
        #expect(faults == [])
        #expect(program.labels.count == program.commands.count)
    }

    @Test(arguments: 0..<graphs.count, ROLINMode.allCases)
    func noErrorIsMaskedInAPassOfItsOwnWithoutANorm(number: Int, rolin: ROLINMode) throws {
        let graph = try Self.graphs[number]()
        let plain = try trainingBuilder(graph, rolin: rolin)
        let kept = try trainingBuilder(graph, rolin: rolin, keepsDeltas: true)
        let masksOutput = graph.outputs.contains { graph.units[$0].activation != .none }
        #expect(maskPasses(of: plain) == 0)
        #expect(maskPasses(of: kept) == (masksOutput ? 1 : 0))
        for (index, unit) in graph.units.enumerated() where unit.normalization == nil {
            let isMaskedOutput = graph.outputs.contains(index) && unit.activation != .none
            #expect((plain.deltas[index] == nil) == isMaskedOutput)
            #expect(kept.deltas[index] != nil)
        }
        let masked = plain.builder.commands.filter {
            $0.errorActivation.kind != .identity && $0.operands[.errorStatistics] == nil
        }
        #expect(masked.count == (masksOutput ? 1 : 0))
        #expect(masked.allSatisfy { $0.opcode == .convolutionBackward })
    }

    /// Elementwise passes that mask an error and take no statistics of a norm.
    private func maskPasses(of training: Training) -> Int {
        training.builder.commands.count {
            $0.opcode == .elementwise && $0.maskActivation.kind != .identity
                && $0.operands[.maskStatistics] == nil
        }
    }

    @Test(arguments: 0..<graphs.count)
    func everyParameterGetsAGradientOfItsShape(number: Int) throws {
        let graph = try Self.graphs[number]()
        let gradients = try trainingBuilder(graph).gradients
        #expect(Set(gradients.tensors.keys) == Set(graph.parameters.map(\.name)))
        var layout = DeviceLayout(capacity: 1 << 30)
        let parameters = try NetworkParameters(graph, isTrained: false, in: &layout)
        for tensors in parameters.tensors {
            var gradient = try #require(gradients.tensors[tensors.parameter.name])
            gradient.address = tensors.master.address
            gradient.kind = tensors.master.kind
            #expect(gradient == tensors.master, "\(tensors.parameter.name)")
        }
    }
}
