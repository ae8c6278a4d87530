import AcceleratorISA
import ModelGraph

/// Builds one training step of a StarGAN.
///
/// ```
/// real ------------------------+-> D [real | fake], D [mixed] -> losses -> gradients -> D update
/// real, target -> G -> fake ---+
///                       |----------> D -> adversarial, class --+
///                       +-> fake, original -> G -> back -> L1 -+-> G's gradients -> G update
/// ```
/// Real images and fakes are one batch of the discriminator, so that its weights are read once for
/// both; the fake of its step is the generator step's too, since the generator did not change.
struct StarGANStep {
    let places: StarGANPlaces
    /// Whether the generator is trained in this step, too.
    private let isGeneratorsTurn: Bool
    private var builder = ProgramBuilder()
    private var imageReads: [(command: Int, image: Int)] = []
    private var truthReads: [(command: Int, image: Int)] = []
    private var discriminatorUpdates: [Int] = []
    private var generatorUpdates: [Int] = []
    private let generator: ForwardPass
    private let discriminator: ForwardPass
    /// Input of the discriminator: real images, then fakes.
    private var judged: Tensor
    private let sourceHead: Int
    private let classHead: Int

    private var training: StarGANTraining { places.training }
    private var batch: Int { places.training.batch }
    private var hasPenalty: Bool {
        training.adversarialLoss == .wassersteinGradientPenalty
    }
    private var real: Tensor { judged.images(0..<batch) }
    private var fake: Tensor { judged.images(batch..<2 * batch) }

    init(_ places: StarGANPlaces, trainsGenerator: Bool) {
        self.places = places
        isGeneratorsTurn = trainsGenerator && places.training.trainsGenerator
        generator = ForwardPass(places.generator, rolin: places.training.rolin)
        discriminator = ForwardPass(places.discriminator, rolin: places.training.rolin)
        let outputs = places.discriminator.graph.outputs
        (sourceHead, classHead) = (outputs[0], outputs[1])
        judged = builder.map(
            batch: 2 * places.training.batch,
            places.discriminator.graph.inputShape,
            kind: .featureMap,
            survives: places.training.keepsResults
        )
    }

    /// The step, placed in DRAM behind `start`.
    func program(start: UInt64, capacity: UInt64) throws(CompileError) -> StarGANProgram {
        var step = self
        return try step.build(start: start, capacity: capacity)
    }

    private mutating func build(
        start: UInt64,
        capacity: UInt64
    ) throws(CompileError) -> StarGANProgram {
        var judgeGradients = GradientSet(survives: training.keepsGradients)
        var gradients = GradientSet(survives: training.keepsGradients)
        guard isGeneratorsTurn || training.trainsDiscriminator else { return try empty(start) }
        let generated = appendGeneration()
        if training.trainsDiscriminator { appendCriticStep(&judgeGradients) }
        var reconstructed: Tensor?
        if isGeneratorsTurn { reconstructed = appendGeneratorStep(generated, &gradients) }
        let program = try Program(builder, start: start, capacity: capacity)
        var resolved: [String: Tensor] = [:]
        for (name, tensor) in judgeGradients.tensors {
            resolved["discriminator.\(name)"] = program.resolved(tensor)
        }
        for (name, tensor) in gradients.tensors {
            resolved["generator.\(name)"] = program.resolved(tensor)
        }
        let fake = fake
        return StarGANProgram(
            program: program,
            imageReads: imageReads,
            truthReads: truthReads,
            discriminatorUpdates: discriminatorUpdates,
            generatorUpdates: generatorUpdates,
            prefixUses: prefixUses(program),
            gradients: training.keepsGradients ? resolved : [:],
            pictures: training.keepsResults && isGeneratorsTurn
                ? (program.resolved(fake), reconstructed.map(program.resolved)) : nil
        )
    }

    /// The step of a training that leaves the discriminator as it is, when it is not the
    /// generator's turn.
    private func empty(_ start: UInt64) throws(CompileError) -> StarGANProgram {
        StarGANProgram(
            program: try Program(ProgramBuilder(), start: start, capacity: start),
            imageReads: [],
            truthReads: [],
            discriminatorUpdates: [],
            generatorUpdates: [],
            prefixUses: [],
            gradients: [:],
            pictures: nil
        )
    }

