import AcceleratorISA
import ModelGraph

/// Builds one training step of a pix2pix: generator G and discriminator D of pairs.
///
/// ```
/// pairs -> [a | b], a, b            a -> G -> fake;  [a | fake]
/// [a | b], [a | fake] -> D -> D's losses -> D's gradients -> D update
/// [a | fake] -> D -> adversarial loss -> error of [a | fake] -> error of fake --+
/// fake -> L1 to b -> error of fake --------------------------------------------+-> G's gradients
///                                                                                 -> G update
/// ```
/// As in its release the discriminator is updated first, and judges the generator as it is then.
/// A target's channels are put behind a source's, and taken from there, by a 1x1 convolution with
/// ones: the values go through it unchanged.
struct Pix2PixStep {
    let places: Pix2PixPlaces
    private var builder = ProgramBuilder()
    private var pairReads: [(command: Int, pair: Int)] = []
    private var generatorUpdates: [Int] = []
    private var discriminatorUpdates: [Int] = []
    /// Whether the discriminator alone is trained.
    private let isWarmUp: Bool
    private let generator: ForwardPass
    private let discriminator: ForwardPass
    /// Pairs of source and target | pairs of source and fake, so that the discriminator's input is
    /// one tensor.
    private let pairs: Tensor
    private let sources: Tensor
    private let targets: Tensor
    private let fakes: Tensor
    private var generatorGradients: GradientSet
    private var discriminatorGradients: GradientSet

    private var training: Pix2PixTraining { places.training }
    private var batch: Int { places.training.batch }
    private var realPairs: Tensor { pairs.images(0..<batch) }
    private var fakePairs: Tensor { pairs.images(batch..<2 * batch) }

    init(_ places: Pix2PixPlaces, isWarmUp: Bool = false) {
        self.places = places
        self.isWarmUp = isWarmUp
        let (training, batch) = (places.training, places.training.batch)
        generator = ForwardPass(places.generator, rolin: training.rolin)
        discriminator = ForwardPass(places.discriminator, rolin: training.rolin)
        let graph = places.generator.graph
        let output = graph.outputShape(of: graph.outputs[0])
        pairs = builder.map(
            batch: 2 * batch,
            places.discriminator.graph.inputShape,
            kind: .featureMap
        )
        sources = builder.map(batch: batch, graph.inputShape, kind: .featureMap)
        targets = builder.map(batch: batch, output, kind: .featureMap)
        fakes = builder.map(
            batch: batch,
            output,
            kind: .featureMap,
            survives: training.keepsResults
        )
        generatorGradients = GradientSet(survives: training.keepsResults)
        discriminatorGradients = GradientSet(survives: training.keepsResults)
    }

    /// The step, placed in DRAM behind `start`.
    func program(start: UInt64, capacity: UInt64) throws(CompileError) -> Pix2PixProgram {
        var step = self
        return try step.build(start: start, capacity: capacity)
    }

    private mutating func build(
        start: UInt64,
        capacity: UInt64
    ) throws(CompileError) -> Pix2PixProgram {
        appendPairs()
        let generated = generator.append(
            to: &builder,
            input: sources,
            label: "generator",
            outputs: [generator.graph.outputs[0]: fakes]
        )
        appendFakePairs()
        appendDiscriminator()
        if !isWarmUp {
            let judged = appendJudgement()
            appendGenerator(generated, judged: judged)
        }
        let program = try Program(builder, start: start, capacity: capacity)
        var gradients: [String: Tensor] = [:]
        if training.keepsResults {
            for (prefix, set) in [
                ("generator", generatorGradients), ("discriminator", discriminatorGradients),
            ] {
                for (name, tensor) in set.tensors {
                    gradients["\(prefix).\(name)"] = program.resolved(tensor)
                }
            }
        }
        return Pix2PixProgram(
            program: program,
            pairReads: pairReads,
            generatorUpdates: generatorUpdates,
            discriminatorUpdates: discriminatorUpdates,
            gradients: gradients,
            fakes: training.keepsResults ? program.resolved(fakes) : nil
        )
    }

    // MARK: Pictures

    /// Loads pairs, whole and their sources and targets apart.
    private mutating func appendPairs() {
        for pair in 0..<batch {
            for (map, name) in [(realPairs, "pair"), (sources, "source")] {
                let command = Command.compose(
                    places.pair,
                    labels: nil,
                    to: map.images(pair..<pair + 1)
                )
                pairReads.append((builder.append(command, "\(name) \(pair)"), pair))
            }
        }
        // Only the reconstruction loss reads the targets alone.
        guard !isWarmUp else { return }
        builder.append(taken(from: realPairs, to: targets, stage: .forward), "targets")
    }

