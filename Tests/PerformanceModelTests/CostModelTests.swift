import AcceleratorISA
import PerformanceModel
import TestSupport
import Testing

@Suite struct CostModelTests {
    /// A chip without overheads, on which cycles can be counted by hand: 16 bytes a cycle.
    private static var bare: ChipProfile {
        var profile = ChipProfile.chip
        profile.commandCycles = 0
        profile.tileCycles = 0
        return profile
    }

    @Test func pixelsAndOutputChannelsAreRoundedUpToTheArray() throws {
        var model = CostModel(Self.bare)
        func arrayCycles(_ layer: TestLayer) throws -> UInt64 {
            try model.estimate(layer.forward).arrayCycles.forward
        }
        // 64 x 64 pixels in groups of 16, channels in groups of 16, 9 taps, 5 input channels.
        let depth: UInt64 = 9 * 5
        let wide = TestLayer(inputs: 5, outputs: 32, side: 64)
        #expect(try arrayCycles(wide) == 4096 / 16 * 2 * depth)
        // 24 channels: three groups of 8 with 32 pixels, rather than two of 16.
        #expect(try arrayCycles(TestLayer(inputs: 5, outputs: 24, side: 64)) == 128 * 3 * depth)
        // 3 channels: one group of 4 with 64 pixels.
        #expect(try arrayCycles(TestLayer(inputs: 5, outputs: 3, side: 64)) == 64 * depth)
        // 5 x 5 pixels of 2 images take two groups of 32, since both are in one tile.
        let small = TestLayer(inputs: 5, outputs: 8, side: 5, batch: 2)
        #expect(try arrayCycles(small) == 2 * depth)
    }

    @Test func weightGradientsRoundChannelsAndTapsButNotPixels() throws {
        var model = CostModel(Self.bare)
        func arrayCycles(_ layer: TestLayer) throws -> UInt64 {
            try model.estimate(layer.backward(error: false)).arrayCycles.weightGradient
        }
        #expect(try arrayCycles(TestLayer(inputs: 16, outputs: 16, side: 10)) == 100 * 9)
        // 8 x 8 channels leave room for 4 of the 9 taps.
        #expect(try arrayCycles(TestLayer(inputs: 8, outputs: 8, side: 10)) == 100 * 3)
        #expect(try arrayCycles(TestLayer(inputs: 3, outputs: 4, side: 10)) == 100)
    }

    @Test func strideTwoErrorsTakeFourPhases() throws {
        var model = CostModel(Self.bare)
        let layer = TestLayer(kernel: 4, stride: 2, padding: 1, inputs: 16, outputs: 32, side: 64)
        let estimate = try model.estimate(layer.backward(gradient: false))
        // 1024 large pixels a phase, 4 taps each, 32 channels of the error.
        #expect(estimate.arrayCycles.error == 4 * (1024 / 16) * 4 * 32)
        #expect(model.utilization(of: estimate) > 0.7)
        #expect(estimate.arrayCycles.error * 256 == estimate.counters.multiplyAccumulates.error)
    }

    @Test func cyclesOfAStreamAreThoseOfDRAMAndOneRow() throws {
        var model = CostModel(Self.bare)
        var command = Command(.fill, stage: .forward)
        command.operands[.destination] = TestLayer(side: 64).forward.operands[.destination]
        let estimate = try model.estimate(command)
        #expect(estimate.cycles == StageCounts(forward: 64 * 64 * 64 * 2 / 16))
        let update = try model.estimate(TestLayer().update)
        // 4 reads and 3 writes of 4 bytes and one of 2, for every weight.
        #expect(update.dramCycles.update == 64 * 64 * 9 * 30 / 16)
        let share = Double(update.dramCycles.total) / Double(update.cycles.total)
        #expect(share > 0.95 && share <= 1)
    }

    @Test(arguments: CommandTrafficTests.opcodes)
    func cyclesHoldTheBusiestPartAndStagesAddUp(opcode: Opcode) throws {
        for seed in 0..<UInt64(40) {
            var generator = CommandGenerator(seed: seed)
            let command = CommandTrafficTests.draw(opcode, from: &generator)
            for profile in [ChipProfile.chip, .fpga] {
                var model = CostModel(profile)
                let estimate = try model.estimate(command)
                let cycles = estimate.cycles
                let busiest =
                    [estimate.arrayCycles, estimate.vectorCycles, estimate.dramCycles]
                    .map(\.total).max() ?? 0
                #expect(cycles.total + 4 >= busiest)
                let parts = Stage.allCases.map { cycles[$0] }
                #expect(parts.reduce(0, +) == cycles.total)
                let joules = Stage.allCases.map { model.chipEnergyJoules(of: estimate, stage: $0) }
                let whole = model.chipEnergyJoules(of: estimate)
                #expect(abs(joules.reduce(0, +) - whole) <= whole * 1e-9)
                let external = Stage.allCases.map {
                    model.dramEnergyJoules(of: estimate, stage: $0)
                }
                let sum = model.dramEnergyJoules(of: estimate)
                #expect(abs(external.reduce(0, +) - sum) <= sum * 1e-9)
                #expect((0...1).contains(model.utilization(of: estimate)))
            }
        }
    }