    /// Operands that are kept values, whose places are chosen step by step.
    private func prefixUses(_ program: Program) -> [StarGANProgram.PrefixUse] {
        guard let prefix = places.prefix else { return [] }
        var uses: [StarGANProgram.PrefixUse] = []
        for (index, command) in program.commands.enumerated() {
            for role in OperandRole.allCases {
                guard let tensor = command.operands[role] else { continue }
                if tensor.address == prefix.target.address {
                    uses.append(.init(command: index, role: role, isOriginal: false))
                } else if tensor.address == prefix.original.address {
                    uses.append(.init(command: index, role: role, isOriginal: true))
                }
            }
        }
        return uses
    }

    // MARK: Generation

    /// Loads the images and generates fakes for the target labels.
    private mutating func appendGeneration() -> ForwardRecord {
        for image in 0..<batch {
            let target = real.images(image..<image + 1)
            append(.compose(places.image, labels: nil, to: target), image: image)
        }
        let kept = places.prefix.map { ForwardPass.Kept(unit: $0.unit, place: $0.target) }
        // Behind a kept value nothing reads the input.
        let input =
            kept == nil ? generatorInput(real, labels: places.targetLabels)(&builder) : real
        let output = places.generator.graph.outputs[0]
        return generator.append(
            to: &builder,
            input: input,
            label: StarGANPass.generator,
            outputs: [output: fake],
            kept: kept
        )
    }

    /// What makes the generator's input: images with labels as constant channels behind them.
    private func generatorInput(
        _ images: Tensor,
        labels: Tensor
    ) -> (inout ProgramBuilder) -> Tensor {
        let (batch, shape) = (batch, places.generator.graph.inputShape)
        return { builder in
            let input = builder.map(batch: batch, shape, kind: .featureMap)
            builder.append(.compose(images, labels: labels, to: input), "generator input")
            return input
        }
    }

    private func trainsGenerator(_ tensors: ParameterTensors) -> Bool {
        training.selection.trainsGenerator(tensors.parameter)
    }

    private func trainsDiscriminator(_ tensors: ParameterTensors) -> Bool {
        training.selection.trainsDiscriminator(tensors.parameter)
    }

    private mutating func append(_ command: Command, image: Int) {
        imageReads.append((builder.append(command, "image \(image)"), image))
    }

    // MARK: Discriminator

    /// Losses of the discriminator, its gradients and its update.
    ///
    /// The penalty goes first, up to the two maps of each layer that its gradient is made from;
    /// then each layer's whole gradient is made and used at once.
    private mutating func appendCriticStep(_ gradients: inout GradientSet) {
        let penalty = hasPenalty ? appendPenalty(&gradients) : nil
        let record = discriminator.append(
            to: &builder,
            input: judged,
            label: StarGANPass.discriminator
        )
        let scores = discriminator.value(of: sourceHead, in: record)
        let classes = discriminator.value(of: classHead, in: record)
        let scoreErrors = builder.map(like: scores, kind: .error)
        let classErrors = builder.map(like: classes, kind: .error)
        appendCriticLosses(scores, classes, scoreErrors, classErrors)
        var backward = BackwardPass(
            discriminator,
            record,
            label: StarGANPass.discriminator,
            wantsInputError: false,
            trains: trainsDiscriminator
        )
        let errors = [sourceHead: scoreErrors, classHead: classErrors]
        let (parameters, optimizer) = (places.discriminator, training.optimizer)
        var updates: [Int] = []
        _ = backward.append(to: &builder, errors: errors, gradients: &gradients) {
            unit,
            builder,
            gradients in
            if let penalty, let source = penalty.sources[unit] {
                penalty.pass.appendGradient(
                    of: unit,
                    source: source,
                    to: &builder,
                    gradients: &gradients
                )
            }
            parameters.appendUpdates(
                of: unit,
                to: &builder,
                gradients,
                kind: optimizer,
                places: &updates
            )
        }
        discriminatorUpdates = updates
    }

