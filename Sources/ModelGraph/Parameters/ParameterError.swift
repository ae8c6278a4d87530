/// Why parameters were refused.
package enum ParameterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Names or shapes are not those of the network.
    case mismatch(ParameterMismatch)
    /// The shapes spell a configuration outside the limits.
    case configuration(GraphError)
    /// The file is malformed or could not be read.
    case file(SafetensorsError)
    /// The checkpoint is malformed, or its numbers cannot be read.
    case checkpoint(CheckpointError)
    /// One parameter's values are unusable.
    case parameter(name: String, fact: String)

    /// The message in one line.
    package var description: String {
        switch self {
        case .mismatch(let mismatch): "failed to match parameters: \(mismatch)"
        case .configuration(let error): "failed to recognise parameters: \(error)"
        case .file(let error): "failed to read parameters: \(error)"
        case .checkpoint(let error): "failed to read parameters: \(error)"
        case .parameter(let name, let fact): "failed to take parameter \(name): \(fact)"
        }
    }
}

/// The whole difference between the parameters a network has and those that were found.
package struct ParameterMismatch: Hashable, Sendable, CustomStringConvertible {
    /// A parameter of the wrong shape.
    package struct Shape: Hashable, Sendable {
        /// The parameter.
        package let name: String
        /// The shape it has to have, e.g. `[64, 3, 4, 4]` or `[channels, 3, 4, 4]`
        package let expected: String
        /// The shape it was found with.
        package let found: [Int]
    }

    /// Names that are not there, sorted.
    package let missing: [String]
    /// Names nothing asks for, sorted.
    package let unexpected: [String]
    /// Parameters of the wrong shape, sorted by name.
    package let misshapen: [Shape]

    /// Names of one kind that a message spells out; the rest are counted.
    package static let listedNameCount = 8

    /// The message in one line.
    package var description: String {
        let misshapenTexts = misshapen.map {
            "\($0.name) is \($0.found), expected \($0.expected)"
        }
        let parts = [
            Self.listing("missing", missing),
            Self.listing("unexpected", unexpected),
            Self.listing("wrong shape", misshapenTexts),
        ]
        return parts.compactMap { $0 }.joined(separator: "; ")
    }

    private static func listing(_ title: String, _ items: [String]) -> String? {
        guard !items.isEmpty else { return nil }
        let listed = items.prefix(listedNameCount).joined(separator: ", ")
        let rest = items.count - listedNameCount
        return "\(title): \(listed)" + (rest > 0 ? " and \(rest) more" : "")
    }
}

extension ParameterMismatch {
    /// Compares the names and shapes of a file with those of networks.
    ///
    /// - Returns: the difference (`nil` when there is none), and the names that were found but
    ///   may be left alone: the running statistics some checkpoints carry in their norms.
    static func compare(
        _ found: [String: [Int]],
        with networks: [(prefix: String, graph: NetworkGraph)]
    ) -> (mismatch: ParameterMismatch?, ignorable: [String]) {
        var required: [NamedShape] = []
        var optional: [NamedShape] = []
        for (prefix, graph) in networks {
            required += graph.parameters.map {
                NamedShape(name: prefix + $0.name, shape: $0.shape)
            }
            optional += graph.runningStatistics.map {
                NamedShape(name: prefix + $0.name, shape: $0.shape)
            }
        }
        return compare(found, required: required, optional: optional)
    }

    /// Compares the names and shapes of a file with those that have to be there, and those that
    /// may be.
    ///
    /// - Returns: the difference (`nil` when there is none), and the optional names that were
    ///   found, sorted.
    static func compare(
        _ found: [String: [Int]],
        required: [NamedShape],
        optional: [NamedShape]
    ) -> (mismatch: ParameterMismatch?, ignorable: [String]) {
        var unclaimed = found
        var missing: [String] = []
        var misshapen: [Shape] = []
        var ignorable: [String] = []
        for (entries, isRequired) in [(required, true), (optional, false)] {
            for entry in entries {
                guard let shape = unclaimed.removeValue(forKey: entry.name) else {
                    if isRequired { missing.append(entry.name) }
                    continue
                }
                if shape != entry.shape {
                    misshapen.append(
                        Shape(name: entry.name, expected: "\(entry.shape)", found: shape)
                    )
                } else if !isRequired {
                    ignorable.append(entry.name)
                }
            }
        }
        ignorable.sort(by: precedesByBytes)
        guard !(missing.isEmpty && misshapen.isEmpty && unclaimed.isEmpty) else {
            return (nil, ignorable)
        }
        let mismatch = ParameterMismatch(
            missing: missing.sorted(by: precedesByBytes),
            unexpected: unclaimed.keys.sorted(by: precedesByBytes),
            misshapen: misshapen.sorted { precedesByBytes($0.name, $1.name) }
        )
        return (mismatch, ignorable)
    }
}

extension NetworkGraph {
    /// Names and shapes of the buffers PyTorch's norms store with `track_running_stats=True`.
    ///
    /// Instance norms do not use them in training, so they carry nothing a network needs.
    var runningStatistics: [NamedShape] {
        units.flatMap { unit -> [NamedShape] in
            guard let path = unit.normPath else { return [] }
            let perChannel = [unit.convolution.outputChannels]
            return [
                NamedShape(name: path + ".running_mean", shape: perChannel),
                NamedShape(name: path + ".running_var", shape: perChannel),
                NamedShape(name: path + ".num_batches_tracked", shape: []),
            ]
        }
    }
}

extension ConvolutionUnit {
    /// The norm's module path: known from its scale, otherwise the module after the convolution.
    fileprivate var normPath: String? {
        guard normalization != nil else { return nil }
        if let scale = parameterNames.scale {
            return scale.hasSuffix(".weight") ? String(scale.dropLast(7)) : nil
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = parts.last, let module = Int(last), module < .max else { return nil }
        return (parts.dropLast() + ["\(module + 1)"]).joined(separator: ".")
    }
}

extension ParameterMismatch {
    /// The same with a prefix before every name.
    func prefixed(_ prefix: String) -> ParameterMismatch {
        ParameterMismatch(
            missing: missing.map { prefix + $0 },
            unexpected: unexpected.map { prefix + $0 },
            misshapen: misshapen.map {
                Shape(name: prefix + $0.name, expected: $0.expected, found: $0.found)
            }
        )
    }
}
