/// Finds the networks of a state dict from names and shapes.
package struct NetworkRecognition {
    private let imageSize: Int?
    private var networks: [RecognizedNetwork] = []
    private var problems: [RecognitionError.Problem] = []

    /// The networks a state dict holds.
    ///
    /// Names may carry prefixes: `module.` of a parallel wrapper, then one that says which network
    /// it is, such as `generator.`, `netG_A.` or `D.`, then `module.` once more. Names of different
    /// prefixes belong to different networks; everything has to belong to one.
    ///
    /// - Parameters:
    ///   - shapes: The tensors; names differ.
    ///   - imageSize: Rows and columns of the images the networks are wanted for. Without it, the
    ///     size of a StarGAN discriminator for all of them, or what is usual for the first family.
    /// - Returns: At least one network.
    /// - Throws: `RecognitionError` listing everything that does not fit.
    package static func recognize(
        _ shapes: [NamedShape],
        imageSize: Int? = nil
    ) throws(RecognitionError) -> RecognizedNetworks {
        var groups: [String: [String: [Int]]] = [:]
        for entry in shapes {
            let prefix = NetworkPrefix(of: entry.name).text
            groups[prefix, default: [:]][String(entry.name.dropFirst(prefix.count))] = entry.shape
        }
        var recognition = Self(imageSize: imageSize ?? Self.ownImageSize(groups))
        for (prefix, group) in groups.sorted(by: { precedesByBytes($0.key, $1.key) }) {
            recognition.recognize(group, prefix)
        }
        guard recognition.problems.isEmpty, !recognition.networks.isEmpty else {
            throw RecognitionError(problems: recognition.problems)
        }
        return RecognizedNetworks(networks: recognition.networks)
    }

    private init(imageSize: Int?) { self.imageSize = imageSize }

    /// The image size that a discriminator among the networks was made for.
    private static func ownImageSize(_ groups: [String: [String: [Int]]]) -> Int? {
        let sizes = groups.values.compactMap { group -> Int? in
            guard Candidate(group) == .starGANDiscriminator else { return nil }
            return try? ShapeProbe(shapes: group).starGANDiscriminator("").imageSize
        }
        return sizes.min()
    }

    private mutating func recognize(_ shapes: [String: [Int]], _ prefix: String) {
        let names = NetworkPrefix(of: prefix)
        guard let candidate = Candidate(shapes) else {
            let unknown = shapes.keys.map { prefix + $0 }.sorted(by: precedesByBytes)
            refuse(prefix, nil, .unknownNames(unknown))
            return
        }
        do {
            let architecture = try candidate.architecture(ShapeProbe(shapes: shapes))
            if let role = names.role, role != architecture.role {
                return refuse(prefix, candidate, .wrongRole(architecture.role))
            }
            if case .starGANDiscriminator(let own, _, _, _) = architecture, let imageSize,
                own != imageSize
            {
                return refuse(prefix, candidate, .imageSize(own: own, wanted: imageSize))
            }
            try add(architecture, shapes, prefix, names.direction)
        } catch .mismatch(let mismatch) {
            refuse(prefix, candidate, .mismatch(mismatch.prefixed(prefix)))
        } catch .configuration(let error) {
            refuse(prefix, candidate, .sizes(error))
        } catch {
            refuse(prefix, candidate, .unknownNames([]))
        }
    }

    private mutating func refuse(
        _ prefix: String,
        _ candidate: Candidate?,
        _ fact: RecognitionError.Fact
    ) {
        problems.append(.init(prefix: prefix, candidate: candidate?.rawValue, fact: fact))
    }

    private mutating func add(
        _ architecture: NetworkArchitecture,
        _ shapes: [String: [Int]],
        _ prefix: String,
        _ direction: RecognizedNetwork.Direction?
    ) throws(ParameterError) {
        let network: (graph: NetworkGraph, foldedNorms: [FoldedNorm])
        do {
            network = try architecture.network(
                imageSize: imageSize ?? architecture.usualImageSize
            )
        } catch {
            throw .configuration(error)
        }
        let (graph, foldedNorms) = network
        let foldedBiases = Set(
            foldedNorms.compactMap { graph.units[$0.unitIndex].parameterNames.bias }
        )
        let own = graph.parameters.filter { !foldedBiases.contains($0.name) }
        let statistics = foldedNorms.flatMap { norm in
            let channels = graph.units[norm.unitIndex].convolution.outputChannels
            return [norm.scaleName, norm.shiftName, norm.meanName, norm.varianceName].map {
                NamedShape(name: $0, shape: [channels])
            }
        }
        let counts = foldedNorms.map { NamedShape(name: $0.countName, shape: []) }
        let (mismatch, ignorable) = ParameterMismatch.compare(
            shapes,
            required: own.map { NamedShape(name: $0.name, shape: $0.shape) } + statistics,
            optional: graph.runningStatistics + counts
        )
        if let mismatch { throw .mismatch(mismatch) }
        var names: [String: String] = [:]
        for parameter in own { names[parameter.name] = prefix + parameter.name }
        networks.append(
            RecognizedNetwork(
                architecture: architecture,
                direction: direction,
                prefix: prefix,
                graph: graph,
                foldedNorms: foldedNorms,
                names: names,
                ignorableNames: ignorable.map { prefix + $0 }
            )
        )
    }
}

/// What a network may be, by the names and kernels of its first layers.
private enum Candidate: String {
    case starGANGenerator = "a StarGAN generator"
    case starGANDiscriminator = "a StarGAN discriminator"
    case residualGenerator = "a residual generator"
    case uNetGenerator = "a U-Net generator"
    case patchDiscriminator = "a PatchGAN discriminator"

    init?(_ shapes: [String: [Int]]) {
        let probe = ShapeProbe(shapes: shapes)
        if shapes["conv1.weight"] != nil || shapes["conv2.weight"] != nil
            || probe.hasKernel(4, "main.0.weight")
        {
            self = .starGANDiscriminator
        } else if shapes["main.0.weight"] != nil {
            self = .starGANGenerator
        } else if probe.hasKernel(4, "model.model.0.weight") {
            self = .uNetGenerator
        } else if probe.hasKernel(4, "model.0.weight") {
            self = .patchDiscriminator
        } else if probe.hasKernel(7, "model.1.weight") {
            self = .residualGenerator
        } else {
            return nil
        }
    }

    func architecture(_ probe: ShapeProbe) throws(ParameterError) -> NetworkArchitecture {
        switch self {
        case .starGANGenerator:
            let sizes = try probe.starGANGenerator("")
            return .starGANGenerator(
                channels: sizes.channels,
                classes: sizes.classes,
                residualBlocks: sizes.residualBlocks
            )
        case .starGANDiscriminator:
            let sizes = try probe.starGANDiscriminator("")
            return .starGANDiscriminator(
                imageSize: sizes.imageSize,
                channels: sizes.channels,
                classes: sizes.classes,
                layers: sizes.layers
            )
        case .residualGenerator: return try probe.residualGenerator()
        case .uNetGenerator: return try probe.uNetGenerator()
        case .patchDiscriminator: return try probe.patchDiscriminator()
        }
    }
}
