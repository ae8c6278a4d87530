import ModelGraph

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
    /// The generator's with the whole cycle followed.
    package var generator: [LayerImportance]
    /// The generator's with the cycle cut; its `lossDecrease` is that of the whole losses, under
    /// the steps that the cut ones lead to.
    package var generatorCut: [LayerImportance]
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
    /// Norms of the gradients, whole and cut, summed over steps.
    private var norms: [(whole: Double, cut: Double)]
    /// Inner products of the whole gradient with itself and with the cut one.
    private var products: [(whole: Double, cut: Double)]
    /// Gradients summed over steps, by parameter.
    private var sums: [String: (whole: [Float], cut: [Float])] = [:]
    private var stepCount = 0

    init(_ graph: NetworkGraph, _ parameters: ParameterSet) {
        self.graph = graph
        weights = graph.units.map { _ in 0 }
        norms = graph.units.map { _ in (0, 0) }
        products = norms
        for parameter in graph.parameters {
            let values = parameters[parameter.name] ?? []
            weights[parameter.unitIndex] += Self.product(values, values)
        }
    }

    /// Adds a step's gradients.
    mutating func add(whole: [String: [Float]], cut: [String: [Float]]) {
        var squares: [(whole: Double, cut: Double)] = graph.units.map { _ in (0, 0) }
        for parameter in graph.parameters {
            let one = whole[parameter.name] ?? []
            let other = cut[parameter.name] ?? []
            let unit = parameter.unitIndex
            squares[unit].whole += Self.product(one, one)
            squares[unit].cut += Self.product(other, other)
            products[unit].whole += Self.product(one, one)
            products[unit].cut += Self.product(one, other)
            let sum = sums[parameter.name] ?? ([], [])
            sums[parameter.name] = (Self.sum(sum.whole, one), Self.sum(sum.cut, other))
        }
        for unit in graph.units.indices {
            norms[unit].whole += squares[unit].whole.squareRoot()
            norms[unit].cut += squares[unit].cut.squareRoot()
        }
        stepCount += 1
    }

    /// The importances, with the probe's step size.
    func importances(learningRate: Double) -> (whole: [LayerImportance], cut: [LayerImportance]) {
        var changes: [(whole: Double, cut: Double)] = graph.units.map { _ in (0, 0) }
        for parameter in graph.parameters {
            guard let sum = sums[parameter.name] else { continue }
            changes[parameter.unitIndex].whole += Self.product(sum.whole, sum.whole)
            changes[parameter.unitIndex].cut += Self.product(sum.cut, sum.cut)
        }
        func importance(_ unit: Int, _ side: (((whole: Double, cut: Double)) -> Double))
            -> LayerImportance
        {
            let norm = max(weights[unit].squareRoot(), Double.leastNormalMagnitude)
            return LayerImportance(
                weightChange: learningRate * side(changes[unit]).squareRoot() / norm,
                gradientNorm: side(norms[unit]) / Double(max(1, stepCount)) / norm,
                lossDecrease: learningRate * side(products[unit])
            )
        }
        return (
            graph.units.indices.map { importance($0) { $0.whole } },
            graph.units.indices.map { importance($0) { $0.cut } }
        )
    }

    private static func product(_ one: [Float], _ other: [Float]) -> Double {
        zip(one, other).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    private static func sum(_ one: [Float], _ other: [Float]) -> [Float] {
        one.isEmpty ? other : zip(one, other).map { $0 + $1 }
    }
}
