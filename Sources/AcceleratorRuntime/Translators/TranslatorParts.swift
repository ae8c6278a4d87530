import ModelGraph

/// What a state dict has of a translator: its kind, and which of its networks.
struct TranslatorParts {
    let kind: TranslatorKind
    let imageSize: Int
    let networks: [TranslatorNetwork: RecognizedNetwork]
    let generator: NetworkGraph
    let discriminator: NetworkGraph

    /// Recognises and assigns the networks of a checkpoint.
    init(
        _ checkpoint: Checkpoint,
        name: String,
        imageSize: Int?
    ) throws(RetrainingError) {
        let complaint = Complaint(name: name)
        let size = imageSize ?? TranslatorModel.imageSize(in: checkpoint.metadata)
        var found: [RecognizedNetwork]
        do throws(RecognitionError) {
            // A StarGAN's discriminator is of one image size: what is wrong is not the size.
            found = try NetworkRecognition.recognize(checkpoint.namedShapes).networks
            let architectures = found.filter { $0.role == .generator }.map(\.architecture)
            let wanted = size ?? architectures.first?.usualImageSize ?? 256
            if found.allSatisfy({ $0.family != .starGAN }) {
                found = try NetworkRecognition.recognize(
                    checkpoint.namedShapes,
                    imageSize: wanted
                ).networks
            }
            self.imageSize = wanted
        } catch {
            throw complaint.bad("\(error)")
        }
        try complaint.check(found)
        let generators = found.filter { $0.role == .generator }
        kind = generators.count == 2 ? .cycleGAN : .pix2pix
        networks = try complaint.assigned(found, kind)
        generator = generators[0].graph
        let judges = found.filter { $0.role == .discriminator }
        guard let judge = judges.first else {
            discriminator = try Self.freshDiscriminator(for: generators[0], kind, self.imageSize)
            return
        }
        discriminator = judge.graph
    }

    /// The release's discriminator, as wide as the generator: both have 64 channels there.
    private static func freshDiscriminator(
        for generator: RecognizedNetwork,
        _ kind: TranslatorKind,
        _ imageSize: Int
    ) throws(RetrainingError) -> NetworkGraph {
        let width: Int
        switch generator.architecture {
        case .residualGenerator(_, _, let channels, _, _, _),
            .uNetGenerator(_, _, let channels, _, _):
            width = channels
        default: throw .internalFault("failed to make a discriminator for a StarGAN")
        }
        let domains = kind == .cycleGAN ? 1 : 2
        let architecture = NetworkArchitecture.patchDiscriminator(
            inputChannels: domains * TranslatorModel.pictureChannels,
            channels: width,
            layers: 3,
            norm: .instance
        )
        do {
            return try architecture.network(imageSize: imageSize).graph
        } catch {
            throw .configuration("failed to make a discriminator: \(error)")
        }
    }
}

/// Says what about a model's networks does not fit.
private struct Complaint {
    let name: String

    func bad(_ fact: String) -> RetrainingError {
        .badFile("failed to read model \(name): \(fact)")
    }

    /// A network in words, and where it is.
    static func words(_ network: RecognizedNetwork) -> String {
        let place = network.prefix.isEmpty ? "" : " at \(network.prefix)"
        return "a \(network.family.rawValue) \(network.role.rawValue)\(place)"
    }

    private func list(_ networks: [RecognizedNetwork]) -> String {
        networks.map(Self.words).joined(separator: ", ")
    }

    /// Refuses networks that no translator has.
    func check(_ networks: [RecognizedNetwork]) throws(RetrainingError) {
        let strangers = networks.filter { $0.family == .starGAN }
        guard strangers.isEmpty else {
            throw bad("it holds \(list(strangers)); StarGANs are for ganctl retrain")
        }
        let folded = networks.filter { !$0.isTrainable }
        guard folded.isEmpty else {
            throw .configuration(
                "failed to train model \(name): \(list(folded)) has batch norms, which can be run "
                    + "but not trained; give one that was made with --norm instance"
            )
        }
        let generators = networks.filter { $0.role == .generator }
        guard (1...2).contains(generators.count) else {
            throw bad(
                "it holds \(list(networks)); a CycleGAN has two generators, a pix2pix has one"
            )
        }
        let channels = TranslatorModel.pictureChannels
        for generator in generators {
            let graph = generator.graph
            let written = graph.outputShape(of: graph.outputs[0]).channels
            guard graph.inputChannels == channels, written == channels else {
                throw bad(
                    "\(Self.words(generator)) makes \(written) channels of "
                        + "\(graph.inputChannels); give one that makes pictures of pictures, "
                        + "\(channels) of \(channels)"
                )
            }
        }
    }

    /// Which network is which.
    func assigned(
        _ networks: [RecognizedNetwork],
        _ kind: TranslatorKind
    ) throws(RetrainingError) -> [TranslatorNetwork: RecognizedNetwork] {
        var assigned: [TranslatorNetwork: RecognizedNetwork] = [:]
        for network in networks {
            let direction = kind == .cycleGAN ? network.direction : nil
            let place = TranslatorNetwork(role: network.role, direction: direction)
            guard kind.networks.contains(place) else {
                throw bad(
                    "of \(Self.words(network)) nothing says which way it leads; name the files, "
                        + "as in G_A=…,G_B=…,D_A=…,D_B=…"
                )
            }
            if let other = assigned.updateValue(network, forKey: place) {
                throw bad("\(list([other, network])) are both \(place.words); give one")
            }
        }
        for role in NetworkArchitecture.Role.allCases {
            let alike = networks.filter { $0.role == role }
            guard Set(alike.map(\.architecture)).count < 2 else {
                throw bad(
                    "\(list(alike)) differ in their sizes; both directions are trained with "
                        + "networks of the same sizes"
                )
            }
        }
        try checkJudges(networks.filter { $0.role == .discriminator }, kind)
        return assigned
    }

    private func checkJudges(
        _ judges: [RecognizedNetwork],
        _ kind: TranslatorKind
    ) throws(RetrainingError) {
        let channels = (kind == .cycleGAN ? 1 : 2) * TranslatorModel.pictureChannels
        for judge in judges where judge.graph.inputChannels != channels {
            let what = kind == .cycleGAN ? "a picture" : "source and target"
            throw bad(
                "\(Self.words(judge)) reads \(judge.graph.inputChannels) channels; that of a "
                    + "\(kind.title) reads \(channels), \(what)"
                    + (kind == .pix2pix ? " (a CycleGAN has two generators)" : "")
            )
        }
    }
}
