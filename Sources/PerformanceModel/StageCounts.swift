package import AcceleratorISA

/// One number a stage: cycles, bytes or operations.
package struct StageCounts: Equatable, Hashable, Sendable {
    /// Forward propagation.
    package var forward: UInt64
    /// Error propagation.
    package var error: UInt64
    /// Weight gradients.
    package var weightGradient: UInt64
    /// The optimizer.
    package var update: UInt64

    /// Counts; zero where none is given.
    package init(
        forward: UInt64 = 0,
        error: UInt64 = 0,
        weightGradient: UInt64 = 0,
        update: UInt64 = 0
    ) {
        self.forward = forward
        self.error = error
        self.weightGradient = weightGradient
        self.update = update
    }

    /// The sum over all stages.
    package var total: UInt64 { forward &+ error &+ weightGradient &+ update }

    /// The count of a stage.
    package subscript(stage: Stage) -> UInt64 {
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

    /// Adds other counts.
    package static func += (sum: inout StageCounts, other: StageCounts) {
        sum.forward &+= other.forward
        sum.error &+= other.error
        sum.weightGradient &+= other.weightGradient
        sum.update &+= other.update
    }

    /// Divides a whole into stages in proportion to these counts; the parts add up to the whole.
    ///
    /// What rounding leaves goes to the stage of the largest count; all of it to `stage` where
    /// every count is zero.
    func divide(_ whole: UInt64, otherwise stage: Stage) -> StageCounts {
        var parts = StageCounts()
        let sum = total
        guard sum > 0 else {
            parts[stage] = whole
            return parts
        }
        var largest = stage
        for candidate in Stage.allCases {
            let share = Double(self[candidate]) / Double(sum)
            parts[candidate] = min(UInt64(Double(whole) * share), whole &- parts.total)
            if self[candidate] > self[largest] { largest = candidate }
        }
        parts[largest] &+= whole &- parts.total
        return parts
    }
}

extension DeviceCounters {
    /// Bytes of one direction by stage, over all tensor kinds.
    package func byteCounts(_ direction: Direction) -> StageCounts {
        var counts = StageCounts()
        for stage in Stage.allCases {
            for kind in TensorKind.allCases {
                counts[stage] &+= byteCount(kind: kind, stage: stage, direction: direction)
            }
        }
        return counts
    }

    /// Bytes of both directions by stage, over all tensor kinds.
    package var byteCounts: StageCounts {
        var counts = byteCounts(.read)
        counts += byteCounts(.write)
        return counts
    }

    /// Multiply-accumulates by stage.
    package var multiplyAccumulates: StageCounts {
        var counts = StageCounts()
        for stage in Stage.allCases { counts[stage] = multiplyAccumulates(stage: stage) }
        return counts
    }
}
