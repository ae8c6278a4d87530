import AcceleratorISA
import PerformanceModel
import Testing

/// The published figures, as results of the model's parameters.
@Suite struct PublishedFiguresTests {
    /// A layer that keeps the array busy: 16 pixels and 16 channels fill it, weights stay.
    private static let peakLoad = TestLayer(inputs: 64, outputs: 64, side: 256).forward

    @Test func peakRatesAreThoseOfTheArray() {
        #expect(ChipProfile.chip.peakOperationsPerSecond == 102.4e9)
        #expect(ChipProfile.fpga.peakOperationsPerSecond == 51.2e9)
    }

    @Test func calibrationHitsThePublishedPeakPowers() {
        #expect(abs(ChipProfile.chip.peakWatts - 0.274) < 1e-9)
        #expect(abs(ChipProfile.fpga.peakWatts - 51.2 / 10.04) < 1e-9)
        // What the published power leaves for control, clock and interconnect is something.
        let control = ChipProfile.chip.energy.controlPicojoulesPerCycle.value
        #expect(control > 50 && control < 400)
    }

    @Test func peakLoadOnTheChipTakesThePublishedPower() throws {
        var model = CostModel(.chip)
        let estimate = try model.estimate(Self.peakLoad)
        #expect(model.utilization(of: estimate) > 0.98)
        let watts = model.averagePowerWatts(of: estimate)
        #expect(abs(watts / 0.274 - 1) < 0.02, "\(watts) W")
        let operations = 2 * Double(estimate.counters.multiplyAccumulates.total)
        let efficiency = operations / model.chipEnergyJoules(of: estimate)
        #expect((0.37e12...0.38e12).contains(efficiency), "\(efficiency) operations/J")
    }

    @Test func theChipIsTwiceAsFastAndManyTimesAsEfficientAsTheFPGA() throws {
        var chip = CostModel(.chip)
        var board = CostModel(.fpga)
        let (here, there) = (try chip.estimate(Self.peakLoad), try board.estimate(Self.peakLoad))
        let speed = board.seconds(of: there) / chip.seconds(of: here)
        #expect((1.95...2.05).contains(speed), "\(speed)")
        let saving = board.chipEnergyJoules(of: there) / chip.chipEnergyJoules(of: here)
        #expect((36...40).contains(saving), "\(saving)")
    }

    @Test func everyCoefficientHasASource() {
        for profile in ChipProfile.named {
            #expect(throws: Never.self) { try profile.check() }
            for (name, coefficient) in profile.energy.named {
                #expect(coefficient.source.count > 10, "\(profile.name) \(name)")
                #expect(coefficient.value > 0, "\(profile.name) \(name)")
            }
        }
    }

    @Test func coefficientsSplitThePeakAsDocumented() {
        let energy = ChipProfile.chip.energy
        #expect(abs(energy.multiplyAccumulatePicojoules.value - 3.98) < 1e-9)
        #expect(abs(energy.sramPicojoulesPerByte.value - 2.4875) < 1e-9)
        #expect(ChipProfile.chip.peakOperandBytesPerCycle == 64)
        let perCycle =
            256 * energy.multiplyAccumulatePicojoules.value
            + 64 * energy.sramPicojoulesPerByte.value + energy.controlPicojoulesPerCycle.value
            + energy.leakageMilliwatts.value / 0.2
        // 5.35 pJ a multiply-accumulate, all in.
        #expect(abs(perCycle / 256 - 0.274 / 51.2e9 * 1e12) < 1e-9)
    }

    @Test func aLargerChipTakesMorePowerAtItsPeakButNoMoreAnOperation() {
        let large = ChipProfile.chip.scaled(multiplierCount: 1024, sramByteCount: 4 << 20)
        let ratio = large.peakWatts / ChipProfile.chip.peakWatts
        #expect((3.5...4).contains(ratio), "\(ratio)")
        #expect(ChipProfile.chip.scaled(multiplierCount: 256, sramByteCount: 1 << 20) == .chip)
    }
}
