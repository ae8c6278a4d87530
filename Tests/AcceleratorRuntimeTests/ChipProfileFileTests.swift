import AcceleratorRuntime
import ModelGraph
import PerformanceModel
import Testing

@Suite struct ChipProfileFileTests {
    private static func read(_ text: String) throws -> ChipProfile {
        try ChipProfile(parsing: Array(text.utf8), document: "p.json")
    }

    @Test func anEmptyFileIsTheChip() throws {
        #expect(try Self.read("{}") == .chip)
        #expect(try Self.read(#"{"base": "fpga"}"#) == .fpga)
    }

    @Test func everyParameterCanBeGiven() throws {
        let profile = try Self.read(
            #"""
            {"base": "fpga", "name": "mine", "multiplierCount": 512, "clockHertz": 4e8,
             "dramBytesPerSecond": 12800000000, "sramByteCount": 2097152,
             "channelWidths": [32, 16], "vectorLanes": 32, "commandCycles": 0, "tileCycles": 7,
             "processNanometers": 28,
             "energy": {"multiplyAccumulatePicojoules": 2, "sramPicojoulesPerByte": 1.5,
               "vectorOperationPicojoules": 3, "controlPicojoulesPerCycle": 0,
               "leakageMilliwatts": {"value": 20, "source": "a guess"},
               "dramPicojoulesPerBit": 8}}
            """#
        )
        #expect(profile.name == "mine" && profile.multiplierCount == 512)
        #expect(profile.clockHertz == 4e8 && profile.dramBytesPerSecond == 12.8e9)
        #expect(profile.sramByteCount == 2 << 20 && profile.channelWidths == [32, 16])
        #expect(profile.vectorLanes == 32 && profile.commandCycles == 0)
        #expect(profile.tileCycles == 7 && profile.processNanometers == 28)
        let energy = profile.energy
        #expect(energy.named.map(\.coefficient.value) == [2, 1.5, 3, 0, 20, 8])
        #expect(energy.leakageMilliwatts.source == "a guess")
        #expect(energy.dramPicojoulesPerBit.source == "p.json")
    }

    @Test func anotherArrayScalesWhatGrowsWithIt() throws {
        let profile = try Self.read(#"{"multiplierCount": 512}"#)
        #expect(profile == ChipProfile.chip.scaled(multiplierCount: 512, sramByteCount: 1 << 20))
    }

    @Test func aPeakPowerCalibrates() throws {
        let profile = try Self.read(#"{"peakWatts": 0.5}"#)
        #expect(abs(profile.peakWatts - 0.5) < 1e-9)
        #expect(profile.energy.controlPicojoulesPerCycle.source.contains("p.json"))
    }

    @Test(arguments: [
        (#"{"clockHerz": 1}"#, "p.json: clockHerz: unexpected"),
        (#"{"clockHertz": "fast"}"#, "p.json: clockHertz: expected a number, found a string"),
        (#"{"clockHertz": 0}"#, "p.json: clockHertz: expected 1000000.0...10000000000.0, found 0"),
        (#"{"clockHertz": 1e999}"#, "beyond double precision"),
        (#"{"base": "asic"}"#, "p.json: base: there is no profile 'asic'; choose from chip, fpga"),
        (#"{"multiplierCount": 100}"#, "p.json: channelWidths: 16 does not divide the 100"),
        (#"{"multiplierCount": 2.5}"#, "p.json: multiplierCount: expected an integer"),
        (#"{"channelWidths": []}"#, "p.json: channelWidths: expected 1...16, found 0"),
        (#"{"channelWidths": [0]}"#, "p.json: channelWidths[0]: expected 1"),
        (#"{"sramByteCount": 10}"#, "p.json: sramByteCount: expected 4096"),
        (#"{"energy": {"leakage": 1}}"#, "p.json: energy.leakage: unexpected"),
        (
            #"{"energy": {"leakageMilliwatts": -1}}"#,
            "p.json: energy.leakageMilliwatts: expected 0.0...1000000000.0, found -1"
        ),
        (
            #"{"energy": {"leakageMilliwatts": {"source": "x"}}}"#,
            "p.json: energy.leakageMilliwatts.value: missing"
        ),
        (#"{"peakWatts": 0.01}"#, "p.json: peakWatts: 0.01 W are less than"),
        (
            #"{"peakWatts": 1, "energy": {"controlPicojoulesPerCycle": 1}}"#,
            "p.json: peakWatts: excludes energy.controlPicojoulesPerCycle"
        ),
        ("[]", "p.json: expected an object"), ("{", "p.json: byte 1"),
    ])
    func errorsNameTheKey(text: String, words: String) {
        let error = #expect(throws: JSONError.self) { try Self.read(text) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
}