    private mutating func appendCriticLosses(
        _ scores: Tensor,
        _ classes: Tensor,
        _ scoreErrors: Tensor,
        _ classErrors: Tensor
    ) {
        let parts = [0..<batch, batch..<2 * batch]
        for (part, isReal) in zip(parts, [true, false]) {
            let value = places.loss(isReal ? .discriminatorReal : .discriminatorFake)
            let command = Command.adversarial(
                training.adversarialLoss,
                of: scores.images(part),
                isReal: isReal,
                value: value,
                gradient: scoreErrors.images(part)
            )
            builder.append(command, "discriminator loss")
        }
        let command = classLoss(
            of: classes.images(parts[0]),
            labels: places.originalLabels,
            value: places.loss(.discriminatorClass),
            gradient: classErrors.images(parts[0])
        )
        builder.append(command, "discriminator class loss")
        builder.append(.fill(classErrors.images(parts[1]), 0), "discriminator class loss")
        let penalty = places.loss(.gradientPenalty)
        if !hasPenalty { builder.append(.fill(penalty, 0), "discriminator penalty") }
    }

    private func classLoss(
        of scores: Tensor,
        labels: Tensor,
        value: Tensor,
        gradient: Tensor
    ) -> Command {
        .loss(
            training.classLoss == .sigmoid ? .sigmoidCrossEntropy : .softmaxCrossEntropy,
            of: scores,
            value: value,
            gradient: gradient,
            weight: training.lambdaClass,
            target: labels
        )
    }

    /// The penalty on the gradient at mixtures of real images and fakes, up to what is left of its
    /// second-order term.
    private mutating func appendPenalty(
        _ gradients: inout GradientSet
    ) -> (pass: TangentPass, sources: [Tensor?])? {
        let mixed = builder.map(like: real, kind: .featureMap)
        var mix = Command(.interpolate, stage: .forward)
        mix.operands[.source] = real
        mix.operands[.target] = fake
        mix.operands[.labels] = places.mixingFactors
        mix.operands[.destination] = mixed
        builder.append(mix, "penalty mixture")
        let record = discriminator.append(to: &builder, input: mixed, label: StarGANPass.penalty)
        let seed = builder.map(
            like: discriminator.value(of: sourceHead, in: record),
            kind: .error
        )
        builder.append(.fill(seed, 1), "penalty seed")
        var backward = BackwardPass(
            discriminator,
            record,
            label: StarGANPass.penalty,
            wantsInputError: true,
            keepsDeltas: true,
            trains: { _ in false }
        )
        var none = GradientSet(survives: false)
        let inputError = backward.append(
            to: &builder,
            errors: [sourceHead: seed],
            gradients: &none
        )
        guard let inputError else { return nil }
        let tangent = builder.map(like: inputError, kind: .error)
        let command = Command.loss(
            .gradientPenalty,
            of: inputError,
            value: places.loss(.gradientPenalty),
            gradient: tangent,
            weight: training.lambdaGradientPenalty
        )
        builder.append(command, "penalty loss")
        let pass = TangentPass(
            forward: discriminator,
            record: record,
            deltas: backward.unitDeltas,
            label: StarGANPass.penalty,
            trains: trainsDiscriminator
        )
        let sources = pass.append(
            to: &builder,
            input: tangent,
            output: sourceHead,
            gradients: &gradients
        )
        return (pass, sources)
    }

    // MARK: Generator

    /// The reconstruction, its loss and its share of the generator's gradients; the error of its
    /// input, where that goes on.
    private mutating func appendReconstruction(
        _ gradients: inout GradientSet
    ) -> (back: Tensor, inputError: Tensor?) {
        let output = places.generator.graph.outputs[0]
        let ownPrefix = training.selection.cycle == .own ? places.prefix : nil
        let makeInput = generatorInput(
            training.selection.cycle == .own ? real : fake,
            labels: places.originalLabels
        )
        let kept = ownPrefix.map { ForwardPass.Kept(unit: $0.unit, place: $0.original) }
        let record = generator.append(
            to: &builder,
            input: kept == nil ? makeInput(&builder) : real,
            label: StarGANPass.reconstruction,
            kept: kept
        )
        let back = generator.value(of: output, in: record)
        if training.keepsResults { builder.keep(back) }
        let backError = builder.map(like: back, kind: .error)
        let loss = Command.loss(
            .absoluteDifference,
            of: back,
            value: places.loss(.reconstruction),
            gradient: backError,
            weight: training.lambdaReconstruction,
            target: real
        )
        builder.append(loss, "reconstruction loss")
        // Inputs are made again rather than kept; the judgement waits until fewer maps are needed.
        var second = BackwardPass(
            generator,
            record,
            label: StarGANPass.reconstruction,
            wantsInputError: training.selection.cycle == .whole,
            trains: trainsGenerator,
            remakeInput: makeInput
        )
        let inputError = second.append(
            to: &builder,
            errors: [output: backError],
            gradients: &gradients
        )
        return (back, inputError)
    }

