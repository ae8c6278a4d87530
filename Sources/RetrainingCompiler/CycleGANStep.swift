import AcceleratorISA
import ModelGraph

/// Builds one training step of a CycleGAN. Direction a, with generator G and discriminator D:
///
/// ```
/// a, b -----> G -> [fake b | identity b]
/// [b | fake b] -> D -> D's losses -> D's gradients -> D update
///                 +--> adversarial loss -> error of fake b -----------------+
/// fake b -> G of direction b -> cycle a -> L1 to a -> that G's gradients    |
///                                                 +-> error of fake b ------+
/// identity b -> L1 to b -> error of identity b -----------------------------+-> G's gradients
///                                                                               -> G update
/// ```
/// With a pool, D's losses are of `[b | judged]` instead, where judged is an earlier fake or the
/// step's own; one forward pass of D goes over `[b | judged | fake b]`.
///
/// Neither update changes anything that is read after it: all gradients are those of the parameters
/// before the step, as if the generators were updated first and the discriminators after them. A
/// discriminator goes first here, since one forward pass serves its own gradients and its
/// judgement, and its maps need not be kept longer.
struct CycleGANStep {
    let places: CycleGANPlaces
    private var builder = ProgramBuilder()
    private var imageReads: [(command: Int, domain: CycleSide, image: Int)] = []
    private var poolReads: [(command: Int, side: CycleSide, image: Int)] = []
    private var poolWrites: [(command: Int, side: CycleSide, image: Int)] = []
    private var generatorUpdates = CyclePair<[Int]>(a: [], b: [])
    private var discriminatorUpdates = CyclePair<[Int]>(a: [], b: [])
    /// Directions whose discriminator alone is trained; nil for a step that trains everything.
    private let warmingUp: [CycleSide]?
    private let generators: CyclePair<ForwardPass>
    private let discriminators: CyclePair<ForwardPass>
    /// Per direction: source | target | (judged |) fake | identity, a batch each, so that the
    /// generator's input and output and the discriminator's input each are one tensor.
    private var pictures: CyclePair<Tensor>
    private var generatorGradients: CyclePair<GradientSet>
    private var discriminatorGradients: CyclePair<GradientSet>

    private var training: CycleGANTraining { places.training }
    private var batch: Int { places.training.batch }
    private var hasIdentity: Bool { training.lambdaIdentity != 0 && warmingUp == nil }
    private var hasPool: Bool { training.poolSize > 0 && warmingUp == nil }
    /// The place of the fakes among a direction's pictures.
    private var fakePart: Int { hasPool ? 3 : 2 }
    /// Images that a generator makes out of pictures of the step.
    private var generatedCount: Int { hasIdentity ? 2 * batch : batch }

    init(_ places: CycleGANPlaces, warmingUp: [CycleSide]? = nil) {
        self.places = places
        self.warmingUp = warmingUp
        let training = places.training
        func pass(_ parameters: NetworkParameters) -> ForwardPass {
            ForwardPass(parameters, rolin: training.rolin)
        }
        generators = CyclePair(a: pass(places.generators.a), b: pass(places.generators.b))
        discriminators = CyclePair(
            a: pass(places.discriminators.a),
            b: pass(places.discriminators.b)
        )
        var parts = 3
        if warmingUp == nil {
            parts += training.lambdaIdentity != 0 ? 1 : 0
            parts += training.poolSize > 0 ? 1 : 0
        }
        func pictures(_ builder: inout ProgramBuilder) -> Tensor {
            builder.map(
                batch: parts * training.batch,
                places.generators.a.graph.inputShape,
                kind: .featureMap,
                survives: training.keepsResults
            )
        }
        self.pictures = CyclePair(a: pictures(&builder), b: pictures(&builder))
        let none = GradientSet(survives: training.keepsResults)
        generatorGradients = CyclePair(a: none, b: none)
        discriminatorGradients = CyclePair(a: none, b: none)
    }

    /// The step, placed in DRAM behind `start`.
    func program(start: UInt64, capacity: UInt64) throws(CompileError) -> CycleGANProgram {
        var step = self
        return try step.build(start: start, capacity: capacity)
    }

    private mutating func build(
        start: UInt64,
        capacity: UInt64
    ) throws(CompileError) -> CycleGANProgram {
        if let warmingUp {
            warmingUp.forEach { appendWarmUp($0) }
        } else {
            appendTraining()
        }
        let program = try Program(builder, start: start, capacity: capacity)
        let fakes = CyclePair(
            a: program.resolved(fake(of: .b)),
            b: program.resolved(fake(of: .a))
        )
        return CycleGANProgram(
            program: program,
            imageReads: imageReads,
            poolReads: poolReads,
            poolWrites: poolWrites,
            generatorUpdates: generatorUpdates,
            discriminatorUpdates: discriminatorUpdates,
            gradients: training.keepsResults ? resolvedGradients(program) : [:],
            fakes: training.keepsResults && warmingUp == nil ? fakes : nil
        )
    }

