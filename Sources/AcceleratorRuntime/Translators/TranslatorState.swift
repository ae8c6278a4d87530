package import ModelGraph
package import RetrainingCompiler

/// Everything a translator's training needs to go on as if it had never stopped.
package struct TranslatorState: Sendable, Equatable {
    /// What each network has reached.
    package var networks: [TranslatorNetwork: NetworkState]
    /// Steps done, those of the warm-up first.
    package var stepCount: Int
    /// The fakes in the pool of either direction, planes of bf16 values, by place.
    package var pool: CyclePair<[[Float]]>

    /// A training that begins.
    package init(_ model: TranslatorModel) {
        self.init(
            networks: model.parameters.mapValues { NetworkState($0) },
            stepCount: 0,
            pool: CyclePair(a: [], b: [])
        )
    }

    /// A training in its middle.
    package init(
        networks: [TranslatorNetwork: NetworkState],
        stepCount: Int,
        pool: CyclePair<[[Float]]>
    ) {
        self.networks = networks
        self.stepCount = stepCount
        self.pool = pool
    }

    /// The weights alone.
    package var parameters: [TranslatorNetwork: ParameterSet] {
        networks.mapValues(\.parameters)
    }
}