    /// Losses of the generator, its gradients and its update; returns the reconstruction, if its
    /// loss has any weight.
    private mutating func appendGeneratorStep(
        _ generated: ForwardRecord,
        _ gradients: inout GradientSet
    ) -> Tensor? {
        let output = places.generator.graph.outputs[0]
        let second = training.lambdaReconstruction > 0 ? appendReconstruction(&gradients) : nil
        var fakeError = total(appendJudgement(), second?.inputError)
        if training.lambdaTruth > 0 { fakeError = sum(fakeError, appendTruth()) }
        var first = BackwardPass(
            generator,
            generated,
            label: StarGANPass.generator,
            wantsInputError: false,
            trains: trainsGenerator,
            remakeInput: generatorInput(real, labels: places.targetLabels)
        )
        let (parameters, optimizer) = (places.generator, training.optimizer)
        let updates = !training.keepsResults
        var commands: [Int] = []
        _ = first.append(to: &builder, errors: [output: fakeError], gradients: &gradients) {
            unit,
            builder,
            gradients in
            guard updates else { return }
            parameters.appendUpdates(
                of: unit,
                to: &builder,
                gradients,
                kind: optimizer,
                places: &commands
            )
        }
        generatorUpdates = commands
        return second?.back
    }

    /// The updated discriminator's judgement of the fakes, as an error of the fakes.
    private mutating func appendJudgement() -> Tensor? {
        let record = discriminator.append(to: &builder, input: fake, label: StarGANPass.judgement)
        let scores = discriminator.value(of: sourceHead, in: record)
        let classes = discriminator.value(of: classHead, in: record)
        let scoreErrors = builder.map(like: scores, kind: .error)
        let classErrors = builder.map(like: classes, kind: .error)
        let command = Command.adversarial(
            training.adversarialLoss,
            of: scores,
            isReal: true,
            value: places.loss(.generatorAdversarial),
            gradient: scoreErrors,
            weight: training.lambdaAdversarial
        )
        builder.append(command, "generator adversarial loss")
        let classes1 = classLoss(
            of: classes,
            labels: places.targetLabels,
            value: places.loss(.generatorClass),
            gradient: classErrors
        )
        builder.append(classes1, "generator class loss")
        var backward = BackwardPass(
            discriminator,
            record,
            label: StarGANPass.judgement,
            wantsInputError: true,
            trains: { _ in false }
        )
        var none = GradientSet(survives: false)
        return backward.append(
            to: &builder,
            errors: [sourceHead: scoreErrors, classHead: classErrors],
            gradients: &none
        )
    }

    /// The judgement's error plus the image channels of the reconstruction's input error.
    private mutating func total(_ judged: Tensor?, _ input: Tensor?) -> Tensor {
        let picture = builder.map(like: fake, kind: .error)
        guard let input else { return judged ?? picture }
        var compose = Command.compose(input, labels: nil, to: picture)
        compose.stage = .error
        builder.append(compose, "reconstruction image error")
        guard let judged else { return picture }
        return sum(picture, judged)
    }

    private mutating func sum(_ one: Tensor, _ other: Tensor) -> Tensor {
        var command = Command(.elementwise, stage: .error)
        command.operands[.source] = one
        command.operands[.sourceSkip] = other
        let sum = builder.map(like: fake, kind: .error)
        command.operands[.destination] = sum
        builder.append(command, "generated image error")
        return sum
    }

    /// The distance of the fakes from the true images, as an error of the fakes.
    private mutating func appendTruth() -> Tensor {
        let truth = builder.map(like: fake, kind: .featureMap)
        for image in 0..<batch {
            let target = truth.images(image..<image + 1)
            let command = Command.compose(places.image, labels: nil, to: target)
            truthReads.append((builder.append(command, "truth \(image)"), image))
        }
        let error = builder.map(like: fake, kind: .error)
        let loss = Command.loss(
            training.truthLoss.kind,
            of: fake,
            value: places.loss(.truth),
            gradient: error,
            weight: training.lambdaTruth,
            target: truth
        )
        builder.append(loss, "truth loss")
        return error
    }
}