    private mutating func appendTraining() {
        CycleSide.allCases.forEach { appendImages(of: $0) }
        let generated = both { $0.appendGeneration($1) }
        if hasPool { CycleSide.allCases.forEach { appendPool($0) } }
        let judged = both { $0.appendDiscriminator($1) }
        let returned = both { $0.appendCycle($1) }
        for side in CycleSide.allCases {
            appendGenerator(side, generated[side], judged: judged[side], returned: returned[side])
        }
    }

    /// Trains one discriminator on the fakes of a generator that stays as it is.
    private mutating func appendWarmUp(_ side: CycleSide) {
        appendImages(of: side, to: side, part: 0)
        appendImages(of: side.other, to: side, part: 1)
        _ = appendGeneration(side)
        let (record, scores) = appendJudging(side)
        appendDiscriminatorGradients(side, record, scores)
    }

    private mutating func both<Result>(
        _ body: (inout CycleGANStep, CycleSide) -> Result
    ) -> CyclePair<Result> {
        let a = body(&self, .a)
        return CyclePair(a: a, b: body(&self, .b))
    }

    private func resolvedGradients(_ program: Program) -> [String: Tensor] {
        var resolved: [String: Tensor] = [:]
        for side in CycleSide.allCases {
            for (name, tensor) in generatorGradients[side].tensors {
                resolved["generator_\(side.rawValue).\(name)"] = program.resolved(tensor)
            }
            for (name, tensor) in discriminatorGradients[side].tensors {
                resolved["discriminator_\(side.rawValue).\(name)"] = program.resolved(tensor)
            }
        }
        return resolved
    }

    // MARK: Pictures

    /// What direction `side` starts from, and what its output is compared with.
    private func source(of side: CycleSide) -> Tensor { part(0, of: side) }
    private func fake(of side: CycleSide) -> Tensor { part(fakePart, of: side) }
    private func identity(of side: CycleSide) -> Tensor { part(fakePart + 1, of: side) }
    private func part(_ number: Int, of side: CycleSide) -> Tensor {
        pictures[side].images(number * batch..<(number + 1) * batch)
    }

    /// Loads a domain's images, which are one direction's source and the other's target.
    private mutating func appendImages(of domain: CycleSide) {
        appendImages(of: domain, to: domain, part: 0)
        appendImages(of: domain, to: domain.other, part: 1)
    }

    private mutating func appendImages(of domain: CycleSide, to side: CycleSide, part: Int) {
        for image in 0..<batch {
            let place = self.part(part, of: side).images(image..<image + 1)
            let command = Command.compose(places.images[domain], labels: nil, to: place)
            let number = builder.append(command, "image \(domain.rawValue) \(image)")
            imageReads.append((number, domain, image))
        }
    }

    /// Takes what the discriminator judges, and keeps the fakes, one after the other: a fake may
    /// be given out again in its own step.
    private mutating func appendPool(_ side: CycleSide) {
        guard let slot = places.pools[side] else { return }
        let (fakes, judged) = (fake(of: side), part(fakePart - 1, of: side))
        for image in 0..<batch {
            let fake = fakes.images(image..<image + 1)
            let label = "pool \(side.rawValue) \(image)"
            let read = Command.compose(fake, labels: nil, to: judged.images(image..<image + 1))
            poolReads.append((builder.append(read, label + " read"), side, image))
            let write = Command.compose(fake, labels: nil, to: slot)
            poolWrites.append((builder.append(write, label + " write"), side, image))
        }
    }

    /// Generates fakes from the source and, if asked for, identities from the target.
    private mutating func appendGeneration(_ side: CycleSide) -> ForwardRecord {
        let graph = places.generators[side].graph
        return generators[side].append(
            to: &builder,
            input: pictures[side].images(0..<generatedCount),
            label: "generator \(side.rawValue)",
            outputs: [
                graph.outputs[0]: pictures[side].images(
                    fakePart * batch..<fakePart * batch + generatedCount
                )
            ]
        )
    }

    // MARK: Discriminators

    /// A discriminator's scores of the targets, what it takes for fakes, and the fakes.
    private mutating func appendJudging(_ side: CycleSide) -> (ForwardRecord, scores: Tensor) {
        let pass = discriminators[side]
        let record = pass.append(
            to: &builder,
            input: pictures[side].images(batch..<(fakePart + 1) * batch),
            label: "discriminator \(side.rawValue)"
        )
        return (record, pass.value(of: pass.graph.outputs[0], in: record))
    }

    /// A discriminator's losses, gradients and update; returns the error of the fakes, which
    /// should have passed for real ones.
    private mutating func appendDiscriminator(_ side: CycleSide) -> Tensor? {
        let pass = discriminators[side]
        let output = pass.graph.outputs[0]
        let (record, scores) = appendJudging(side)
        let fakes = (fakePart - 1) * batch..<fakePart * batch
        let fakeScores = scores.images(fakes)
        let judgement = builder.map(like: fakeScores, kind: .error)
        append(side == .a ? .adversarialA : .adversarialB) {
            .adversarial(
                .leastSquares,
                of: fakeScores,
                isReal: true,
                value: $0,
                gradient: judgement
            )
        }
        var backward = BackwardPass(
            pass,
            record.images(fakes),
            label: "judgement \(side.rawValue)",
            wantsInputError: true,
            trains: { _ in false }
        )
        var none = GradientSet(survives: false)
        let error = backward.append(to: &builder, errors: [output: judgement], gradients: &none)
        appendDiscriminatorGradients(side, record, scores)
        return error
    }

