import AcceleratorISA
import ModelGraph
import RetrainingCompiler
import Testing

@Suite struct CycleGANPlanTests {
    private func plan(
        _ training: CycleGANTraining,
        capabilities: DeviceCapabilities = DeviceCapabilities()
    ) throws -> CycleGANPlan {
        try CycleGANPlan(
            training,
            graphs: (
                try CycleGAN.generator(channels: 4, residualBlocks: 1, imageSize: 24),
                try CycleGAN.discriminator(channels: 4, imageSize: 24)
            ),
            capabilities: capabilities
        )
    }

    /// Names of a network's parameters that have a gradient at all.
    private func trainedNames(_ graph: NetworkGraph) -> Set<String> {
        Set(
            graph.parameters.filter {
                $0.role != .bias || graph.units[$0.unitIndex].normalization == nil
            }.map(\.name)
        )
    }

    @Test func keptGradientsAreThoseOfEveryParameterButBiasesInFrontOfNorms() throws {
        let plan = try plan(CycleGANTraining(keepsResults: true))
        var expected: Set<String> = []
        for (prefix, graph) in [
            ("generator_a", plan.generators.a.graph), ("generator_b", plan.generators.b.graph),
            ("discriminator_a", plan.discriminators.a.graph),
            ("discriminator_b", plan.discriminators.b.graph),
        ] {
            expected.formUnion(trainedNames(graph).map { "\(prefix).\($0)" })
        }
        #expect(Set(plan.step.gradients.keys) == expected)
        #expect(plan.step.updates.isEmpty)
    }

    @Test func gradientsAreMadeOnceAndAddedToAfterwards() throws {
        let plan = try plan(CycleGANTraining(batch: 2, keepsResults: true))
        let writes = GradientWrites(plan.step.program)
        #expect(writes.faults == [])
        #expect(Set(writes.writes.keys) == Set(plan.step.gradients.values.map(\.address)))
        for (name, tensor) in plan.step.gradients {
            // A generator's come from its own pictures and from the other direction's cycle.
            let count = name.hasPrefix("generator") ? 2 : 1
            #expect(writes.writes[tensor.address]?.count == count, "\(name)")
        }
    }

    @Test(arguments: [Float(0), 0.5])
    func everyTrainedParameterIsUpdatedOnce(lambdaIdentity: Float) throws {
        let plan = try plan(CycleGANTraining(batch: 2, lambdaIdentity: lambdaIdentity))
        let commands = plan.step.program.commands
        let updated = plan.step.updates.compactMap { commands[$0].operands[.parameter]?.address }
        let networks = CycleSide.allCases.flatMap {
            [plan.generators[$0], plan.discriminators[$0]]
        }
        let expected = networks.flatMap { network in
            let names = trainedNames(network.graph)
            return network.tensors.filter { names.contains($0.parameter.name) }
                .map(\.master.address)
        }
        #expect(updated.sorted() == expected.sorted())
        let optimizers = commands.indices.filter { commands[$0].opcode == .optimizer }
        #expect(plan.step.updates.sorted() == optimizers)
        #expect(plan.step.gradients.isEmpty)
    }

