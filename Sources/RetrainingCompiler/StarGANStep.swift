import AcceleratorISA
import ModelGraph

/// Builds one training step of a StarGAN.
///
/// ```
/// real ------------------------+-> D [real | fake | mixed] -> losses -> D's gradients -> D update
/// real, target -> G -> fake ---+
///                       |----------> D -> adversarial, class --+
///                       +-> fake, original -> G -> back -> L1 -+-> G's gradients -> G update
/// ```
/// The discriminator's images are one batch, so that its weights are read once for all of them;
/// the fake of its step is the generator step's too, since the generator did not change between.
struct StarGANStep {
    let places: StarGANPlaces
    let trainsGenerator: Bool
    private var builder = ProgramBuilder()
    private var imageReads: [(command: Int, image: Int)] = []
    private var discriminatorUpdates: [Int] = []
    private var generatorUpdates: [Int] = []
    private let generator: ForwardPass
    private let discriminator: ForwardPass
    /// Input of the discriminator: real images, fakes, and with a penalty mixtures of both.
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
    private var mixed: Tensor { judged.images(2 * batch..<3 * batch) }

    init(_ places: StarGANPlaces, trainsGenerator: Bool) {
        self.places = places
        self.trainsGenerator = trainsGenerator
        generator = ForwardPass(places.generator)
        discriminator = ForwardPass(places.discriminator)
        let outputs = places.discriminator.graph.outputs
        (sourceHead, classHead) = (outputs[0], outputs[1])
        let parts = places.training.adversarialLoss == .wassersteinGradientPenalty ? 3 : 2
        judged = builder.map(
            batch: parts * places.training.batch,
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
        let generated = appendGeneration()
        var judgeGradients = GradientSet(survives: training.keepsResults)
        appendCriticStep(&judgeGradients)
        var gradients = GradientSet(survives: training.keepsResults)
        var reconstructed: Tensor?
        if trainsGenerator { reconstructed = appendGeneratorStep(generated, &gradients) }
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
            discriminatorUpdates: discriminatorUpdates,
            generatorUpdates: generatorUpdates,
            gradients: training.keepsResults ? resolved : [:],
            pictures: training.keepsResults
                ? reconstructed.map { (program.resolved(fake), program.resolved($0)) } : nil
        )
    }

    // MARK: Generation

    /// Loads the images and generates fakes for the target labels.
    private mutating func appendGeneration() -> ForwardRecord {
        let input = builder.map(
            batch: batch,
            places.generator.graph.inputShape,
            kind: .featureMap
        )
        for image in 0..<batch {
            let range = image..<image + 1
            let labels = places.targetLabels.images(range)
            append(.compose(places.image, labels: nil, to: real.images(range)), image: image)
            append(.compose(places.image, labels: labels, to: input.images(range)), image: image)
        }
        let output = places.generator.graph.outputs[0]
        return generator.append(
            to: &builder,
            input: input,
            label: "generator",
            outputs: [output: fake]
        )
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
        if hasPenalty {
            var mix = Command(.interpolate, stage: .forward)
            mix.operands[.source] = real
            mix.operands[.target] = fake
            mix.operands[.labels] = places.mixingFactors
            mix.operands[.destination] = mixed
            builder.append(mix, "discriminator mixture")
        }
        let record = discriminator.append(to: &builder, input: judged, label: "discriminator")
        let scores = discriminator.value(of: sourceHead, in: record)
        let classes = discriminator.value(of: classHead, in: record)
        let count = 2 * batch
        let scoreErrors = builder.map(like: scores, kind: .error)
        let classErrors = builder.map(like: classes.images(0..<count), kind: .error)
        appendCriticLosses(scores, classes, scoreErrors, classErrors)
        var backward = BackwardPass(
            discriminator,
            record.images(0..<count),
            label: "discriminator",
            wantsInputError: false,
            trains: { _ in true }
        )
        let errors = [sourceHead: scoreErrors.images(0..<count), classHead: classErrors]
        let penalty = hasPenalty ? appendPenalty(record, scoreErrors) : nil
        let parameters = places.discriminator
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
            parameters.appendUpdates(of: unit, to: &builder, gradients, places: &updates)
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

    /// The penalty on the gradient at mixed images, up to the maps of its second-order term.
    private mutating func appendPenalty(
        _ record: ForwardRecord,
        _ scoreErrors: Tensor
    ) -> (pass: TangentPass, sources: [Tensor?])? {
        let part = 2 * batch..<3 * batch
        let seed = scoreErrors.images(part)
        builder.append(.fill(seed, 1), "penalty seed")
        let mixedRecord = record.images(part)
        var backward = BackwardPass(
            discriminator,
            mixedRecord,
            label: "penalty",
            wantsInputError: true,
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
            record: mixedRecord,
            deltas: backward.unitDeltas,
            label: "discriminator"
        )
        return (pass, pass.append(to: &builder, input: tangent, output: sourceHead))
    }

    // MARK: Generator

    /// Losses of the generator, its gradients and its update; returns the reconstruction.
    private mutating func appendGeneratorStep(
        _ generated: ForwardRecord,
        _ gradients: inout GradientSet
    ) -> Tensor {
        let judgedError = appendJudgement()
        let output = places.generator.graph.outputs[0]
        let input = builder.map(
            batch: batch,
            places.generator.graph.inputShape,
            kind: .featureMap
        )
        builder.append(
            .compose(fake, labels: places.originalLabels, to: input),
            "reconstruction input"
        )
        let record = generator.append(to: &builder, input: input, label: "reconstruction")
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
        var second = BackwardPass(
            generator,
            record,
            label: "reconstruction",
            wantsInputError: true,
            trains: { _ in true }
        )
        let inputError = second.append(
            to: &builder,
            errors: [output: backError],
            gradients: &gradients
        )
        let fakeError = total(judgedError, inputError)
        var first = BackwardPass(
            generator,
            generated,
            label: "generator",
            wantsInputError: false,
            trains: { _ in true }
        )
        let (parameters, updates) = (places.generator, !training.keepsResults)
        var commands: [Int] = []
        _ = first.append(to: &builder, errors: [output: fakeError], gradients: &gradients) {
            unit,
            builder,
            gradients in
            guard updates else { return }
            parameters.appendUpdates(of: unit, to: &builder, gradients, places: &commands)
        }
        generatorUpdates = commands
        return back
    }

    /// The updated discriminator's judgement of the fakes, as an error of the fakes.
    private mutating func appendJudgement() -> Tensor? {
        let record = discriminator.append(to: &builder, input: fake, label: "judgement")
        let scores = discriminator.value(of: sourceHead, in: record)
        let classes = discriminator.value(of: classHead, in: record)
        let scoreErrors = builder.map(like: scores, kind: .error)
        let classErrors = builder.map(like: classes, kind: .error)
        let command = Command.adversarial(
            training.adversarialLoss,
            of: scores,
            isReal: true,
            value: places.loss(.generatorAdversarial),
            gradient: scoreErrors
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
            label: "judgement",
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
        var command = Command(.elementwise, stage: .error)
        command.operands[.source] = picture
        command.operands[.sourceSkip] = judged
        let sum = builder.map(like: fake, kind: .error)
        command.operands[.destination] = sum
        builder.append(command, "generated image error")
        return sum
    }
}