    private mutating func appendDiscriminatorGradients(
        _ side: CycleSide,
        _ record: ForwardRecord,
        _ scores: Tensor
    ) {
        let errors = builder.map(like: scores.images(0..<2 * batch), kind: .error)
        let losses: [CycleGANLoss] =
            side == .a
            ? [.discriminatorRealA, .discriminatorFakeA]
            : [.discriminatorRealB, .discriminatorFakeB]
        for (loss, part) in zip(losses, [0..<batch, batch..<2 * batch]) {
            append(loss) {
                .loss(
                    .leastSquares,
                    of: scores.images(part),
                    value: $0,
                    gradient: errors.images(part),
                    weight: 1,
                    factor: 0.5,
                    constantTarget: part.lowerBound == 0 ? 1 : 0
                )
            }
        }
        let graph = discriminators[side].graph
        let backward = BackwardPass(
            discriminators[side],
            record.images(0..<2 * batch),
            label: "discriminator \(side.rawValue)",
            wantsInputError: false,
            trains: graph.hasGradient
        )
        let trained = backward.appendTraining(
            of: places.discriminators[side],
            to: &builder,
            errors: [graph.outputs[0]: errors],
            adding: discriminatorGradients[side],
            keepsResults: training.keepsResults
        )
        discriminatorGradients[side] = trained.gradients
        discriminatorUpdates[side] = trained.updates
    }

    // MARK: Generators

    /// Brings a direction's fakes back with the other generator: the cycle loss and that
    /// generator's gradients; returns the error of the fakes.
    private mutating func appendCycle(_ side: CycleSide) -> Tensor? {
        let pass = generators[side.other]
        let output = pass.graph.outputs[0]
        let label = "cycle \(side.rawValue)"
        let record = pass.append(to: &builder, input: fake(of: side), label: label)
        let back = pass.value(of: output, in: record)
        let error = builder.map(like: back, kind: .error)
        let (target, weight) = (source(of: side), training.lambdaCycle)
        append(side == .a ? .cycleA : .cycleB) {
            .loss(
                .absoluteDifference,
                of: back,
                value: $0,
                gradient: error,
                weight: weight,
                target: target
            )
        }
        var backward = BackwardPass(
            pass,
            record,
            label: label,
            wantsInputError: true,
            trains: pass.graph.hasGradient
        )
        return backward.append(
            to: &builder,
            errors: [output: error],
            gradients: &generatorGradients[side.other]
        )
    }

    /// A generator's remaining gradients and its update.
    private mutating func appendGenerator(
        _ side: CycleSide,
        _ generated: ForwardRecord,
        judged: Tensor?,
        returned: Tensor?
    ) {
        let graph = generators[side].graph
        let errors = builder.map(batch: generatedCount, graph.inputShape, kind: .error)
        var sum = Command(.elementwise, stage: .error)
        sum.operands[.source] = judged
        sum.operands[.sourceSkip] = returned
        sum.operands[.destination] = errors.images(0..<batch)
        builder.append(sum, "generated image error \(side.rawValue)")
        appendIdentityLoss(side, errors)
        let backward = BackwardPass(
            generators[side],
            generated,
            label: "generator \(side.rawValue)",
            wantsInputError: false,
            trains: graph.hasGradient
        )
        let trained = backward.appendTraining(
            of: places.generators[side],
            to: &builder,
            errors: [graph.outputs[0]: errors],
            adding: generatorGradients[side],
            keepsResults: training.keepsResults
        )
        generatorGradients[side] = trained.gradients
        generatorUpdates[side] = trained.updates
    }

    /// The target pictures should have come through as they are.
    private mutating func appendIdentityLoss(_ side: CycleSide, _ errors: Tensor) {
        let loss: CycleGANLoss = side == .a ? .identityB : .identityA
        guard hasIdentity else {
            builder.append(.fill(places.loss(loss), 0), loss.name)
            return
        }
        let (identity, target) = (identity(of: side), pictures[side].images(batch..<2 * batch))
        let gradient = errors.images(batch..<2 * batch)
        let weight = training.lambdaIdentity * training.lambdaCycle
        append(loss) {
            .loss(
                .absoluteDifference,
                of: identity,
                value: $0,
                gradient: gradient,
                weight: weight,
                target: target
            )
        }
    }

    /// Appends a loss; the command is made for the place of its value.
    private mutating func append(_ loss: CycleGANLoss, _ command: (Tensor) -> Command) {
        builder.append(command(places.loss(loss)), loss.name)
    }
}
