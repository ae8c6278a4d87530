package import AcceleratorISA
import ModelGraph

/// One figure for each stage of a training.
package struct ByStage<Value: Sendable & Equatable>: Sendable, Equatable {
    /// Of forward propagation.
    package var forward: Value
    /// Of error propagation.
    package var error: Value
    /// Of the weights' gradients.
    package var weightGradient: Value
    /// Of the optimizer.
    package var update: Value

    /// Names all stages.
    package init(forward: Value, error: Value, weightGradient: Value, update: Value) {
        self.forward = forward
        self.error = error
        self.weightGradient = weightGradient
        self.update = update
    }

    /// The figure of a stage.
    package subscript(stage: Stage) -> Value {
        get {
            switch stage {
            case .forward: forward
            case .error: error
            case .weightGradient: weightGradient
            case .update: update
            }
        }
        set {
            switch stage {
            case .forward: forward = newValue
            case .error: error = newValue
            case .weightGradient: weightGradient = newValue
            case .update: update = newValue
            }
        }
    }
}

/// What figures by stage are made of.
package protocol StageFigure: Sendable, Equatable {
    /// Nothing.
    static var zero: Self { get }

    /// The sum; one too large to hold is held at the most there is.
    static func sum(_ one: Self, _ other: Self) -> Self
}

extension UInt64: StageFigure {
    /// The sum, at most what 64 bits hold.
    package static func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let (sum, isOver) = one.addingReportingOverflow(other)
        return isOver ? .max : sum
    }
}

extension Double: StageFigure {
    /// The sum.
    package static func sum(_ one: Double, _ other: Double) -> Double { one + other }
}

extension ByStage where Value: StageFigure {
    /// Nothing in any stage.
    package static var zero: ByStage {
        ByStage(forward: .zero, error: .zero, weightGradient: .zero, update: .zero)
    }

    /// The sum of all stages.
    package var total: Value {
        .sum(.sum(forward, error), .sum(weightGradient, update))
    }

    /// Adds stage by stage.
    package static func += (sum: inout ByStage, other: ByStage) {
        for stage in Stage.allCases { sum[stage] = .sum(sum[stage], other[stage]) }
    }
}

extension ByStage where Value == UInt64 {
    /// The counts by the stages' names.
    var document: StrictJSON {
        .object(ByStage<StrictJSON>.members { .count(self[$0]) })
    }

    /// Reads back what `document` wrote.
    init(_ field: JSONField) throws(JSONError) {
        self = .zero
        for stage in Stage.allCases { self[stage] = try field[stage.name].count() }
    }
}

extension ByStage where Value == Double {
    /// The quantities by the stages' names.
    var document: StrictJSON {
        .object(ByStage<StrictJSON>.members { .number(self[$0]) })
    }

    /// Reads back what `document` wrote.
    init(_ field: JSONField) throws(JSONError) {
        self = .zero
        for stage in Stage.allCases { self[stage] = try field[stage.name].quantity() }
    }
}

extension ByStage where Value == StrictJSON {
    fileprivate static func members(_ value: (Stage) -> StrictJSON) -> [String: StrictJSON] {
        Dictionary(Stage.allCases.map { ($0.name, value($0)) }) { first, _ in first }
    }
}

extension JSONField {
    /// More than a device comes to; few enough that sums fit 64 bits.
    private static let countLimit = 1 << 58

    /// The value as a count.
    func count() throws(JSONError) -> UInt64 {
        UInt64(try integer(in: 0...Self.countLimit))
    }

    /// The value as a quantity that is not negative.
    func quantity() throws(JSONError) -> Double {
        let number = try number()
        guard number >= 0 else { throw failure("expected at least 0, found \(number)") }
        return number
    }
}

extension StrictJSON {
    /// A count.
    static func count(_ count: UInt64) -> StrictJSON { .integer(Int(clamping: count)) }
}
