import ModelGraph
package import RetrainingCompiler

/// How much a layer's retraining matters for a user's pictures, measured in a short probe.
///
/// The probe takes a few steps of plain gradient descent: under Adam a weight moves by about the
/// step size whatever the data say. With g a layer's gradient in a step, w its weights and dw
/// what the probe made of them:
package struct LayerImportance: Sendable, Equatable {
    /// Norm of dw over norm of w: the relative weight change (US 2023/0098672 A1).
    package var weightChange: Double
    /// Norm of g over norm of w, the mean of the steps.
    package var gradientNorm: Double
    /// Sum over steps of -g * dw: how much of the fall of the losses, to first order, is the
    /// layer's.
    package var lossDecrease: Double

    /// Names all three.
    package init(weightChange: Double, gradientNorm: Double, lossDecrease: Double) {
        self.weightChange = weightChange
        self.gradientNorm = gradientNorm
        self.lossDecrease = lossDecrease
    }

    /// One of the three.
    package func value(_ measure: Measure) -> Double {
        switch measure {
        case .weightChange: weightChange
        case .gradientNorm: gradientNorm
        case .lossDecrease: lossDecrease
        }
    }

    /// Which importance a selection goes by.
    package enum Measure: String, Sendable, CaseIterable {
        case weightChange = "weight-change"
        case gradientNorm = "gradient-norm"
        case lossDecrease = "loss-decrease"
    }
}

/// The importances of all layers, by unit.
package struct LayerImportances: Sendable, Equatable {
    /// The generator's for each cycle; of one that is not whole, `lossDecrease` is that of the
    /// whole losses under the steps that it leads to.
    package var generator: [LayerSelection.Cycle: [LayerImportance]]
    /// The discriminator's.
    package var discriminator: [LayerImportance]
    /// Steps of the probe.
    package var stepCount: Int
}

/// Sums over the gradients of one network in the steps of a probe.
struct GradientSums {
    private let graph: NetworkGraph
    /// Squared norms of the weights at the start, by unit.
    private var weights: [Double]
    private var cycles: [LayerSelection.Cycle: Sums] = [:]
    private var stepCount = 0

    private struct Sums {
        /// Norms of the gradients, summed over steps, by unit.
        var norms: [Double]
        /// Inner products with the whole cycle's gradient, summed over steps, by unit.
        var products: [Double]
        /// Gradients summed over steps, by parameter.
        var gradients: [String: [Float]] = [:]
    }

    init(_ graph: NetworkGraph, _ parameters: ParameterSet) {
        self.graph = graph
        weights = graph.units.map { _ in 0 }
        for parameter in graph.parameters {
            let values = parameters[parameter.name] ?? []
            weights[parameter.unitIndex] += Self.product(values, values)
        }
    }

    /// Adds a step's gradients by cycle, the whole one's among them.
    mutating func add(_ step: [LayerSelection.Cycle: [String: [Float]]]) {
        let zero = graph.units.map { _ in 0.0 }
        for (cycle, gradients) in step {
            var sums = cycles[cycle] ?? Sums(norms: zero, products: zero)
            var squares = zero
            for parameter in graph.parameters {
                let gradient = gradients[parameter.name] ?? []
                let whole = step[.whole]?[parameter.name] ?? []
                squares[parameter.unitIndex] += Self.product(gradient, gradient)
                sums.products[parameter.unitIndex] += Self.product(gradient, whole)
                let before = sums.gradients[parameter.name] ?? []
                sums.gradients[parameter.name] = Self.sum(before, gradient)
            }
            for unit in graph.units.indices { sums.norms[unit] += squares[unit].squareRoot() }
            cycles[cycle] = sums
        }
        stepCount += 1
    }

    /// The importances by cycle and unit, with the probe's step size.
    func importances(learningRate: Double) -> [LayerSelection.Cycle: [LayerImportance]] {
        cycles.mapValues { sums in
            var changes = graph.units.map { _ in 0.0 }
            for parameter in graph.parameters {
                let sum = sums.gradients[parameter.name] ?? []
                changes[parameter.unitIndex] += Self.product(sum, sum)
            }
            return graph.units.indices.map { unit in
                let norm = max(weights[unit].squareRoot(), Double.leastNormalMagnitude)
                return LayerImportance(
                    weightChange: learningRate * changes[unit].squareRoot() / norm,
                    gradientNorm: sums.norms[unit] / Double(max(1, stepCount)) / norm,
                    lossDecrease: learningRate * sums.products[unit]
                )
            }
        }
    }

    private static func product(_ one: [Float], _ other: [Float]) -> Double {
        zip(one, other).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    private static func sum(_ one: [Float], _ other: [Float]) -> [Float] {
        one.isEmpty ? other : zip(one, other).map { $0 + $1 }
    }
}
