/// The two published chips, and the step that fits a profile to a published peak power.
extension ChipProfile {
    /// Power of the published chip at peak load: 274 mW at 102.4 GFLOPS, 0.374 TFLOPS/W.
    package static let publishedPeakWatts = 0.274
    /// Power of the published FPGA at peak load: 51.2 GFLOPS at 10.04 GFLOPS/W, 5.10 W.
    package static let publishedFPGAPeakWatts = 51.2 / 10.04

    /// Energy at 65 nm and 1.1 V over energy at 45 nm and 0.9 V, of logic and SRAM alike.
    private static let technologyFactor = 1.99

    /// The chip: Kim et al., IEEE JSSC 56(10), 2021.
    package static let chip = uncalibratedChip.calibrated(
        peakWatts: publishedPeakWatts,
        source: "what is left of the published 274 mW at peak load (Kim et al., JSSC 2021)"
    )

    /// The FPGA that came before it: Cyclone V, A-SSCC 2020.
    ///
    /// The same architecture at half the clock. Its energies are the chip's times one factor, the
    /// price of programmable logic, chosen so that peak load takes the published power.
    package static let fpga: ChipProfile = {
        var profile = chip
        profile.name = "fpga"
        profile.clockHertz = 100e6
        profile.processNanometers = 28
        profile.energy.leakageMilliwatts = EnergyCoefficient(
            400,
            "assumption: static power of a mid-sized 28 nm FPGA; none is published"
        )
        let staticWatts = profile.energy.leakageMilliwatts.value * 1e-3
        let factor =
            (publishedFPGAPeakWatts - staticWatts) / (profile.peakWatts - staticWatts)
        let reason =
            "one factor that makes peak load take the published 51.2 GFLOPS / "
            + "(10.04 GFLOPS/W)"
        profile.energy.multiplyAccumulatePicojoules.scale(by: factor, reason)
        profile.energy.sramPicojoulesPerByte.scale(by: factor, reason)
        profile.energy.vectorOperationPicojoules.scale(by: factor, reason)
        profile.energy.controlPicojoulesPerCycle.scale(by: factor, reason)
        return profile
    }()

    /// Profiles by name.
    package static var named: [ChipProfile] { [chip, fpga] }

    /// The same profile with control, clock and interconnect taking what the other coefficients
    /// leave of a peak power: the model's one calibration.
    ///
    /// Below what they need already, it takes nothing, and ``peakWatts`` is above `peakWatts`.
    package func calibrated(peakWatts: Double, source: String) -> ChipProfile {
        var profile = self
        profile.energy.controlPicojoulesPerCycle = EnergyCoefficient(0, source)
        let rest = peakWatts - profile.peakWatts
        profile.energy.controlPicojoulesPerCycle.value = max(0, rest / clockHertz * 1e12)
        return profile
    }

    private static var uncalibratedChip: ChipProfile {
        let scaling = "scaled from 45 nm to 65 nm by \(technologyFactor)"
        let horowitz = "Horowitz, ISSCC 2014"
        return ChipProfile(
            name: "chip",
            multiplierCount: 256,
            clockHertz: 200e6,
            dramBytesPerSecond: 3.2e9,
            sramByteCount: 1 << 20,
            channelWidths: [16, 8, 4],
            vectorLanes: 16,
            commandCycles: 500,
            tileCycles: 64,
            processNanometers: 65,
            energy: EnergyCoefficients(
                multiplyAccumulatePicojoules: EnergyCoefficient(
                    (1.1 + 0.9) * technologyFactor,
                    "FP16 multiply 1.1 pJ and FP32 add 0.9 pJ, \(horowitz), \(scaling)"
                ),
                sramPicojoulesPerByte: EnergyCoefficient(
                    10 / 8 * technologyFactor,
                    "8 bytes of an 8 KB bank 10 pJ, \(horowitz), \(scaling)"
                ),
                vectorOperationPicojoules: EnergyCoefficient(
                    (0.9 + 3.7) / 2 * technologyFactor,
                    "mean of FP32 add 0.9 pJ and multiply 3.7 pJ, \(horowitz), \(scaling)"
                ),
                controlPicojoulesPerCycle: EnergyCoefficient(0, "not calibrated"),
                leakageMilliwatts: EnergyCoefficient(
                    0.05 * publishedPeakWatts * 1e3,
                    "assumption: 5 % of the published peak power; none is published"
                ),
                dramPicojoulesPerBit: EnergyCoefficient(
                    20,
                    "assumption: low-power DRAM with its interface; 8 to 40 is usual"
                )
            )
        )
    }
}