    private mutating func appendFakePairs() {
        let padded = builder.map(like: fakePairs, kind: .featureMap)
        builder.append(.compose(sources, labels: nil, to: padded), "sources of the fakes")
        var command = placing(.gather, stage: .forward)
        command.operands[.source] = fakes
        command.operands[.destination] = fakePairs
        command.operands[.destinationSkip] = padded
        builder.append(command, "fake pairs")
    }

    /// A target's channels of pairs.
    private func taken(from pairs: Tensor, to map: Tensor, stage: Stage) -> Command {
        var command = placing(.scatter, stage: stage)
        command.operands[.source] = pairs
        command.operands[.destination] = map
        return command
    }

    private func placing(_ direction: ConvolutionDirection, stage: Stage) -> Command {
        var command = Command(.convolution, stage: stage)
        command.geometry = ConvolutionGeometry(
            kernel: 1,
            stride: 1,
            padding: 0,
            direction: direction
        )
        command.operands[.weights] = places.placement
        return command
    }

    // MARK: Discriminator

    /// The discriminator's losses, gradients and update.
    private mutating func appendDiscriminator() {
        let (graph, label) = (discriminator.graph, "discriminator")
        let output = graph.outputs[0]
        let record = discriminator.append(to: &builder, input: pairs, label: label)
        let scores = discriminator.value(of: output, in: record)
        let errors = builder.map(like: scores, kind: .error)
        for (loss, part) in [
            (Pix2PixLoss.discriminatorReal, 0..<batch), (.discriminatorFake, batch..<2 * batch),
        ] {
            append(loss) {
                .loss(
                    .leastSquares,
                    of: scores.images(part),
                    value: $0,
                    gradient: errors.images(part),
                    weight: 1,
                    factor: 0.5,
                    constantTarget: loss == .discriminatorReal ? 1 : 0
                )
            }
        }
        let backward = BackwardPass(
            discriminator,
            record,
            label: label,
            wantsInputError: false,
            trains: graph.hasGradient
        )
        let trained = backward.appendTraining(
            of: places.discriminator,
            to: &builder,
            errors: [output: errors],
            adding: discriminatorGradients,
            keepsResults: training.keepsResults
        )
        discriminatorGradients = trained.gradients
        discriminatorUpdates = trained.updates
    }

    /// The adversarial loss; returns the error of the fake pairs.
    private mutating func appendJudgement() -> Tensor? {
        let output = discriminator.graph.outputs[0]
        let record = discriminator.append(to: &builder, input: fakePairs, label: "judgement")
        let scores = discriminator.value(of: output, in: record)
        let error = builder.map(like: scores, kind: .error)
        append(.adversarial) {
            .adversarial(.leastSquares, of: scores, isReal: true, value: $0, gradient: error)
        }
        var backward = BackwardPass(
            discriminator,
            record,
            label: "judgement",
            wantsInputError: true,
            trains: { _ in false }
        )
        var none = GradientSet(survives: false)
        return backward.append(to: &builder, errors: [output: error], gradients: &none)
    }

    // MARK: Generator

    /// The reconstruction loss, the generator's gradients and update.
    private mutating func appendGenerator(_ generated: ForwardRecord, judged: Tensor?) {
        let distances = builder.map(like: fakes, kind: .error)
        let (fakes, targets, weight) = (fakes, targets, training.lambdaReconstruction)
        append(.reconstruction) {
            .loss(
                .absoluteDifference,
                of: fakes,
                value: $0,
                gradient: distances,
                weight: weight,
                target: targets
            )
        }
        var errors = distances
        if let judged {
            errors = builder.map(like: fakes, kind: .error)
            var command = taken(from: judged, to: errors, stage: .error)
            command.operands[.destinationSkip] = distances
            builder.append(command, "generated image error")
        }
        let graph = generator.graph
        let backward = BackwardPass(
            generator,
            generated,
            label: "generator",
            wantsInputError: false,
            trains: graph.hasGradient
        )
        let trained = backward.appendTraining(
            of: places.generator,
            to: &builder,
            errors: [graph.outputs[0]: errors],
            adding: generatorGradients,
            keepsResults: training.keepsResults
        )
        generatorGradients = trained.gradients
        generatorUpdates = trained.updates
    }

    /// Appends a loss; the command is made for the place of its value.
    private mutating func append(_ loss: Pix2PixLoss, _ command: (Tensor) -> Command) {
        builder.append(command(places.loss(loss)), loss.name)
    }
}