    @Test func aWarmUpTrainsTheDiscriminatorsAskedForAndNothingElse() throws {
        let plan = try plan(CycleGANTraining(batch: 2, poolSize: 3, warmUp: [.b]))
        let warmUp = try #require(plan.warmUp)
        let commands = warmUp.program.commands
        let updated = warmUp.updates.compactMap { commands[$0].operands[.parameter]?.address }
        let network = plan.discriminators.b
        let names = trainedNames(network.graph)
        let expected = network.tensors.filter { names.contains($0.parameter.name) }
            .map(\.master.address)
        #expect(updated.sorted() == expected.sorted())
        #expect(warmUp.updates == commands.indices.filter { commands[$0].opcode == .optimizer })
        let losses = commands.compactMap { $0.operands[.lossValue]?.address }
        #expect(
            losses
                == [CycleGANLoss.discriminatorRealB, .discriminatorFakeB].map {
                    plan.losses[$0.rawValue].address
                }
        )
        #expect(warmUp.poolReads.isEmpty && warmUp.poolWrites.isEmpty)
        #expect(try self.plan(CycleGANTraining()).warmUp == nil)
    }

    @Test func everyFakeIsTakenFromThePoolBeforeItIsPutThere() throws {
        let plan = try plan(CycleGANTraining(batch: 2, poolSize: 3))
        #expect(plan.poolSlots.a.count == 3)
        #expect(plan.step.poolReads.count == 4)
        for (read, write) in zip(plan.step.poolReads, plan.step.poolWrites) {
            #expect(read.command < write.command)
            #expect(read.side == write.side && read.image == write.image)
        }
        #expect(try self.plan(CycleGANTraining()).step.poolReads.isEmpty)
        #expect(throws: CompileError.self) {
            _ = try self.plan(CycleGANTraining(poolSize: -1))
        }
    }

    @Test(arguments: [Float(0), 0.5])
    func nothingReadsANetworkAfterItsUpdate(lambdaIdentity: Float) throws {
        let plan = try plan(CycleGANTraining(lambdaIdentity: lambdaIdentity))
        var updated: Set<UInt64> = []
        for (number, command) in plan.step.program.commands.enumerated() {
            for role in [OperandRole.weights, .bias] {
                guard let tensor = command.operands[role] else { continue }
                #expect(
                    !updated.contains(tensor.address),
                    "\(plan.step.program.labels[number]) reads what was updated before"
                )
            }
            for role in [OperandRole.parameter, .workingCopy] {
                if let tensor = command.operands[role] { updated.insert(tensor.address) }
            }
        }
        #expect(!updated.isEmpty)
    }

    @Test func everyLossIsWrittenOnce() throws {
        for lambdaIdentity in [Float(0), 0.5] {
            let plan = try plan(CycleGANTraining(batch: 2, lambdaIdentity: lambdaIdentity))
            let places = plan.step.program.commands.compactMap {
                ($0.operands[.lossValue] ?? ($0.opcode == .fill ? $0.operands[.destination] : nil))?
                    .address
            }
            #expect(places.sorted() == plan.losses.map(\.address))
        }
    }

    @Test func aDirectionReadsEveryImageOfBothDomains() throws {
        let plan = try plan(CycleGANTraining(batch: 3, imageSlots: 5))
        #expect(plan.imageSlots.a.count == 5)
        for domain in CycleSide.allCases {
            let images = plan.step.imageReads.filter { $0.domain == domain }.map(\.image)
            #expect(images == [0, 1, 2, 0, 1, 2])
        }
        for read in plan.step.imageReads {
            #expect(plan.step.program.commands[read.command].opcode == .compose)
        }
    }

    @Test func leavingTheIdentityLossOutSavesMemoryAndImages() throws {
        let with = try plan(CycleGANTraining())
        let without = try plan(CycleGANTraining(lambdaIdentity: 0))
        #expect(without.step.program.peakByteCount < with.step.program.peakByteCount)
        let batches = without.step.program.commands.compactMap { $0.operands[.source]?.batch }
        #expect(batches.max() == 2)
    }

    @Test func aDeviceThatIsTooSmallIsRefused() throws {
        let error = #expect(throws: CompileError.self) {
            try plan(CycleGANTraining(), capabilities: DeviceCapabilities(dramByteCount: 1 << 18))
        }
        #expect(error?.description.hasPrefix("failed to place the job in device DRAM") == true)
    }

    @Test func networksOfDifferentSizesAreRefused() throws {
        let error = #expect(throws: CompileError.self) {
            try CycleGANPlan(
                CycleGANTraining(),
                graphs: (
                    try CycleGAN.generator(channels: 4, residualBlocks: 1, imageSize: 24),
                    try CycleGAN.discriminator(channels: 4, imageSize: 32)
                ),
                capabilities: DeviceCapabilities()
            )
        }
        #expect(error?.description.contains("one shape") == true)
    }

    @Test func aBatchNeedsAsManySlots() {
        #expect(throws: CompileError.self) {
            try plan(CycleGANTraining(batch: 3, imageSlots: 2))
        }
        #expect(throws: CompileError.self) { try plan(CycleGANTraining(batch: 0)) }
    }
}
