import AcceleratorISA

extension CommandEstimate {
    /// What the same takes `count` times over.
    package func times(_ count: UInt64) -> CommandEstimate {
        var product = CommandEstimate()
        product.counters = counters.times(count)
        product.cycles = cycles.times(count)
        product.arrayCycles = arrayCycles.times(count)
        product.vectorCycles = vectorCycles.times(count)
        product.dramCycles = dramCycles.times(count)
        product.sramByteCount = sramByteCount.times(count)
        product.vectorOperations = vectorOperations.times(count)
        return product
    }
}

extension StageCounts {
    fileprivate func times(_ count: UInt64) -> StageCounts {
        var product = StageCounts()
        for stage in Stage.allCases { product[stage] = self[stage] &* count }
        return product
    }
}

extension DeviceCounters {
    fileprivate func times(_ count: UInt64) -> DeviceCounters {
        var product = DeviceCounters()
        product.commandCount = commandCount &* count
        for stage in Stage.allCases {
            product.count(
                multiplyAccumulates: multiplyAccumulates(stage: stage) &* count,
                stage: stage
            )
            for kind in TensorKind.allCases {
                for direction in Direction.allCases {
                    let bytes = byteCount(kind: kind, stage: stage, direction: direction)
                    product.count(
                        byteCount: bytes &* count,
                        kind: kind,
                        stage: stage,
                        direction: direction
                    )
                }
            }
        }
        return product
    }
}
