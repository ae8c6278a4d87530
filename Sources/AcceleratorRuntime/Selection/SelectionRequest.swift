package import RetrainingCompiler

/// What a user asks to be retrained.
package enum SelectionRequest: Sendable, Equatable {
    /// Every layer.
    case all
    /// The layers of these names, as ``LayerSelection`` reads them.
    case named([String], cycle: LayerSelection.Cycle)
    /// The most important layers for a budget, a share of full retraining's error propagation and
    /// weight gradients.
    case automatic(budget: Double, measure: LayerImportance.Measure)

    /// The published saving: 69 % of error propagation and weight gradients are left out.
    package static let defaultBudget = 0.31

    /// Whether layers have to be measured for it; a budget for all of them needs no choice.
    package var needsProbe: Bool {
        guard case .automatic(let budget, _) = self else { return false }
        return budget < 1
    }
}