    @Test func aSlowerDRAMOrASmallerArrayIsNeverFaster() throws {
        let layers = [TestLayer(), TestLayer(kernel: 7, padding: 3, inputs: 8, outputs: 3)]
        for layer in layers {
            for command in [layer.forward, layer.backward(), layer.update] {
                var last = UInt64.max
                for bandwidth in [0.4e9, 1.6e9, 3.2e9, 12.8e9] {
                    var profile = ChipProfile.chip
                    profile.dramBytesPerSecond = bandwidth
                    var model = CostModel(profile)
                    let cycles = try model.estimate(command).cycles.total
                    #expect(cycles <= last)
                    last = cycles
                }
                last = .max
                for multipliers in [64, 256, 1024] {
                    let profile = ChipProfile.chip.scaled(
                        multiplierCount: multipliers,
                        sramByteCount: 1 << 20
                    )
                    var model = CostModel(profile)
                    let cycles = try model.estimate(command).cycles.total
                    #expect(cycles <= last)
                    last = cycles
                }
            }
        }
    }

    @Test func errorAndWeightGradientAreCountedApart() throws {
        var model = CostModel(.chip)
        let layer = TestLayer()
        let both = try model.estimate(layer.backward())
        let error = try model.estimate(layer.backward(gradient: false))
        let gradient = try model.estimate(layer.backward(error: false))
        #expect(both.cycles.error > 0 && both.cycles.weightGradient > 0 && both.cycles.forward == 0)
        #expect(error.cycles.weightGradient == 0)
        #expect(gradient.cycles.error == 0)
        #expect(both.arrayCycles.error == error.arrayCycles.error)
        #expect(both.arrayCycles.weightGradient == gradient.arrayCycles.weightGradient)
        // The error's tile is shared: both together move less than apart, and take no longer.
        var apart = error
        apart += gradient
        #expect(both.counters.byteCounts.total < apart.counters.byteCounts.total)
        #expect(Double(both.cycles.total) < Double(apart.cycles.total) * 1.005)
    }

    @Test func addressesDoNotMatterAndRepetitionsAddUp() throws {
        var model = CostModel(.chip)
        let command = TestLayer().backward()
        var moved = command
        moved.operands[.error]?.address = 1 << 20
        moved.id = 7
        let once = try model.estimate(command)
        #expect(try model.estimate(moved) == once)
        var sum = CommandEstimate()
        for _ in 0..<3 { sum += once }
        #expect(sum == once * 3)
        #expect(try model.estimate([command, moved, command]) == sum)
        #expect(model.averagePowerWatts(of: CommandEstimate()) == 0)
    }

    @Test func shapesThatDifferAreToldApart() throws {
        var model = CostModel(.chip)
        let first = try model.estimate(TestLayer(inputs: 32, outputs: 48).forward)
        let second = try model.estimate(TestLayer(inputs: 48, outputs: 32).forward)
        #expect(first != second)
        var activated = TestLayer(inputs: 32, outputs: 48).forward
        activated.destinationActivation = .tanh
        #expect(try model.estimate(activated).vectorOperations != first.vectorOperations)
        var other = TestLayer(inputs: 32, outputs: 48).forward
        other.operands[.source]?.kind = .error
        #expect(try model.estimate(other).counters != first.counters)
    }

    @Test func whatCannotRunIsRefused() {
        var model = CostModel(.chip)
        var missing = TestLayer().forward
        missing.operands[.weights] = nil
        #expect(throws: CommandFault(.wrongOperands, .weights)) { try model.estimate(missing) }
        var flat = TestLayer().forward
        flat.operands[.destination]?.width = 0
        #expect(throws: CommandFault(.wrongShape, .destination)) { try model.estimate(flat) }
        var vast = TestLayer().forward
        vast.operands[.source]?.width = .max
        #expect(throws: CommandFault(.wrongShape, .source)) { try model.estimate(vast) }
        let wide = TestLayer(kernel: 7, padding: 3, inputs: 512, outputs: 512, side: 2048)
        #expect(throws: CommandFault(.sramOverflow)) { try model.estimate(wide.forward) }
        let huge = TestLayer(inputs: 8192, outputs: 16, side: 8192, batch: 1024)
        #expect(throws: CommandFault(.outOfRange, .source)) { try model.estimate(huge.forward) }
        // The largest that is estimated, on the slowest chip: nothing overflows.
        var profile = ChipProfile.chip
        profile.sramByteCount = 1 << 32
        profile.dramBytesPerSecond = 1e6
        profile.clockHertz = 1e10
        var slow = CostModel(profile)
        let large = TestLayer(
            kernel: 7,
            padding: 3,
            inputs: 128,
            outputs: 128,
            side: 2048,
            batch: 512
        )
        #expect(throws: Never.self) { try slow.estimate(large.backward()) }
    }
}
