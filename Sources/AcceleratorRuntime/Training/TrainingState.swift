package import ModelGraph

/// What a network's training has reached: parameters, and Adam's two moments by parameter name,
/// nil as long as they are zero.
package struct NetworkState: Sendable, Equatable {
    /// Master values.
    package var parameters: ParameterSet
    /// Adam's running means of the gradients.
    package var firstMoments: ParameterSet?
    /// Adam's running means of their squares.
    package var secondMoments: ParameterSet?

    /// A network that was not trained yet: moments of zero.
    package init(_ parameters: ParameterSet) {
        self.parameters = parameters
    }

    /// A network in the middle of its training.
    package init(
        parameters: ParameterSet,
        firstMoments: ParameterSet?,
        secondMoments: ParameterSet?
    ) {
        self.parameters = parameters
        self.firstMoments = firstMoments
        self.secondMoments = secondMoments
    }
}

/// Everything a training needs to go on as if it had never stopped: both networks and the number of
/// steps done.
///
/// Data order, labels and mixing factors follow from the seed and the step.
package struct TrainingState: Sendable, Equatable {
    /// The network that makes pictures.
    package var generator: NetworkState
    /// The network that judges them.
    package var discriminator: NetworkState
    /// Steps done; the discriminator was updated in each.
    package var stepCount: Int
    /// Steps in which the generator was updated.
    package var generatorStepCount: Int

    /// A training that starts from given parameters.
    package init(generator: ParameterSet, discriminator: ParameterSet) {
        self.generator = NetworkState(generator)
        self.discriminator = NetworkState(discriminator)
        stepCount = 0
        generatorStepCount = 0
    }

    /// A training that starts from what is given of both networks.
    ///
    /// What is not given are fresh weights drawn from `seed`.
    package init(
        _ configuration: StarGANConfiguration,
        seed: UInt64,
        generator: ParameterSet?,
        discriminator: ParameterSet?
    ) throws(RetrainingError) {
        do {
            self.init(
                generator: try generator
                    ?? ParameterSet(
                        initializing: try configuration.generator(),
                        seed: seed,
                        stream: "generator"
                    ),
                discriminator: try discriminator
                    ?? ParameterSet(
                        initializing: try configuration.discriminator(),
                        seed: seed,
                        stream: "discriminator"
                    )
            )
        } catch {
            throw .configuration("\(error)")
        }
    }

    /// Makes the generator's weights of the labels larger by a factor.
    ///
    /// A label is a plane of one value. The norm after the first convolution takes that value away
    /// but for what the picture's zero-padded rim leaves of it, about one part in 75 of a
    /// 256-pixel picture: with weights as large as those of the colours, a generator learns for
    /// long that labels say nothing.
    package mutating func enlargeLabelWeights(by factor: Float) throws(RetrainingError) {
        let colors = 3
        for entry in generator.parameters.entries.prefix(1) {
            let taps = entry.shape.dropFirst(2).reduce(1, *)
            let perOutput = entry.shape.dropFirst().reduce(1, *)
            let values = entry.values.enumerated().map { index, value in
                index % perOutput < colors * taps ? value : value * factor
            }
            do {
                try generator.parameters.replaceValues(of: entry.name, with: values)
            } catch {
                throw .internalFault("failed to make fresh weights: \(error)")
            }
        }
    }

    /// A training in its middle.
    package init(
        generator: NetworkState,
        discriminator: NetworkState,
        stepCount: Int,
        generatorStepCount: Int
    ) {
        self.generator = generator
        self.discriminator = discriminator
        self.stepCount = stepCount
        self.generatorStepCount = generatorStepCount
    }
}
